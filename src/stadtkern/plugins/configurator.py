"""The Configurator that a plugin is included through.

A subclass is made for each plugin and carries its name as a class attribute, which survives
nested ``config.include`` of helper libraries. It stamps routes, views, subscribers and
request methods with the owner and refuses what would reach beyond the plugin.
"""

import sys
import traceback
from collections.abc import Callable, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any, NoReturn, cast

import pyramid
import structlog
import venusian
from pyramid.config import Configurator
from pyramid.config.actions import action_method
from pyramid.config.views import isexception
from pyramid.exceptions import ConfigurationError
from pyramid.interfaces import IApplicationCreated, IRendererFactory
from pyramid.registry import Registry
from pyramid.request import Request
from pyramid.threadlocal import get_current_request
from zope.interface import implementedBy

from stadtkern.web.health import Health

log = structlog.get_logger("stadtkern.plugins")

_INFRASTRUCTURE = tuple(str(Path(module.__file__).parent) for module in (pyramid, venusian))


class OwnedInfo:
    """Where an action was written, and on whose behalf; stands in for Pyramid's ActionInfo."""

    def __init__(self, info: Any, owner: str) -> None:
        self._info = info
        self.owner = owner

    def __getattr__(self, name: str) -> Any:
        return getattr(self._info, name)

    def __str__(self) -> str:
        return f"plugin {self.owner}: {self._info}"


class PluginNotAllowed(ConfigurationError):  # noqa: N818 - the word that authors read
    """A plugin tried what only the core may do; the message names file and line."""


def _caller() -> str:
    frame = sys._getframe(1)  # noqa: SLF001 - the plugin's own line is what helps its author
    while frame.f_back is not None:
        name = frame.f_code.co_filename
        if name != __file__ and not name.startswith(_INFRASTRUCTURE):
            return f"{name}, line {frame.f_lineno}"
        frame = frame.f_back
    return "an unknown place"


def _place(kw: Mapping[str, Any]) -> str:
    """Return where a call was written; a scanned decorator brings its own place along."""
    info = kw.get("_info")
    if isinstance(info, tuple):
        return f"{info[0]}, line {info[1]}"
    return _caller()


def _refusal(name: str) -> Callable[..., NoReturn]:
    def refuse(self: Any, *_args: Any, **kw: Any) -> NoReturn:
        raise PluginNotAllowed(
            f"Plugin {self.owner} calls config.{name} at {_place(kw)}. Plugins vary pages through "
            "slots and blocks; this would change the platform for every town."
        )

    refuse.__name__ = name
    return refuse


FORBIDDEN = (
    "add_accept_view_order",
    "add_forbidden_view",
    "add_jinja2_extension",
    "add_jinja2_search_path",
    "add_notfound_view",
    "add_resource_url_adapter",
    "add_settings",
    "add_settings_schema",
    "add_traverser",
    "add_tween",
    "add_view_deriver",
    "commit",
    "hook_zca",
    "make_wsgi_app",
    "override_asset",
    "setup_registry",
    "set_authentication_policy",
    "set_authorization_policy",
    "set_csrf_storage_policy",
    "set_default_csrf_options",
    "set_default_permission",
    "set_execution_policy",
    "set_locale_negotiator",
    "set_request_factory",
    "set_response_factory",
    "set_root_factory",
    "set_security_policy",
    "set_session_factory",
    "set_view_mapper",
)
"""What reaches beyond the plugin. A guard against mistakes, not against malice: a plugin runs in
the platform's process and its author is trusted as the core's are."""

OWN_BY_REQUEST = frozenset({"id", "tenant", "page_cache_options", "session_declared"})
"""Attributes that the core sets on requests without ``add_request_method``."""


