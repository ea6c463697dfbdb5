"""Days and points in time."""

import re
from datetime import date, datetime
from typing import Any
from zoneinfo import ZoneInfo

import colander
import deform.widget as w

from stadtkern.forms.fields.node import field
from stadtkern.web.i18n import _

GERMAN_DAY = re.compile(r"(\d{1,2})\.(\d{1,2})\.(\d{4})(?:,?\s+(\d{1,2}):(\d{2}))?")


def german_day(text: str) -> str:
    """Return ISO text for a day as Germans write it (``31.12.2026``, ``31.12.2026 18:00``)."""
    match = GERMAN_DAY.fullmatch(text.strip())
    if match is None:
        return text
    day, month, year, hour, minute = match.groups()
    iso = f"{year}-{int(month):02}-{int(day):02}"
    return iso if hour is None else f"{iso}T{int(hour):02}:{minute}"


@colander.deferred
def today(_node: Any, kw: dict[str, Any]) -> date:
    """Return the present day in the town's zone, as a field's default."""
    return datetime.now(ZoneInfo(kw.get("timezone", "Europe/Berlin"))).date()


class Day(colander.Date):
    """A calendar day; a browser sends it in ISO form, people also type it the German way."""

    err_template = _("Please enter a day such as 31.12.2026.")

    def deserialize(self, node: Any, cstruct: Any) -> Any:
        """Return a date; ``colander.Invalid`` if it is none."""
        if isinstance(cstruct, str):
            cstruct = german_day(cstruct)
        return super().deserialize(node, cstruct)


def day(title: str, *, required: bool = True, **kw: Any) -> Any:
    """Return a calendar day."""
    return field(
        Day(),
        title,
        required=required,
        widget=w.TextInputWidget(kind="date"),
        **kw,
    )


class WallTime(colander.SchemaType):
    """A point in time that people give as the clock on the town's wall shows it.

    Python side: aware datetime in UTC. Stored and typed: ``2026-12-31T18:00`` in the zone that
    the schema was bound with. A time that the change to summer time skips counts an hour later.
    """

    def __init__(self, *, any_year: bool = False) -> None:
        """``any_year``: for questions; nothing that a town announces lies beyond 1900 to 2200."""
        self.any_year = any_year

    def serialize(self, node: Any, appstruct: datetime | Any) -> Any:
        """Return local wall time to the minute."""
        if appstruct is colander.null or appstruct is None:
            return colander.null
        zone = ZoneInfo((node.bindings or {}).get("timezone", "Europe/Berlin"))
        return appstruct.astimezone(zone).strftime("%Y-%m-%dT%H:%M")

    def deserialize(self, node: Any, cstruct: Any) -> Any:
        """Read wall time; ``colander.Invalid`` if it is none."""
        if not cstruct:
            return colander.null
        zone = ZoneInfo((node.bindings or {}).get("timezone", "Europe/Berlin"))
        try:
            moment = datetime.fromisoformat(german_day(str(cstruct)))
        except ValueError:
            raise colander.Invalid(
                node, _("Please enter day and time such as 31.12.2026 18:00.")
            ) from None
        if not self.any_year and not 1900 <= moment.year <= 2200:  # noqa: PLR2004 - as said
            raise colander.Invalid(node, _("Please enter a year from 1900 to 2200."))
        local = moment if moment.tzinfo else moment.replace(tzinfo=zone)
        try:
            return local.astimezone(ZoneInfo("UTC"))
        except OverflowError:  # the first and the last day of the calendar
            return local.replace(tzinfo=ZoneInfo("UTC"))


def moment(title: str, *, required: bool = True, any_year: bool = False, **kw: Any) -> Any:
    """Return day and time; ``any_year`` as in ``WallTime``."""
    return field(
        WallTime(any_year=any_year),
        title,
        required=required,
        widget=w.TextInputWidget(kind="datetime-local"),
        **kw,
    )
