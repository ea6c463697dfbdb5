"""The integrators' reference, written from the code: directives, slots, requests, Python names."""

import inspect
import sys
import tempfile
from collections.abc import Callable, Iterator
from dataclasses import MISSING, fields, is_dataclass
from enum import Enum
from importlib import import_module
from pathlib import Path
from typing import Any

from pyramid.config import Configurator
from pyramid.registry import Registry

from stadtkern.db.engine import open_database
from stadtkern.plugins.configurator import FORBIDDEN
from stadtkern.plugins.plugin import Plugin

PUBLIC_PACKAGES = (
    "stadtkern.accounts",
    "stadtkern.api",
    "stadtkern.audit",
    "stadtkern.content",
    "stadtkern.content.links",
    "stadtkern.db",
    "stadtkern.exchange",
    "stadtkern.forms",
    "stadtkern.forms.fields",
    "stadtkern.jobs",
    "stadtkern.mail",
    "stadtkern.media",
    "stadtkern.plugins",
    "stadtkern.privacy",
    "stadtkern.search",
    "stadtkern.site",
    "stadtkern.storage",
    "stadtkern.tenants",
    "stadtkern.vault",
    "stadtkern.visits",
)
"""Rooms whose ``__all__`` plugins may import from."""

PUBLIC_MODULES = (
    "stadtkern.content.events",
    "stadtkern.content.merging",
    "stadtkern.content.moving",
    "stadtkern.content.queries",
    "stadtkern.exchange.models",
    "stadtkern.exchange.values",
    "stadtkern.notify.emitting",
    "stadtkern.plugins.events",
    "stadtkern.site.events",
    "stadtkern.tenants.events",
    "stadtkern.tenants.holidays",
    "stadtkern.visits.queries",
    "stadtkern.web.console",
    "stadtkern.web.egress",
    "stadtkern.web.headers",
    "stadtkern.web.health",
    "stadtkern.web.i18n",
    "stadtkern.web.languages",
    "stadtkern.web.sheets",
    "stadtkern.web.typesetting",
    "stadtkern.testing.databases",
    "stadtkern.testing.plugin",
    "stadtkern.testing.town",
)
"""Modules all of whose names without a leading underscore plugins may import."""

NOT_FOR_PLUGINS = frozenset({"includeme", "directives"})

VIEW_OPTIONS = (
    (
        "page_cache",
        (
            "`True`, or a dict with `params` (query parameters that make another page) and "
            "`generation` (a counter of your own, raised with "
            "`stadtkern.tenants.bump_generation`). Anonymous visitors then get a stored page that "
            "costs no SQL; it is dropped when content, "
            "plugins or settings change. Instead of `params` a view that reads its parameters "
            "strictly, or looks at headers, gives `variant`: a function of the request that says "
            "in one word what the answer depends on, or None for what the view shall refuse."
        ),
    ),
    (
        "uses_session",
        (
            "`True` for pages with a form: flash messages and the proof of origin (CSRF) stand in "
            "the session. Such a page is never stored."
        ),
    ),
    (
        "permission",
        "Who may see it: a member of your StrEnum or of `stadtkern.accounts.Permission`.",
    ),
)

REQUESTS = {
    "content": "The tenant's tree: a `stadtkern.content.Content` for this request.",
    "db": "The request's session, bound to the tenant; read-only for GET, HEAD and OPTIONS.",
    "permissions": "What the person who asks may do in the whole tenant: a set of names.",
    "plugin_enabled": "Whether the tenant has a plugin switched on.",
    "plugins": "The tenant's `PluginState`: `enabled` names, `settings(name)`.",
    "settings_of": "The settings of a plugin as its schema's types.",
    "translate": "Translate a message into the page's language; `${name}` from the keywords.",
}
"""What some additions to requests are for, where the code behind them is not named for readers."""

TEMPLATES = (
    (
        "stadtkern.site:templates/layout.jinja2",
        (
            "The frame of every public page. Blocks: `title`, `description`, `head`, `stage`, "
            "`breadcrumbs`, `content`."
        ),
    ),
    (
        "stadtkern.site:templates/_macros.jinja2",
        (
            "Macros: `breadcrumbs`, `page_header`, `pagination`, `day_tile`, `edit_link`, "
            "`child_list`. Import it `with context`."
        ),
    ),
    (
        "stadtkern.admin:templates/layout.jinja2",
        "The frame of the back office's pages. Blocks: `title`, `content`.",
    ),
    (
        "stadtkern.admin:templates/_parts.jinja2",
        "Macros: `steps` (a list in parts), `progress`. Import it `with context`.",
    ),
)


