"""Installed is not enabled: what a tenant has not switched on does not exist for it."""

from collections.abc import Callable
from typing import Any

from pyramid.config import Configurator
from pyramid.exceptions import PredicateMismatch
from pyramid.registry import Registry
from pyramid.request import Request
from pyramid.response import Response
from pyramid.viewderivers import INGRESS

from stadtkern.plugins.configurator import current_plugin_enabled
from stadtkern.plugins.state import PluginState
from stadtkern.web.health import Health


class RoutePredicate:
    """Keeps a disabled plugin's route from matching: it would shadow a page at its address."""

    def __init__(self, owner: str, config: Configurator) -> None:
        self.owner = owner
        self.registry = config.registry

    def text(self) -> str:
        """Return the predicate for Pyramid's listings."""
        return f"plugin = {self.owner}"

    phash = text

    def __call__(self, _info: dict[str, Any], request: Request) -> bool:
        """Match only for tenants with the plugin."""
        return bool(request.plugin_enabled(self.owner))


class SubscriberPredicate(RoutePredicate):
    """Keeps a plugin's subscribers from hearing of tenants without it."""

    def __call__(self, *events: Any) -> bool:
        """Match only events of tenants with the plugin."""
        return current_plugin_enabled(self.registry, self.owner, events[0])


def plugin_gate(view: Callable[..., Response], info: Any) -> Callable[..., Response]:
    """Refuse a view whose plugin the tenant lacks; another view may answer instead."""
    owner = info.options.get("owner")
    if owner is None:
        return view

    def gated(context: object, request: Request) -> Response:
        if not request.plugin_enabled(owner):
            raise PredicateMismatch(f"{owner} is not switched on")
        return view(context, request)

    return gated


plugin_gate.options = ("owner",)  # type: ignore[attr-defined]


def _state(request: Request) -> PluginState:
    return request.registry["plugin_states"].of(request.tenant)


def _enabled(request: Request, name: str) -> bool:
    # Asked again each time: a plugin may have failed after this request's state was read.
    return (
        hasattr(request, "tenant")
        and request.plugins.has(name)
        and request.registry["plugins"][name].working
    )


def _settings(request: Request, owner: str) -> dict[str, Any]:
    return request.plugins.settings(owner)


def _health(registry: Registry) -> Health:
    broken = sorted(name for name, item in registry["plugins"].items() if not item.working)
    if not broken:
        return Health("ok")
    return Health("degraded", f"quarantined: {', '.join(broken)}")


def configure(config: Configurator) -> None:
    """Install the predicates, the deriver, ``request.plugin_enabled(name)`` and the check."""
    config.add_route_predicate("plugin", RoutePredicate)
    config.add_subscriber_predicate("plugin", SubscriberPredicate)
    # Over everything that notes what a view declares: a view that does not answer here must
    # leave no trace on the request for the one that does.
    config.add_view_deriver(
        plugin_gate,
        "plugin_gate",
        under=INGRESS,
        over=("machine", "page_cache", "session_use", "fetch_site", "secured_view"),
    )
    config.add_request_method(_state, "plugins", reify=True)
    config.add_request_method(_enabled, "plugin_enabled")
    config.add_request_method(_settings, "settings_of")
    config.add_health_check("plugins", _health)