class PluginConfigurator(Configurator):
    """Base of each plugin's own Configurator; see ``configurator_for``."""

    owner: str

    @property
    def action_info(self) -> Any:
        """Return where the running action was written, with the owner."""
        return OwnedInfo(super().action_info, self.owner)

    def action(
        self,
        discriminator: Any,
        callable: Any = None,  # noqa: A002 - Pyramid's name
        args: tuple[Any, ...] = (),
        kw: dict[str, Any] | None = None,
        order: int = 0,
        introspectables: tuple[Any, ...] = (),
        **extra: Any,
    ) -> None:
        """Record the owner on every introspectable that passes."""
        for introspectable in introspectables:
            introspectable["owner"] = self.owner
        super().action(
            discriminator,
            callable=callable,
            args=args,
            kw=kw,
            order=order,
            introspectables=introspectables,
            **extra,
        )

    @action_method
    def add_route(self, name: str, pattern: str | None = None, *args: Any, **kw: Any) -> None:
        """Add a route that exists only for tenants with this plugin."""
        kw["plugin"] = self.owner
        super().add_route(name, pattern, *args, **kw)

    @action_method
    def add_view(
        self, view: Any = None, name: str = "", for_: Any = None, *args: Any, **kw: Any
    ) -> None:
        """Add a view that answers only tenants with this plugin."""
        context = self.maybe_dotted(kw.get("context") or for_)
        if context is None:
            if kw.get("exception_only"):
                self._refuse_exception("exceptions of any kind", "every exception")
        else:
            self._own_exception(context)
        kw["owner"] = self.owner
        super().add_view(view, name, for_, *args, **kw)

    @action_method
    def add_exception_view(self, view: Any = None, context: Any = None, **kw: Any) -> None:
        """Add a view for an exception of the plugin's own."""
        self._own_exception(self.maybe_dotted(context) or Exception)
        kw["owner"] = self.owner
        super().add_exception_view(view, context, **kw)

    @action_method
    def add_subscriber(self, subscriber: Any, iface: Any = None, **predicates: Any) -> Any:
        """Add a subscriber that hears only of tenants with this plugin."""
        predicates["plugin"] = self.owner
        found = self.maybe_dotted(subscriber)
        interfaces = iface if isinstance(iface, tuple | list) else (iface,)
        if IApplicationCreated in (_interface_of(self.maybe_dotted(one)) for one in interfaces):
            found = self._quarantining(found)
        return super().add_subscriber(found, iface, **predicates)

    @action_method
    def add_request_method(
        self,
        callable: Any = None,  # noqa: A002 - Pyramid's name
        name: str | None = None,
        property: bool = False,  # noqa: A002, FBT001, FBT002
        reify: bool = False,  # noqa: FBT001, FBT002
    ) -> None:
        """Add a request method that exists only for tenants with this plugin."""
        function = self.maybe_dotted(callable)
        if function is None:
            raise PluginNotAllowed(
                f"Plugin {self.owner} adds a request method without a function at {_caller()}."
            )
        owner = self.owner
        called = name or function.__name__
        if hasattr(Request, called) or called in OWN_BY_REQUEST:
            raise PluginNotAllowed(
                f"Plugin {owner} replaces request.{called} at {_caller()}. Give it another name: "
                "this one belongs to the platform."
            )

        def gated(request: Request, *args: Any, **kw: Any) -> Any:
            if not request.plugin_enabled(owner):
                raise AttributeError(called)
            return function(request, *args, **kw)

        gated.__doc__ = function.__doc__
        vars(gated)["__wrapped__"] = function  # the plugin's report shows where it stands
        super().add_request_method(gated, called, property=property, reify=reify)

    @action_method
    def add_renderer(self, name: str | None, factory: Any) -> None:
        """Add a renderer under a name that is free; the platform's own cannot be replaced."""
        if not name or self.registry.queryUtility(IRendererFactory, name=name) is not None:
            raise PluginNotAllowed(
                f"Plugin {self.owner} replaces the renderer {name or 'of all views'} at "
                f"{_caller()}. Add one under a name of its own."
            )
        super().add_renderer(name, factory)

    def add_directive(self, name: str, directive: Any, action_wrap: bool = True) -> None:  # noqa: FBT001, FBT002
        """Offer a directive under a name that is free."""
        if hasattr(self, name):
            raise PluginNotAllowed(
                f"Plugin {self.owner} replaces config.{name} at {_caller()}. Give the directive "
                "another name."
            )
        super().add_directive(name, directive, action_wrap=action_wrap)

    @action_method
    def add_health_check(self, name: str, check: Callable[[Registry], Health]) -> None:
        """Add a check; a plugin may call for help but not take all towns out of service."""
        check = self.maybe_dotted(check)

        def capped(registry: Registry) -> Health:
            try:
                health = check(registry)
            except Exception as error:  # noqa: BLE001 - whatever breaks is an answer
                return Health("degraded", type(error).__name__)
            if health.status in {"ok", "degraded"}:
                return health
            return Health("degraded", health.detail)

        self.__getattr__("add_health_check")(name, capped)

    def _quarantining(self, subscriber: Callable[..., None]) -> Callable[..., None]:
        """Keep a plugin that fails at the very start from stopping the installation."""
        owner = self.owner

        def careful(event: Any) -> None:
            try:
                subscriber(event)
            except Exception as error:  # noqa: BLE001 - whatever a plugin breaks, the town stands
                plugins = event.app.registry["plugins"]
                problem = f"It fails at the start: {type(error).__name__}: {error}."
                plugins[owner] = replace(
                    plugins[owner], problem=problem, trace=traceback.format_exc()
                )
                log.warning("plugin quarantined", plugin=owner, problem=problem)

        return careful

    def _own_exception(self, context: Any) -> None:
        """Refuse views for exceptions that are neither the plugin's nor its helper library's."""
        if not isexception(context):
            return
        module = str(getattr(context, "__module__", "builtins")).partition(".")[0]
        own = {
            str(getattr(package, "__name__", package)).partition(".")[0]
            for package in (self.root_package, self.package)
        }
        if not isinstance(context, type) or module not in own:
            name = getattr(context, "__name__", str(context))
            self._refuse_exception(name, "this one")

    def _refuse_exception(self, name: str, which: str) -> NoReturn:
        raise PluginNotAllowed(
            f"Plugin {self.owner} adds a view for {name} at {_caller()}. A plugin may answer "
            f"exceptions of its own; {which} belongs to every town."
        )


