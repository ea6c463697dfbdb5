"""Settings of rooms and plugins."""

from collections.abc import Mapping
from typing import Any
from zoneinfo import ZoneInfo

from pyramid.config import Configurator
from pyramid.httpexceptions import HTTPNotFound
from pyramid.request import Request

from stadtkern.accounts import Permission
from stadtkern.api import reading, schemas
from stadtkern.api.asking import Asked, read_json, tag_of
from stadtkern.api.bodies import merged, object_of
from stadtkern.api.jsonschema import is_written, plain
from stadtkern.api.operations import JSON, MERGE, ROOT, Describes, Operation
from stadtkern.plugins import services
from stadtkern.plugins.settings import bound_schema, schema_of
from stadtkern.tenants import bump_generation
from stadtkern.web.i18n import _


def owners(request: Request) -> dict[str, str]:
    """Return the owners of settings here with their titles; those of disabled plugins are out."""
    registry = request.registry
    found = {
        name: title
        for name, title in registry["settings_titles"].items()
        if not getattr(schema_of(registry, name), "own_page", False)
    }
    for name in sorted(request.plugins.enabled):
        if schema_of(registry, name) is not None:
            found[name] = registry["plugins"][name].plugin.title
    return dict(sorted(found.items()))


def _owner(request: Request) -> str:
    owner = str(request.matchdict["owner"])
    if owner not in owners(request):
        raise HTTPNotFound
    return owner


def _summary(request: Request, owner: str, title: str) -> dict[str, Any]:
    return {
        "owner": owner,
        "title": request.translate(title),
        "schema": f"{ROOT}/schemas/settings/{owner}.json",
    }


def values_json(request: Request, owner: str, values: Mapping[str, Any]) -> dict[str, Any]:
    """Return settings as JSON."""
    schema = schema_of(request.registry, owner)
    assert schema is not None  # noqa: S101 - owners have one
    bound = bound_schema(schema)
    written = {child.name for child in bound.children if is_written(child)}
    known = {name: value for name, value in values.items() if name in written}
    shown: dict[str, Any] = plain(bound, known, ZoneInfo(request.tenant.timezone))
    return shown


def listing(_context: Any, request: Request, _asked: Asked) -> dict[str, Any]:
    """List what has settings."""
    return {
        "items": [_summary(request, owner, title) for owner, title in owners(request).items()],
        "next": None,
    }


def _shown(request: Request, owner: str, values: Mapping[str, Any]) -> dict[str, Any]:
    found = _summary(request, owner, owners(request)[owner])
    return found | {"values": values_json(request, owner, values)}


def get(_context: Any, request: Request, asked: Asked) -> dict[str, Any]:
    """Return settings."""
    owner = _owner(request)
    values = request.settings_of(owner)
    asked.version = tag_of(values_json(request, owner, values))
    return _shown(request, owner, values)


class SettingsPatch:
    """Changes to settings (RFC 7396)."""

    media_types: tuple[str, ...] = (MERGE, JSON)

    def describe(self, document: Describes, media_type: str) -> dict[str, Any]:
        """Return the schema; that of each owner stands below ``/schemas/settings``."""
        del media_type
        detail = _("Some of the values, by the owner's schema; null means the default.")
        return {"type": "object", "minProperties": 1, "description": document.translate(detail)}

    def read(self, _context: Any, request: Request) -> dict[str, Any]:
        """Return the patch."""
        _owner(request)
        patch = object_of(read_json(request, merge=True))
        if not patch:
            raise reading.invalid([{"pointer": "#", "detail": _("This must not be empty.")}])
        return patch


def change(_context: Any, request: Request, asked: Asked) -> dict[str, Any]:
    """Change settings."""
    owner = _owner(request)
    # Whoever changes the same at the same time waits here, and then sees what we have stored.
    bump_generation(request.db, request.registry["tenants"], request.tenant.id, "plugins")
    state = request.registry["plugin_states"].of_id(request.tenant.id, request.db)
    present = values_json(request, owner, state.settings(owner))
    asked.expect(tag_of(present))
    schema = schema_of(request.registry, owner)
    assert schema is not None  # noqa: S101 - owners have one
    values = reading.read(schema(), merged(present, asked.body), request=request)
    services.save_settings(request.db, request.registry, request.tenant, owner, values)
    state = request.registry["plugin_states"].of_id(request.tenant.id, request.db)
    after = state.settings(owner)
    asked.version = tag_of(values_json(request, owner, after))
    return _shown(request, owner, after)


OPERATIONS = (
    Operation(
        "GET",
        "",
        listing,
        _("List what has settings"),
        permission=Permission.SETTINGS,
        answer=schemas.SettingsSummary,
        paged=True,
    ),
    Operation(
        "GET",
        "/{owner}",
        get,
        _("Read settings"),
        permission=Permission.SETTINGS,
        answer=schemas.SettingsAnswer,
        tagged=True,
        refusals=(404,),
    ),
    Operation(
        "PATCH",
        "/{owner}",
        change,
        _("Change settings"),
        permission=Permission.SETTINGS,
        body=SettingsPatch(),
        answer=schemas.SettingsAnswer,
        tagged=True,
        if_match=True,
        refusals=(404, 412, 422, 428),
    ),
)


def includeme(config: Configurator) -> None:
    """Register the resource."""
    config.add_api_resource(
        "settings",
        title=_("Settings"),
        description=_("Settings of the site, its rooms and its plugins."),
        operations=OPERATIONS,
        scopes={
            "settings:read": _("Read settings"),
            "settings:write": _("Change settings"),
        },
    )