def public_names(module: str) -> list[str]:
    """Return what plugins may import from a public package or module."""
    loaded = import_module(module)
    if module in PUBLIC_PACKAGES:
        return sorted(set(loaded.__all__) - NOT_FOR_PLUGINS)
    return sorted(
        name
        for name, value in vars(loaded).items()
        if not name.startswith("_")
        and name not in NOT_FOR_PLUGINS
        and not inspect.ismodule(value)
        and getattr(value, "__module__", module) == module
        and type(value).__module__ != "typing"
    )


def is_public(module: str, name: str | None = None) -> bool:
    """Tell whether a plugin may write ``from module import name`` (or ``import module``)."""
    if module in PUBLIC_MODULES:
        return name is None or not name.startswith("_")
    if name is not None and f"{module}.{name}" in (*PUBLIC_MODULES, *PUBLIC_PACKAGES):
        return True
    if module not in PUBLIC_PACKAGES:
        return False
    return name is None or name in public_names(module)


def platform() -> Registry:
    """Build the core's rooms, without plugins and over an empty database, to look at them."""
    from stadtkern.app import rooms  # noqa: PLC0415 - the application stands above this room

    with tempfile.TemporaryDirectory() as folder:
        registry = Registry()
        config = Configurator(registry=registry)
        config.setup_registry(
            settings={
                "stadtkern.files": str(Path(folder, "files")),
                "stadtkern.secret_file": str(Path(folder, "secret")),
            }
        )
        registry["database"] = open_database("sqlite://")
        registry["plugins"] = {}
        config.include(rooms)
        config.commit()
        registry["database"].dispose()
    return registry


def directives_of(registry: Registry) -> dict[str, Callable[..., Any]]:
    """Return the core's directives that plugins may call, by name."""
    return {
        name: function
        for name, (function, _wrap) in sorted(registry._directives.items())  # noqa: SLF001
        if function.__module__.startswith("stadtkern.") and name not in FORBIDDEN
    }


def reference() -> str:
    """Return ``docs/integrators/reference.md``."""
    registry = platform()
    return "\n".join(
        [
            *_head(),
            *_plugin(),
            *_directives(registry),
            *_view_options(),
            *_slots(),
            *_requests(registry),
            *_templates(),
            *_forbidden(),
            *_python(),
        ]
    )


def _head() -> Iterator[str]:
    yield "# Reference for plugins"
    yield ""
    yield (
        "Written from the code by `python -m stadtkern.cli.reference > "
        "docs/integrators/reference.md`; please do not edit it by hand. "
        "What stands here follows semantic versioning: it changes in an incompatible way with a "
        "major version only, and warns for a minor version before that. Whatever does not stand "
        "here may change at any time."
    )
    yield ""


def _plugin() -> Iterator[str]:
    yield "## Plugin"
    yield ""
    yield from _docs(Plugin)
    yield "| field | default |"
    yield "|---|---|"
    for item in fields(Plugin):
        yield f"| `{item.name}` | {_default(item.default)} |"
    yield ""


def _default(value: Any) -> str:
    return "required" if value is MISSING else f"`{_literal(value)}`"


def _literal(value: Any) -> str:
    if isinstance(value, Enum):
        return repr(value.value)
    if callable(value):
        return str(getattr(value, "__qualname__", value))
    return repr(value)


def _signature(function: Callable[..., Any], *, skip_first: bool = False) -> str:
    """Return names and defaults; what they mean stands in the text below."""
    parameters = list(inspect.signature(function).parameters.values())
    parts: list[str] = []
    keyword_only = False
    for parameter in parameters[1 if skip_first else 0 :]:
        text = parameter.name
        if parameter.kind is parameter.VAR_POSITIONAL:
            text, keyword_only = f"*{text}", True
        elif parameter.kind is parameter.VAR_KEYWORD:
            text = f"**{text}"
        elif parameter.kind is parameter.KEYWORD_ONLY and not keyword_only:
            parts.append("*")
            keyword_only = True
        if parameter.default is not parameter.empty:
            text += f"={_literal(parameter.default)}"
        parts.append(text)
    return f"({', '.join(parts)})"


