"""Rooms stand on floors: imports go down, sideways only by the front door, never up.

``python tests/test_layering.py`` prints the graph.
"""

import ast
import re
import sys
from collections import defaultdict
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import NamedTuple

ROOT = Path(__file__).resolve().parent.parent
SOURCE = ROOT / "src" / "stadtkern"

FLOORS = {
    "web": 0, "db": 0, "forms": 0, "migrations": 0,
    "tenants": 1, "plugins": 1, "audit": 1, "jobs": 1, "mail": 1, "vault": 1, "storage": 1,
    "accounts": 2,
    "content": 3, "media": 3, "search": 3, "exchange": 3, "privacy": 3,
    "notify": 4, "api": 4, "site": 4, "municipal": 4, "visits": 4, "submissions": 4, "towns": 4,
    "admin": 4,
    "cli": 5, "testing": 5, "app": 5,
}  # fmt: skip

DOORS = ("cli",)
"""A room's own commands (and what only they call) are run by the top floor, so they stand there."""

BANNED = (
    "steuer", "tax", "taxes", "tour", "tours", "hiking", "hotspot", "gpx", "vote",
    "votes", "voting", "ballot", "ballots", "abstimmung", "messbescheid", "gewerbe",
    "gewerbesteuer", "grundsteuer", "hebesatz", "levy", "payroll", "applicant", "bewerber",
    "vacancy", "cityguide", "taunusstein", "wehen", "hahn", "bleidenstadt", "limes",
)  # fmt: skip
"""Words of plugins and of single towns; the core knows none of them."""

# The media intake names the file formats that a municipality publishes, ".gpx" among them.
ALLOWED = {("media/intake.py", "gpx")}


class Import(NamedTuple):
    """One import of our own package."""

    file: str
    line: int
    room: str
    module: str

    @property
    def target(self) -> str:
        """Return the room that is imported from."""
        parts = self.module.split(".")
        return parts[1] if len(parts) > 1 else ""

    @property
    def by_the_door(self) -> bool:
        """Whether only what the room's ``__init__`` offers is used."""
        parts = self.module.split(".")
        return len(parts) == 2 or (len(parts) == 3 and parts[2] in offered(parts[1]))

    def __str__(self) -> str:
        return f"{self.file}:{self.line} imports {self.module}"


@cache
def offered(room: str) -> frozenset[str]:
    """Return the names in the ``__all__`` of a room."""
    path = SOURCE / room / "__init__.py"
    for node in ast.parse(path.read_text("utf-8")).body if path.is_file() else ():
        if isinstance(node, ast.Assign) and getattr(node.targets[0], "id", "") == "__all__":
            return frozenset(ast.literal_eval(node.value))
    return frozenset()


def room_of(path: Path) -> str:
    return path.relative_to(SOURCE).parts[0].removesuffix(".py")


def imports() -> Iterator[Import]:
    """Read all imports between rooms, those within functions too."""
    for path in sorted(SOURCE.rglob("*.py")):
        for found in modules_of(path):
            if found.room != "__init__" and found.target not in {found.room, ""}:
                yield found


def modules_of(path: Path) -> Iterator[Import]:
    """Read one file's imports of our own package."""
    name = str(path.relative_to(SOURCE))
    tree = ast.parse(path.read_text("utf-8"))
    # What runs only as ``python -m …`` is a command.
    tree.body = [
        node
        for node in tree.body
        if not (isinstance(node, ast.If) and "__main__" in ast.unparse(node.test))
    ]
    for node in ast.walk(tree):
        modules = []
        if isinstance(node, ast.Import):
            modules = [alias.name for alias in node.names]
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{name}:{node.lineno}: imports are absolute"
            base = node.module or ""
            # ``from stadtkern.content import queries`` names a module.
            modules = [
                f"{base}.{alias.name}" if is_module(f"{base}.{alias.name}") else base
                for alias in node.names
            ]
        for module in modules:
            if module.partition(".")[0] == "stadtkern":
                yield Import(name, node.lineno, room_of(path), module)


