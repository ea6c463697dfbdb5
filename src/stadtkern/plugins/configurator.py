"""The Configurator that a plugin is included through.

A subclass is made for each plugin and carries its name as a class attribute, which survives
nested ``config.include`` of helper libraries. It stamps routes, views, subscribers and
request methods with the owner and refuses what would reach beyond the plugin.
"""

import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any, NoReturn, cast

import pyramid
import venusian
from pyramid.config import Configurator
from pyramid.exceptions import ConfigurationError
from pyramid.request import Request
from pyramid.threadlocal import get_current_request

_INFRASTRUCTURE = tuple(
    str(Path(module.__file__).parent)
    for module in (pyramid, venusian)
)


class OwnedInfo:
    """Where an action was written, and on whose behalf; stands in for Pyramid's ActionInfo."""

    def __init__(self, info: Any, owner: str) -> None:
        self._info = info
        self.owner = owner

    def __getattr__(self, name: str) -> Any:
        return getattr(self._info, name)

    def __str__(self) -> str:
        return f"plugin {self.owner}: {self._info}"


class PluginNotAllowed(ConfigurationError):
    """A plugin tried what only the core may do; the message names file and line."""


def _caller() -> str:
    frame = sys._getframe(1)  # noqa: SLF001 - the plugin's own line is what helps its author
    while frame.f_back is not None:
        name = frame.f_code.co_filename
        if name != __file__ and not name.startswith(_INFRASTRUCTURE):
            return f"{name}, line {frame.f_lineno}"
        frame = frame.f_back
    return "an unknown place"


def _refusal(name: str) -> Callable[..., NoReturn]:
    def refuse(self: Any, *_args: Any, **_kw: Any) -> NoReturn:
        raise PluginNotAllowed(
            f"Plugin {self.owner} calls config.{name} at {_caller()}. Plugins vary pages through "
            "slots and blocks; this would change the platform for every town."
        )

    refuse.__name__ = name
    return refuse


FORBIDDEN = (
    "add_tween",
    "add_view_deriver",
    "add_notfound_view",
    "add_forbidden_view",
    "override_asset",
    "add_resource_url_adapter",
    "add_traverser",
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
    "add_settings_schema",
    "commit",
)


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

    def add_route(self, name: str, pattern: str | None = None, **kw: Any) -> None:
        """Add a route that exists only for tenants with this plugin."""
        kw["plugin"] = self.owner
        super().add_route(name, pattern, **kw)

    def add_view(self, view: Any = None, **kw: Any) -> None:
        """Add a view that answers only tenants with this plugin."""
        context = self.maybe_dotted(kw.get("context") or kw.get("for_"))
        if isinstance(context, type) and issubclass(context, BaseException):
            self._own_exception(context)
        if kw.get("exception_only") and context is None:
            self._own_exception(Exception)
        kw["owner"] = self.owner
        super().add_view(view, **kw)

    def add_exception_view(self, view: Any = None, context: Any = None, **kw: Any) -> None:
        """Add a view for an exception of the plugin's own."""
        self._own_exception(self.maybe_dotted(context) or Exception)
        kw["owner"] = self.owner
        super().add_exception_view(view, context, **kw)

    def add_subscriber(self, subscriber: Any, iface: Any = None, **predicates: Any) -> Any:
        """Add a subscriber that hears only of tenants with this plugin."""
        predicates["plugin"] = self.owner
        return super().add_subscriber(subscriber, iface, **predicates)

    def add_request_method(
        self,
        callable: Any = None,  # noqa: A002 - Pyramid's name
        name: str | None = None,
        property: bool = False,  # noqa: A002, FBT001, FBT002
        reify: bool = False,  # noqa: FBT001, FBT002
    ) -> None:
        """Add a request method that exists only for tenants with this plugin."""
        function = self.maybe_dotted(callable)
        owner = self.owner
        called = name or function.__name__

        def gated(request: Request, *args: Any, **kw: Any) -> Any:
            if not request.plugin_enabled(owner):
                raise AttributeError(called)
            return function(request, *args, **kw)

        super().add_request_method(gated, called, property=property, reify=reify)

    def _own_exception(self, context: Any) -> None:
        module = getattr(context, "__module__", "builtins")
        if module.partition(".")[0] in {"builtins", "pyramid", "webob", "stadtkern"}:
            raise PluginNotAllowed(
                f"Plugin {self.owner} adds a view for {context.__name__} at {_caller()}. A plugin "
                "may answer exceptions of its own; this one belongs to every town."
            )


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


def current_plugin_enabled(owner: str, event: Any) -> bool:
    """Tell whether an event concerns a tenant that has the plugin switched on."""
    tenant_id = getattr(event, "tenant_id", None)
    request = getattr(event, "request", None) or get_current_request()
    if tenant_id is not None and request is None:
        return bool(event.registry["plugin_states"].of_id(tenant_id, event.session).has(owner))
    if request is None or not hasattr(request, "tenant"):
        # Start-up events belong to no tenant.
        return tenant_id is None
    return bool(request.plugin_enabled(owner))
