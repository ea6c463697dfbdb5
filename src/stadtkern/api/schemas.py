"""What the core's resources take and answer."""

import colander

from stadtkern.api.cursors import LARGEST, MAXIMUM, SIZE
from stadtkern.forms import fields as f
from stadtkern.web.i18n import _


def text(**kw: object) -> colander.SchemaNode:
    """Return a text of an answer."""
    return colander.SchemaNode(colander.String(), **kw)


def number(**kw: object) -> colander.SchemaNode:
    """Return a whole number of an answer."""
    return colander.SchemaNode(colander.Integer(), **kw)


def yes_no(**kw: object) -> colander.SchemaNode:
    """Return true or false of an answer."""
    return colander.SchemaNode(colander.Boolean(), **kw)


def moment(**kw: object) -> colander.SchemaNode:
    """Return a moment of an answer."""
    return colander.SchemaNode(f.WallTime(), **kw)


def anything(**kw: object) -> colander.SchemaNode:
    """Return an object whose members its own schema names."""
    return colander.SchemaNode(colander.Mapping(unknown="preserve"), **kw)


class Paged(colander.MappingSchema):
    """Parameters of every list."""

    limit = f.number(
        _("Entries of a page"), minimum=1, maximum=LARGEST, required=False, default=SIZE
    )
    cursor = f.line(_("Cursor of the page before"), maximum=MAXIMUM, required=False)


class ApiSettings(colander.MappingSchema):
    """What a town allows to programs."""

    per_minute = f.number(
        _("Requests that a token may send in a minute"), minimum=10, maximum=10_000, default=600
    )
    origins = f.text(
        _("Sites whose pages may ask the API"),
        required=False,
        rows=3,
        maximum=2_000,
        description=_(
            "One origin a line, such as https://app.example.org. Left empty, no other site's page "
            "can read answers in a browser; programs on servers are not concerned."
        ),
    )


SORTS = ("id", "-id", "path", "title", "-title", "updated_at", "-updated_at")
STATES = ("draft", "submitted", "published", "archived")


class NodesQuery(Paged):
    """Which nodes to list."""

    type = f.line(_("Content type"), maximum=60, required=False)
    state = f.line(_("State"), maximum=30, required=False)
    language = f.line(_("Language"), maximum=12, required=False)
    parent = f.number(_("Id of the page above"), minimum=1, maximum=2**31 - 1, required=False)
    under = f.line(_("Address of a page above, at any distance"), maximum=900, required=False)
    key = f.line(_("Stable name given by an import"), maximum=120, required=False)
    title = f.line(_("Part of the title"), maximum=200, required=False)
    updated_since = f.moment(_("Changed since"), required=False)
    sort = f.choice(_("Order"), [(name, name) for name in SORTS], required=False, default="id")


class WorkingCopy(colander.MappingSchema):
    """A working copy: what editors go on with while visitors see the page as it was."""

    revision = number()
    state = text()


class NodeSummary(colander.MappingSchema):
    """A node as lists show it."""

    id = number()
    type = text()
    path = text(description=_("Address below the host."))
    url = text()
    parent = number(nullable=True, description=_("Id of the page above; null for front pages."))
    title = text()
    summary = text()
    language = text()
    translation_group = text(nullable=True)
    state = text()
    version = number(description=_("Rises with every write; stands in the ETag."))
    in_nav = yes_no()
    position = number()
    key = text(nullable=True)
    sort_at = moment(nullable=True)
    until_at = moment(nullable=True)
    publish_at = moment(nullable=True)
    expire_at = moment(nullable=True)
    created_at = moment()
    updated_at = moment()
    revision = number(description=_("Number of the revision that visitors see."))
    working_copy = WorkingCopy(
        nullable=True, description=_("Only for those who may see drafts here.")
    )


class BlockAnswer(colander.MappingSchema):
    """A block; its data have the schema of its type."""

    id = text()
    type = text()
    version = number()
    data = anything()


class NodeAnswer(NodeSummary):
    """A node with its contents."""

    fields = anything(description=_("By the schema of the content type."))
    blocks = colander.SchemaNode(colander.Sequence(), BlockAnswer())


class CopyQuery(colander.MappingSchema):
    """Which of a node's contents."""

    copy = f.choice(
        _("What visitors see, or the working copy"),
        [("live", "live"), ("working", "working")],
        required=False,
        default="live",
    )
