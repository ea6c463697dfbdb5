"""The block ``teasers``: links to other pages, chosen by hand or the newest by themselves."""

from collections.abc import Mapping, Sequence
from typing import Any

import colander
import deform.widget as w
from pyramid.request import Request

from stadtkern.content import queries
from stadtkern.content.choices import node_choice, pages
from stadtkern.content.leading import leading_pictures
from stadtkern.content.types import enabled_types
from stadtkern.forms import fields as f
from stadtkern.web.i18n import _

MAX_PICKS = 12
AUTOMATIC = 3


@colander.deferred
def _types(_node: Any, bound: dict[str, Any]) -> Any:
    request = bound.get("request")
    known = request.content.types if request is not None else {}
    return w.SelectWidget(
        values=[
            ("", _("All kinds")),
            *((name, kind.title) for name, kind in known.items() if kind.listed and name != "home"),
        ]
    )


class TeaserBlock(colander.MappingSchema):
    """Which pages, and how many."""

    heading = f.line(_("Heading"), maximum=120, required=False)
    picks = pages(
        _("Pages chosen by hand"),
        maximum=MAX_PICKS,
        description=_(
            "One address a line, such as /rathaus, in the order in which they shall stand. Left "
            "empty, the newest pages stand here by themselves."
        ),
    )
    type = colander.SchemaNode(
        colander.String(), title=_("Without a choice: only this kind"), missing="", widget=_types
    )
    folder = node_choice(
        _("Without a choice: only below this page"), "folder", "page", required=False
    )
    number = f.number(
        _("Without a choice: how many"),
        minimum=1,
        maximum=MAX_PICKS,
        required=False,
        default=AUTOMATIC,
    )


def load(request: Request, blocks: Sequence[Any]) -> Mapping[str, list[Any]]:
    """Return the rows to show for every teaser block of a page, and find their pictures.

    One query for the automatic lists, one for the pictures of all. What was chosen by hand came
    with the page's other references already.
    """
    known = enabled_types(request.registry, request.plugins.enabled)
    listed = [name for name, kind in known.items() if kind.listed and name != "home"]
    found: dict[str, list[Any]] = {}
    asked: dict[str, queries.Newest] = {}
    context = getattr(request, "context", None)
    here = getattr(context, "node", None)
    language = here.language if here is not None else None
    for block in blocks:
        data = block.data
        picks = data.get("picks") or []
        if picks:
            found[block.id] = [
                block.nodes[number]
                for number in picks
                if number in block.nodes and block.nodes[number].type in known
            ]
            continue
        folder = data.get("folder")
        if folder and folder not in block.nodes:
            # Its folder is gone or hidden: the newest of the whole town would surprise.
            found[block.id] = []
            continue
        wanted = data.get("type")
        asked[block.id] = queries.Newest(
            types=tuple([wanted] if wanted in listed else [] if wanted else listed),
            under=block.nodes[folder].path if folder else None,
            language=language,
            limit=int(data.get("number") or AUTOMATIC),
            but=here.id if here is not None else None,
        )
    found |= queries.newest(request.db, asked)
    # For all lists of the page together; each then finds its own without asking.
    leading_pictures(request, [row for rows in found.values() for row in rows])
    return found
