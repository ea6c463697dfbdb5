"""Renames of property file numbers (GMBAX): many at once are one permutation.

Two numbers may swap, and longer circles occur; one after the other they would collide. So all
renames of a day are looked at together and carried out in one step, or not at all.
"""

from collections.abc import Collection, Iterable, Mapping, Sequence
from typing import Any, NamedTuple

from stadtkern_finance.i18n import _


class Rename(NamedTuple):
    """One number and what it becomes, in digits."""

    old: str
    new: str


class Conflict(NamedTuple):
    """Why renames cannot be carried out: the numbers concerned, and a text to translate."""

    numbers: tuple[str, ...]
    text: Any


class Plan(NamedTuple):
    """What to do: ``moves`` from old to new, all at once; none where there are conflicts."""

    moves: Mapping[str, str]
    cycles: tuple[tuple[str, ...], ...]
    """Numbers that are passed round, each beginning with its smallest."""
    conflicts: tuple[Conflict, ...]

    @property
    def affected(self) -> frozenset[str]:
        """Return the numbers whose assessments must wait until the moves are done."""
        named = {number for one in self.conflicts for number in one.numbers}
        return frozenset({*self.moves, *self.moves.values(), *named})

    def apply(self, number: str) -> str:
        """Return what a number becomes."""
        return self.moves.get(number, number)


def permutation(renames: Iterable[Rename], known: Collection[str] | None = None) -> Plan:
    """Return the plan for renames that hold at the same time.

    ``known`` are the numbers of the stock: a rename of a number that is not there, or onto one that
    stays, is a conflict. Without it only the renames are held against each other. The same rename
    twice counts once, and one onto itself not at all.
    """
    wanted = [one for one in dict.fromkeys(renames) if one.old != one.new]
    conflicts = [*_many(wanted, "old"), *_many(wanted, "new")]
    moves = {one.old: one.new for one in wanted}
    if known is not None:
        stock = known if isinstance(known, set | frozenset) else frozenset(known)
        for old, new in moves.items():
            if old not in stock:
                text = _("${old} is not in the stock", mapping={"old": old})
                conflicts.append(Conflict((old, new), text))
            if new in stock and new not in moves:
                text = _(
                    "${old} is to become ${new}, which another property has and keeps",
                    mapping={"old": old, "new": new},
                )
                conflicts.append(Conflict((old, new), text))
    if conflicts:
        return Plan({}, (), tuple(conflicts))
    return Plan(moves, _cycles(moves), ())


def composed(plans: Sequence[Plan]) -> Plan:
    """Return what plans of several days come to, one after the other.

    A conflict of one day is one of the whole.
    """
    conflicts = tuple(one for plan in plans for one in plan.conflicts)
    if conflicts:
        return Plan({}, (), conflicts)
    came_from: dict[str, str] = {}
    for plan in plans:
        taken = {old: came_from.get(old, old) for old in plan.moves}
        for old in plan.moves:
            came_from.pop(old, None)
        came_from |= {new: taken[old] for old, new in plan.moves.items()}
    moves = {old: new for new, old in came_from.items() if old != new}
    return Plan(moves, _cycles(moves), ())


def _many(wanted: Sequence[Rename], side: str) -> list[Conflict]:
    """Return the conflicts of numbers that stand on one side more than once."""
    groups: dict[str, list[Rename]] = {}
    for one in wanted:
        groups.setdefault(getattr(one, side), []).append(one)
    made = []
    for number, group in groups.items():
        if len(group) > 1:
            others = [one.new if side == "old" else one.old for one in group]
            facts = {"number": number, "others": ", ".join(others)}
            text = (
                _("${number} is to become several numbers: ${others}", mapping=facts)
                if side == "old"
                else _("several numbers are to become ${number}: ${others}", mapping=facts)
            )
            made.append(Conflict((number, *others), text))
    return made


def _cycles(moves: Mapping[str, str]) -> tuple[tuple[str, ...], ...]:
    found = []
    seen: set[str] = set()
    for start in sorted(moves):
        path = []
        number = start
        while number in moves and number not in seen:
            seen.add(number)
            path.append(number)
            number = moves[number]
        if path and number == start:
            found.append(tuple(path))
    return tuple(found)
