"""What the core's resources take and answer."""

import colander

from stadtkern.api.cursors import LARGEST, MAXIMUM, SIZE
from stadtkern.db import MAX_ID
from stadtkern.forms import fields as f
from stadtkern.web.i18n import _


def string(**kw: object) -> colander.SchemaNode:
    """Return a text of an answer."""
    return colander.SchemaNode(colander.String(), **kw)


def whole(**kw: object) -> colander.SchemaNode:
    """Return a whole number of an answer."""
    return colander.SchemaNode(colander.Integer(), **kw)


def yes_no(**kw: object) -> colander.SchemaNode:
    """Return true or false of an answer."""
    return colander.SchemaNode(colander.Boolean(), **kw)


def instant(**kw: object) -> colander.SchemaNode:
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
    parent = f.number(_("Id of the page above"), minimum=1, maximum=MAX_ID, required=False)
    under = f.line(_("Address of a page above, at any distance"), maximum=900, required=False)
    key = f.line(_("Stable name given by an import"), maximum=120, required=False)
    title = f.line(_("Part of the title"), maximum=200, required=False)
    updated_since = f.moment(_("Changed since"), required=False, any_year=True)
    sort = f.choice(_("Order"), [(name, name) for name in SORTS], required=False, default="id")


class WorkingCopy(colander.MappingSchema):
    """A working copy: what editors go on with while visitors see the page as it was."""

    revision = whole()
    state = string()


class NodeSummary(colander.MappingSchema):
    """A node as lists show it."""

    id = whole()
    type = string()
    path = string(description=_("Address below the host."))
    url = string()
    parent = whole(nullable=True, description=_("Id of the page above; null for front pages."))
    title = string()
    summary = string()
    language = string()
    translation_group = string(nullable=True)
    state = string()
    version = whole(description=_("Rises with every write; stands in the ETag."))
    in_nav = yes_no()
    position = whole()
    key = string(nullable=True)
    sort_at = instant(nullable=True)
    until_at = instant(nullable=True)
    publish_at = instant(nullable=True)
    expire_at = instant(nullable=True)
    created_at = instant()
    updated_at = instant()
    revision = whole(description=_("Number of the revision that visitors see."))
    working_copy = WorkingCopy(
        nullable=True, description=_("Only for those who may see drafts here.")
    )


class BlockAnswer(colander.MappingSchema):
    """A block; its data have the schema of its type."""

    id = string()
    type = string()
    version = whole()
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


class MoveBody(colander.MappingSchema):
    """Where a node shall stand; what is left out stays as it is."""

    parent = f.number(_("Id of the page above"), minimum=1, maximum=MAX_ID, required=False)
    before = f.number(
        _("Id of the page that it shall stand in front of"),
        minimum=1,
        maximum=MAX_ID,
        required=False,
    )
    slug = f.line(
        _("Last part of the address"),
        maximum=80,
        required=False,
        json_schema={"pattern": "^[a-z0-9]+(-[a-z0-9]+)*$", "maxLength": 80},
    )


class StepBody(colander.MappingSchema):
    """A step of the workflow."""

    step = f.line(_("Name of the step, such as publish"), maximum=40)
    comment = f.text(_("Comment"), maximum=2_000, required=False)


class ScheduleBody(colander.MappingSchema):
    """Times; null or left out: none."""

    publish_at = f.moment(_("Publish at"), required=False)
    expire_at = f.moment(_("Take off the site at"), required=False)


class Step(colander.MappingSchema):
    """A step that may be taken now."""

    name = string()
    title = string()
    target = string(description=_("The state that it leads to."))
    comment = string(description=_("Whether a comment is taken: no, may or must."))


class Steps(colander.MappingSchema):
    """The state of what editors work on, and the steps that this token may take."""

    state = string()
    steps = colander.SchemaNode(colander.Sequence(), Step())


class RevisionSummary(colander.MappingSchema):
    """A version of a node."""

    number = whole()
    kind = string()
    title = string()
    note = string()
    restored = whole(nullable=True, description=_("Number of the version that came back."))
    account = whole(nullable=True)
    created_at = instant()


