"""Plugins: what is installed and what is switched on."""

from typing import Any

from pyramid.config import Configurator
from pyramid.httpexceptions import HTTPNotFound
from pyramid.request import Request

from stadtkern.accounts import Permission
from stadtkern.api import schemas
from stadtkern.api.asking import Asked
from stadtkern.api.errors import refusal
from stadtkern.api.operations import Operation
from stadtkern.plugins import services
from stadtkern.plugins.plugin import Installed
from stadtkern.tenants import bump_generation
from stadtkern.web.i18n import _


def _shown(request: Request, item: Installed, enabled: bool) -> dict[str, Any]:  # noqa: FBT001
    plugin = item.plugin
    return {
        "name": item.name,
        "title": item.name if plugin is None else request.translate(plugin.title),
        "description": "" if plugin is None else request.translate(plugin.description),
        "version": item.version,
        "enabled": enabled,
        "working": item.working,
    }


def listing(_context: Any, request: Request, _asked: Asked) -> dict[str, Any]:
    """List all installed plugins."""
    items = sorted(request.registry["plugins"].values(), key=lambda item: item.name)
    return {
        "items": [_shown(request, item, request.plugins.has(item.name)) for item in items],
        "next": None,
    }


def _item(request: Request) -> Installed:
    item: Installed | None = request.registry["plugins"].get(request.matchdict["name"])
    if item is None:
        raise HTTPNotFound
    return item


def _tag(enabled: bool) -> str:  # noqa: FBT001
    return "on" if enabled else "off"


def get(_context: Any, request: Request, asked: Asked) -> dict[str, Any]:
    """Return one plugin."""
    item = _item(request)
    enabled = request.plugins.has(item.name)
    asked.version = _tag(enabled)
    return _shown(request, item, enabled)


def change(_context: Any, request: Request, asked: Asked) -> dict[str, Any]:
    """Switch a plugin on or off; its data stay."""
    item = _item(request)
    # Whoever changes the same at the same time waits here, and then sees what we have stored.
    bump_generation(request.db, request.registry["tenants"], request.tenant.id, "plugins")
    states = request.registry["plugin_states"]
    asked.expect(_tag(states.of_id(request.tenant.id, request.db).has(item.name)))
    wanted = asked.body["enabled"]
    switch = services.enable if wanted else services.disable
    try:
        switch(request.db, request.registry, request.tenant, item.name)
    except services.PluginRefused as error:
        raise refusal(error.message, "enabled") from error
    asked.version = _tag(wanted)
    return _shown(request, item, wanted)


OPERATIONS = (
    Operation(
        "GET",
        "",
        listing,
        _("List plugins"),
        permission=Permission.PLUGINS,
        answer=schemas.PluginAnswer,
        paged=True,
    ),
    Operation(
        "GET",
        "/{name}",
        get,
        _("Read a plugin"),
        permission=Permission.PLUGINS,
        answer=schemas.PluginAnswer,
        tagged=True,
        refusals=(404,),
    ),
    Operation(
        "PATCH",
        "/{name}",
        change,
        _("Switch a plugin on or off"),
        permission=Permission.PLUGINS,
        body=schemas.PluginBody,
        answer=schemas.PluginAnswer,
        tagged=True,
        if_match=True,
        refusals=(404, 412, 422, 428),
    ),
)


def includeme(config: Configurator) -> None:
    """Register the resource."""
    config.add_api_resource(
        "plugins",
        title=_("Plugins"),
        description=_("What is installed, and what the town has switched on."),
        operations=OPERATIONS,
        scopes={
            "plugins:read": _("See which plugins there are"),
            "plugins:write": _("Switch plugins on and off"),
        },
    )
