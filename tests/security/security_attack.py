"""The list of views, and the attack on each of them."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import pytest
from probes import OUT_OF_REACH, PROBES
from pyramid.registry import Registry
from security_probes import Probe, static
from security_side import Side
from security_world import World
from zope.interface.interfaces import IInterface

from stadtkern.db import Database

SAFE = ("GET", "HEAD", "OPTIONS")


@dataclass(frozen=True)
class View:
    """One view and method, as the introspector has it; ``static``: the folder that it serves."""

    name: str
    method: str
    place: str
    route: str | None
    permission: str | None
    owner: str | None
    static: str | None = None


def views(registry: Registry) -> list[View]:
    """Return every view of the application, plugins' included; no view of an exception."""
    introspector = registry.introspector
    folders = {
        f"__{entry['introspectable']['name'].strip('/')}/": entry["introspectable"]["spec"]
        for entry in introspector.get_category("static views") or ()
    }
    found = []
    for entry in introspector.get_category("views"):
        view = entry["introspectable"]
        context = view["context"]
        if _is_exception(context):
            continue
        permissions = [
            related["value"]
            for related in entry["related"]
            if related.category_name == "permissions"
        ]
        methods = view["request_methods"] or ("GET", "POST")
        methods = (methods,) if isinstance(methods, str) else methods
        route = view["route_name"]
        name = route or getattr(context, "__name__", str(context))
        if view["name"]:
            name += f"/{view['name']}"
        info = view.action_info
        folder = folders.get(route) if route else None
        found += [
            View(
                name,
                method,
                f"{info.file}:{info.line}",
                route,
                str(permissions[0]) if permissions else None,
                view.get("owner"),
                folder,
            )
            for method in (methods if folder is None else ("GET",))
            if method != "HEAD"
        ]
    return found


def _is_exception(context: Any) -> bool:
    if isinstance(context, type):
        return issubclass(context, Exception)
    return IInterface.providedBy(context) and "Exception" in context.__name__


def probes_of(view: View) -> list[Probe]:
    """Return a view's probes; none where it has none."""
    if view.static is not None:
        return [static(view.name.removeprefix("__static/").join(("static/", "")), view.static)]
    return PROBES.get((view.name, view.method), [])


def missing(registry: Registry) -> list[str]:
    """Return the views that nobody has said how to reach."""
    return [
        f'{view.method} {view.name} ({view.place}): add PROBES["{view.name}", "{view.method}"]'
        for view in views(registry)
        if not probes_of(view) and view.name not in OUT_OF_REACH
    ]


@dataclass(frozen=True)
class Finding:
    """What went wrong with one probe."""

    probe: str
    what: str

    def __str__(self) -> str:
        return f"{self.probe}: {self.what}"


def own_success(world: World, view: View, probe: Probe) -> str | None:
    """Ask for the victim's own rows as the victim; return what is wrong, or None."""
    victim = world.victim
    ask = probe.make(world, victim, victim)
    answer = world.send(ask, victim, login=probe.login)
    if not answer.good:
        return f"the own tenant gets {answer.status} for {ask.path}"
    if view.method not in SAFE:
        if probe.done is None:
            return "the probe does not say how the deed is seen in the database"
        if not probe.done(world):
            return "the own tenant's deed is not in the database"
    return None


def attack(world: World, view: View, probe: Probe) -> Iterator[str]:
    """Send the very same request to the other town; yield what of the victim it reaches."""
    del view
    before, files = world.of_victim(), world.stored_files()
    ask = probe.make(world, world.victim, world.other)
    for login in (True, False):
        who = "administrator" if login else "nobody"
        answer = world.send(ask, world.other, login=login)
        if answer.status >= 500:
            yield f"{who} of the other town: error {answer.status}"
        seen = answer.markers(world.victim.prefix)
        if seen:
            yield f"{who} of the other town sees {sorted(seen)[:5]}"
        yield from (f"{who} of the other town changed {part}" for part in changes(world, before))
        now = world.stored_files()
        if any(now.get(name) != size for name, size in files.items()):
            yield f"{who} of the other town changed stored files"


def changes(world: World, before: Mapping[str, list[dict[str, Any]]]) -> list[str]:
    """Return the tables in which the victim's rows are no longer as they were."""
    now = world.of_victim()
    if now is before:
        return []
    return [name for name in before if now[name] != before[name]]


def run(world: World, *, own: bool = True) -> tuple[list[Finding], set[str]]:
    """Try every probe; return all that is wrong, and the names of probes that turned red.

    An error page counts, too: with rows of two towns in one list, pages may break.
    """
    found: list[Finding] = []
    red: set[str] = set()
    for view in views(world.registry):
        for probe in probes_of(view):
            name = f"{view.method} {view.name} – {probe.name}"
            if own:
                problem = own_success(world, view, probe)
                world.restore()
                if problem is not None:
                    found.append(Finding(name, problem))
            for what in attack(world, view, probe):
                found.append(Finding(name, what))
                red.add(name)
            world.restore()
    return found, red


def must_turn_red(world: World) -> set[str]:
    """Return the probes that have no wall of their own: they must turn red without walls."""
    return {
        f"{view.method} {view.name} – {probe.name}"
        for view in views(world.registry)
        for probe in probes_of(view)
        if probe.unwalled is None
    }


@contextmanager
def filter_off() -> Iterator[None]:
    """Take the automatic filter down for every session that is opened."""
    opened = Database.session

    def session(self: Database, **kw: Any) -> Any:
        made = opened(self, **kw)
        made.info["filtered"] = False
        return made

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(Database, "session", session)
        yield


__all__ = ["Finding", "Side", "View", "filter_off", "missing", "must_turn_red", "run", "views"]