class RevisionAnswer(RevisionSummary):
    """A version with its contents."""

    summary = string()
    in_nav = yes_no()
    fields = anything(description=_("By the schema of the content type."))
    blocks = colander.SchemaNode(colander.Sequence(), BlockAnswer())


class Deleted(colander.MappingSchema):
    """What a deletion has taken along."""

    trashed = whole(description=_("How many nodes lie in the trash now."))


class Trashed(colander.MappingSchema):
    """What lies in the trash."""

    id = whole()
    type = string()
    path = string()
    title = string()
    parent = whole(nullable=True)
    version = whole()
    deleted_at = instant()


class RestoreBody(colander.MappingSchema):
    """Where to, if the old place is gone or taken."""

    parent = f.number(_("Id of the page above"), minimum=1, maximum=MAX_ID, required=False)
    slug = f.line(
        _("Last part of the address"),
        maximum=80,
        required=False,
        json_schema={"pattern": "^[a-z0-9]+(-[a-z0-9]+)*$", "maxLength": 80},
    )


class FileAnswer(colander.MappingSchema):
    """The bytes of a picture, file, sound or film."""

    name = string()
    type = string()
    size = whole()
    width = whole(nullable=True)
    height = whole(nullable=True)
    sha256 = string()
    url = string(description=_("Where visitors find it, once it is published."))


class MediaSummary(NodeSummary):
    """A node of the media library as lists show it."""

    file = FileAnswer(nullable=True)


class MediaAnswer(NodeAnswer):
    """A node of the media library."""

    file = FileAnswer(nullable=True)


class MediaQuery(Paged):
    """Which media to list."""

    type = f.choice(
        _("Kind"),
        [(name, name) for name in ("image", "file", "audio", "video")],
        required=False,
    )
    title = f.line(_("Part of the title"), maximum=200, required=False)
    parent = f.number(_("Id of the page above"), minimum=1, maximum=MAX_ID, required=False)
    sort = f.choice(_("Order"), [(name, name) for name in SORTS], required=False, default="-id")


class SettingsSummary(colander.MappingSchema):
    """A room's or a plugin's settings."""

    owner = string()
    title = string()
    schema = string(description=_("Address of the JSON Schema of the values."))


class SettingsAnswer(SettingsSummary):
    """Settings with their values."""

    values = anything(description=_("All values, defaults included."))


class PluginAnswer(colander.MappingSchema):
    """A plugin of the installation."""

    name = string()
    title = string()
    description = string()
    version = string()
    enabled = yes_no()
    working = yes_no()


class PluginBody(colander.MappingSchema):
    """Whether a plugin is switched on here."""

    enabled = colander.SchemaNode(colander.Boolean())


class AuditQuery(Paged):
    """Which entries to list."""

    kind = f.line(_("Kind of object"), maximum=60, required=False)
    subject = f.line(_("Id of the object"), maximum=80, required=False)
    deed = f.line(_("Deed"), maximum=60, required=False)
    actor = f.number(_("Id of the account"), minimum=1, maximum=MAX_ID, required=False)
    since = f.moment(_("Since"), required=False, any_year=True)
    until = f.moment(_("Until"), required=False, any_year=True)


class AuditAnswer(colander.MappingSchema):
    """That somebody did something; never what was written."""

    id = whole()
    at = instant()
    actor = whole(nullable=True)
    origin = string(description=_("web, job, command, or token with its id."))
    deed = string()
    kind = string()
    subject = string()
    content = string(nullable=True, description=_("sha256 of the content afterwards."))


class SearchQuery(colander.MappingSchema):
    """What to search for."""

    q = f.line(_("Words"), maximum=200)
    type = f.line(_("Content type"), maximum=60, required=False)
    language = f.line(_("Language"), maximum=12, required=False)
    page = f.number(_("Page of the results"), minimum=1, maximum=50, required=False)


class SearchHit(colander.MappingSchema):
    """A result."""

    kind = string(description=_("What it is, in words."))
    title = string()
    path = string()
    passage = string(description=_("The words around what was found, as plain text."))
    language = string()
    date = instant(nullable=True)