def is_module(dotted: str) -> bool:
    place = ROOT.joinpath("src", *dotted.split("."))
    return place.with_suffix(".py").is_file() or (place / "__init__.py").is_file()


def is_door(found: Import) -> bool:
    return Path(found.file).stem in DOORS or Path(found.file).parts[1:2] == DOORS


def test_every_room_has_its_floor() -> None:
    rooms = {room_of(path) for path in SOURCE.rglob("*.py")} - {"__init__"}
    assert rooms <= set(FLOORS)


def test_no_room_reaches_up() -> None:
    up = [
        found
        for found in imports()
        if FLOORS[found.target] > FLOORS[found.room] and not is_door(found)
    ]
    assert [str(found) for found in up] == []


def test_only_commands_call_commands() -> None:
    callers = [
        found
        for path in sorted(SOURCE.rglob("*.py"))
        for found in modules_of(path)
        if re.fullmatch(r"stadtkern\.\w+\.cli(?:\..+)?", found.module)
        and not is_door(found)
        and FLOORS[found.room] < 5
    ]
    assert [str(found) for found in callers] == []


def test_siblings_use_only_what_is_offered() -> None:
    sideways = [
        found
        for found in imports()
        if FLOORS[found.target] == FLOORS[found.room] and FLOORS[found.room] not in {0, 5}
    ]
    breaches = [str(found) for found in sideways if not found.by_the_door and not is_door(found)]
    assert breaches == []


def test_siblings_do_not_go_round_in_circles() -> None:
    edges = defaultdict(set)
    for found in imports():
        if FLOORS[found.target] == FLOORS[found.room] and not is_door(found):
            edges[found.room].add(found.target)

    def circle(room: str, way: tuple[str, ...]) -> tuple[str, ...] | None:
        if room in way:
            return (*way, room)
        for other in sorted(edges[room]):
            found = circle(other, (*way, room))
            if found:
                return found
        return None

    assert [way for room in sorted(edges) if (way := circle(room, ()))] == []


def test_the_core_knows_no_plugin() -> None:
    pattern = re.compile(r"\bstadtkern_(?!app\b|owner\b|ticket\b|session\b|requests?\b|page_)\w+")
    found = [
        f"{path.relative_to(ROOT)}: {match}"
        for path in sorted(SOURCE.rglob("*.py"))
        for match in pattern.findall(path.read_text("utf-8"))
        if path.parent.name != "scaffold"
    ]
    assert [one for one in found if "import" in one] == []
    for path in SOURCE.rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text("utf-8"))):
            if isinstance(node, ast.Import | ast.ImportFrom):
                module = getattr(node, "module", None) or node.names[0].name
                assert not module.startswith("stadtkern_"), f"{path}: {module}"


def test_the_core_knows_no_domain_word() -> None:
    words = re.compile(rf"(?<![a-z])({'|'.join(BANNED)})(?![a-z])", re.IGNORECASE)
    found = []
    for path in sorted(SOURCE.rglob("*")):
        if path.suffix not in {".py", ".jinja2", ".mako", ".po"} or "scaffold" in path.parts:
            continue
        name = str(path.relative_to(SOURCE))
        for number, line in enumerate(path.read_text("utf-8").splitlines(), 1):
            # snake_case and CamelCase hide no words.
            plain = re.sub(r"(?<=[a-z])(?=[A-Z])", " ", line).replace("_", " ")
            found += [
                f"{name}:{number}: {match}"
                for match in words.findall(plain)
                if (name, match.lower()) not in ALLOWED
            ]
    assert found == []


def graph() -> str:
    """Return each room, from the top floor down, with the rooms that it imports from."""
    edges = defaultdict(set)
    for found in imports():
        edges[found.room].add(found.target)
    lines = []
    for room in sorted(edges, key=lambda name: (-FLOORS[name], name)):
        targets = sorted(edges[room], key=lambda name: (-FLOORS[name], name))
        lines.append(f"{FLOORS[room]} {room:<10} -> {', '.join(targets)}")
    return "\n".join(lines)


if __name__ == "__main__":
    sys.stdout.write(graph() + "\n")
