"""Applications under test: built once a process, put back to their beginning for each test.

Building one takes longer than most tests. What a test does to it (a setting, what is cached, who
was counted) is undone by a copy of what its registry held when it was new.
"""

from collections import OrderedDict
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from pyramid.config import Configurator
from pyramid.registry import Registry
from sqlalchemy.engine import Engine

from stadtkern.db import Database
from stadtkern.storage import FileStore

MOST = 6
"""Applications that a process keeps: kinds of databases times the settings that modules share."""
DEPTH = 4
"""How far below the registry something may change: limiter, its storage, its windows, a window."""
_OURS = ("stadtkern", "limits")
PLACES = frozenset({"stadtkern.files", "stadtkern.master_key_file", "stadtkern.secret_file"})
"""Settings that name a place of the test's own."""


class State:
    """What a registry holds, as it was when this was made."""

    def __init__(self, registry: Registry) -> None:
        self._registry = registry
        self._items = dict(registry)
        self._kept: dict[int, tuple[Any, Any]] = {}
        self._keep(registry.settings, DEPTH)
        for value in self._items.values():
            self._keep(value, DEPTH)

    def _keep(self, value: Any, depth: int) -> None:
        if depth == 0 or isinstance(value, Registry | Database | Engine | type):
            return
        if not isinstance(value, dict | list | set):
            value = getattr(value, "__dict__", None) if _is_ours(value) else None
        if value is None or id(value) in self._kept:
            return
        plain = next(kind for kind in (dict, list, set) if isinstance(value, kind))
        self._kept[id(value)] = value, plain(value)
        for inner in value.values() if isinstance(value, dict) else value:
            self._keep(inner, depth - 1)

    def restore(self) -> None:
        """Put everything back."""
        registry = self._registry
        for name in registry.keys() - self._items.keys():
            del registry[name]
        registry.update(self._items)
        for held, before in self._kept.values():
            held.clear()
            held.extend(before) if isinstance(held, list) else held.update(before)


def _is_ours(value: object) -> bool:
    return type(value).__module__.partition(".")[0].startswith(_OURS)


@dataclass(frozen=True)
class Application:
    """One application and its first state."""

    registry: Registry
    wsgi: Any
    state: State


class Applications:
    """The applications of one process, by what they were built from."""

    def __init__(self) -> None:
        self._made: OrderedDict[Any, Application] = OrderedDict()

    def get(
        self, database: Database, settings: Mapping[str, Any], build: Callable[[], Configurator]
    ) -> Application:
        """Return an application as ``build`` would make it for these settings.

        ``database``: the same object for all that share one. Files, keys and secrets lie where
        ``settings`` says; other settings must be the same for an application to be used again.
        """
        key = id(database), frozenset(item for item in settings.items() if item[0] not in PLACES)
        found = self._made.get(key)
        if found is None:
            config = build()
            wsgi = config.make_wsgi_app()
            found = Application(config.registry, wsgi, State(config.registry))
            self._made[key] = found
            while len(self._made) > MOST:
                self._made.popitem(last=False)
            return found
        self._made.move_to_end(key)
        registry = found.registry
        registry["jobs_client"].close()
        found.state.restore()
        registry.settings.update(settings)
        registry["storage"] = FileStore(settings["stadtkern.files"])
        return found
