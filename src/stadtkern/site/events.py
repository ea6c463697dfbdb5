"""What the site tells plugins while it writes."""

from dataclasses import dataclass
from typing import Any

from pyramid.request import Request


@dataclass(frozen=True)
class CalendarEntryWritten:
    """An event was written into a calendar file; ``entry`` (icalendar) may be added to.

    ``node`` has ``id``, ``body`` and ``body_version``. Pages are cached: what is added must
    depend on the node alone.
    """

    request: Request
    tenant_id: int
    node: Any
    entry: Any
