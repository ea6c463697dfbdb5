"""What the rules are asked about, and what they answer."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from stadtkern.content.completeness import Missing

STOP, WARN, HINT = "stop", "warn", "hint"
WEIGHTS = (STOP, WARN, HINT)


@dataclass(frozen=True)
class Finding:
    """One thing to mend.

    ``code`` names the rule, ``weight`` is one of ``WEIGHTS``, ``block`` is the id of the block
    that it concerns or empty, ``field`` a field's name or empty, ``quote`` the passage.
    """

    code: str
    weight: str
    message: Any
    block: str = ""
    field: str = ""
    quote: str = ""


@dataclass(frozen=True)
class Picture:
    """What is known of a picture that a page shows."""

    title: str
    alt: str
    decorative: bool
    size: int = 0
    drawing: bool = False


@dataclass(frozen=True)
class Draft:
    """A page as it would go public.

    ``blocks`` as they are stored (``id``, ``type``, ``data``), with ``Plain`` for what is no HTML;
    ``pictures`` by block id (the
    page's own under the empty id); ``lacks``: required values that are empty; ``broken``: addresses
    in links that lead nowhere; ``own``: what the page's type has found by itself.
    """

    title: str
    summary: str = ""
    language: str = "de"
    needs_summary: bool = True
    blocks: Sequence[Mapping[str, Any]] = ()
    pictures: Mapping[str, Sequence[Picture]] = field(default_factory=dict)
    lacks: Sequence[Missing] = ()
    broken: Collection[str] = ()
    own: Sequence[Finding] = ()