def _docs(thing: Any) -> Iterator[str]:
    text = inspect.getdoc(thing) or ""
    yield from text.replace("``", "`").splitlines()
    yield ""


def _first_sentence(thing: Any) -> str:
    text = (inspect.getdoc(thing) or "").partition("\n\n")[0]
    return " ".join(text.replace("``", "`").split())


def _directives(registry: Registry) -> Iterator[str]:
    yield "## Directives"
    yield ""
    yield "Calls on `config`, beside Pyramid's own, in your `includeme`."
    yield ""
    for name, function in directives_of(registry).items():
        room = function.__module__.split(".")[1]
        yield f"### `config.{name}`"
        yield ""
        yield f"`{name}{_signature(function, skip_first=True)}` – room `{room}`"
        yield ""
        yield from _docs(function)


def _view_options() -> Iterator[str]:
    yield "## Options of views"
    yield ""
    yield "For `config.add_view(…)` and `@view_config(…)`, beside Pyramid's own."
    yield ""
    for name, text in VIEW_OPTIONS:
        yield f"- `{name}`: {text}"
    yield ""


def _slots() -> Iterator[str]:
    from stadtkern.site.slots import SLOTS  # noqa: PLC0415 - a room above this one

    yield "## Slots"
    yield ""
    yield "Places in the layout, for `config.add_slot`."
    yield ""
    for name, text in SLOTS.items():
        yield f"- `{name}`: {text}"
    yield ""


def _requests(registry: Registry) -> Iterator[str]:
    yield "## Requests"
    yield ""
    yield "What a request offers beside Pyramid's own."
    yield ""
    yield "- `request.tenant`: the municipality, a `stadtkern.tenants.Tenant`."
    category = registry.introspector.get_category("request extensions", sort_key=None) or ()
    found = {}
    for entry in category:
        intr = entry["introspectable"]
        name = str(intr.discriminator)
        function = _behind(intr["callable"])
        if not str(getattr(function, "__module__", "")).startswith("stadtkern."):
            continue
        if name.startswith("office_"):
            continue
        text = REQUESTS.get(name) or _first_sentence(function)
        call = _signature(function, skip_first=True) if intr.type_name == "request method" else ""
        found[f"{name}{call}"] = text
    for name, text in sorted(found.items()):
        yield f"- `request.{name}`: {text}" if text else f"- `request.{name}`"
    yield ""


def _behind(value: Any) -> Any:
    """Return the function behind a property or a reified one."""
    for attribute in ("wrapped", "fget"):
        inner = getattr(value, attribute, None)
        if inner is not None:
            return _behind(inner)
    return value


def _templates() -> Iterator[str]:
    yield "## Templates"
    yield ""
    yield "Jinja2 templates that yours may extend or import. Classes: `docs/developers/design.md`."
    yield ""
    for name, text in TEMPLATES:
        yield f"- `{name}`: {text}"
    yield ""


def _forbidden() -> Iterator[str]:
    yield "## What a plugin may not call"
    yield ""
    yield (
        "These reach beyond the plugin. Calling one quarantines the plugin; the message names file "
        "and line."
    )
    yield ""
    yield ", ".join(f"`{name}`" for name in sorted(FORBIDDEN))
    yield ""
    yield (
        "Also refused: a view for an exception that is not your own, and a request method, a "
        "renderer or a directive under a name that is taken."
    )
    yield ""


def _python() -> Iterator[str]:
    yield "## Python names"
    yield ""
    yield "Import from these modules only, and only these names."
    yield ""
    for module in sorted((*PUBLIC_PACKAGES, *PUBLIC_MODULES)):
        yield f"### `{module}`"
        yield ""
        yield _first_sentence(import_module(module))
        yield ""
        for name in public_names(module):
            yield _name(name, getattr(import_module(module), name))
        yield ""


def _name(name: str, value: Any) -> str:
    if inspect.isclass(value):
        text = _first_sentence(value)
        if is_dataclass(value):
            text += f" Fields: {', '.join(f'`{item.name}`' for item in fields(value))}."
        return f"- `{name}`: {text}"
    if inspect.isfunction(value):
        return f"- `{name}{_signature(value)}`: {_first_sentence(value)}"
    return f"- `{name}`"


if __name__ == "__main__":
    sys.stdout.write(reference())