def _interface_of(iface: Any) -> Any:
    """Return the interface of an event class; what is no class is one already."""
    if isinstance(iface, type):
        return next(iter(implementedBy(iface)), None)
    return iface


for _name in FORBIDDEN:
    setattr(PluginConfigurator, _name, _refusal(_name))


def configurator_for(config: Configurator, owner: str, package: str) -> PluginConfigurator:
    """Return a Configurator over the same registry that speaks for the plugin ``owner``."""
    made = type(f"{owner.title()}Configurator", (PluginConfigurator,), {"owner": owner})
    speaker = made(
        registry=config.registry,
        package=package,
        root_package=package,
        autocommit=config.autocommit,
        introspection=config.introspection,
    )
    speaker.includepath = config.includepath
    return cast("PluginConfigurator", speaker)


def current_plugin_enabled(registry: Registry, owner: str, event: Any) -> bool:
    """Tell whether an event concerns a tenant that has the plugin switched on.

    An event that names its tenant decides by that one, whoever asked for it; others by the
    request that they happened in. Events of the start belong to no tenant and reach everyone.
    """
    tenant_id = getattr(event, "tenant_id", None)
    if tenant_id is None:
        tenant_id = getattr(getattr(event, "tenant", None), "id", None)
    request = getattr(event, "request", None) or get_current_request()
    here = getattr(getattr(request, "tenant", None), "id", None)
    session = getattr(event, "session", None)
    if tenant_id is None:
        return True if request is None else here is not None and request.plugin_enabled(owner)
    if session is not None and (here != tenant_id or session.info.get("plugins_changed")):
        # The request's view of its plugins is older than what this transaction has changed.
        return bool(registry["plugin_states"].of_id(tenant_id, session).has(owner))
    return here == tenant_id and bool(request.plugin_enabled(owner))
