"""Why an amount is what it is: rule, inputs, rounding and result of each step.

A step is made while calculating and costs next to nothing; its sentence, in German or English, is
put together only when somebody reads it.
"""

from collections.abc import Mapping, Sequence
from decimal import Decimal
from functools import lru_cache
from importlib.resources import files
from typing import Any, NamedTuple

from pyramid.i18n import TranslationString, make_localizer

from stadtkern_finance.i18n import _
from stadtkern_finance.law.rounding import Rounding
from stadtkern_finance.law.wording import Fact, citation, plain, printed

LANGUAGES = ("de", "en")

ROUNDINGS: Mapping[Rounding, Any] = {
    Rounding.EXACT: _("not rounded"),
    Rounding.CENTS: _("rounded to the nearest cent"),
    Rounding.DOWN_TO_EURO: _("rounded down to the full euro"),
    Rounding.UP_TO_EURO: _("rounded up to the full euro"),
    Rounding.DOWN_TO_50: _("rounded down to an amount that 50 euros divide"),
    Rounding.DOWN_TO_100: _("rounded down to an amount that 100 euros divide"),
}


class Rule(NamedTuple):
    """A kind of step: what happens in it, by which paragraph, from which inputs."""

    name: str
    """Stable name for programs, ``subject.step``."""
    text: Any
    """One sentence with ``${…}`` for each input and ``${result}``."""
    formula: str
    """The formula over the inputs' names; empty where a rule only looks something up."""
    law: str
    """The paragraph, in German notation; empty where no law says it."""
    inputs: tuple[tuple[str, Fact], ...]
    """Names and kinds of the inputs, in the order of a step's values."""
    result: Fact = Fact.MONEY


class Step(NamedTuple):
    """One step of a calculation: immutable, printable, serialisable."""

    rule: Rule
    values: tuple[Any, ...]
    result: Any
    rounding: Rounding = Rounding.EXACT
    unrounded: Decimal | None = None
    law: str | None = None
    """The source where a dated table names another one than the rule."""

    def text(self, language: str) -> str:
        """Return the step as a sentence in ``de`` or ``en``, with its paragraph and rounding."""
        rule = self.rule
        values = (*self.values, self.result)
        sentence = "".join(
            [
                piece if kind is None else printed(kind, values[place], language)
                for piece, place, kind in _pieces(rule, language)
            ]
        )
        notes = []
        if self.unrounded is not None and self.unrounded != self.result:
            exact = printed(rule.result, self.unrounded, language)
            notes.append(f"{exact}, {translated(ROUNDINGS[self.rounding], language)}")
        law = self.paragraph
        if law:
            notes.append(citation(law, language))
        return f"{sentence} ({'; '.join(notes)})" if notes else sentence

    @property
    def paragraph(self) -> str:
        """Return the paragraph in German notation; empty where no law says it."""
        return self.rule.law if self.law is None else self.law

    def as_json(self, languages: Sequence[str] = LANGUAGES) -> dict[str, Any]:
        """Return the step for programs: amounts as decimal strings, dates as ISO 8601."""
        # A day is moved in the same way for all records of a year.
        make = _day_json if self.rule.result is Fact.DATE else _json
        return dict(make(self, tuple(languages)))


def _json(step: Step, languages: tuple[str, ...]) -> dict[str, Any]:
    return {
        "rule": step.rule.name,
        "text": {language: step.text(language) for language in languages},
        "formula": step.rule.formula,
        "paragraph": step.paragraph,
        "inputs": {
            name: plain(value)
            for (name, _kind), value in zip(step.rule.inputs, step.values, strict=True)
        },
        "rounding": step.rounding.value,
        "unrounded": None if step.unrounded is None else plain(step.unrounded),
        "result": plain(step.result),
    }


_day_json = lru_cache(maxsize=4096)(_json)


def explained(steps: Sequence[Step], language: str) -> str:
    """Return all steps as numbered lines in ``de`` or ``en``."""
    return "\n".join(f"{number}. {step.text(language)}" for number, step in enumerate(steps, 1))


@lru_cache(maxsize=8)
def _localizer(language: str) -> Any:
    return make_localizer(language, [str(files("stadtkern_finance") / "locale")])


def translated(message: TranslationString, language: str) -> str:
    """Return a text of this plugin in ``de`` or ``en``, without a request."""
    return str(_localizer(language).translate(message))


class _Piece(NamedTuple):
    """A literal text, or the place of a value: its index in a step and its kind."""

    text: str
    place: int
    kind: Fact | None


_known_pieces: dict[tuple[str, str], tuple[_Piece, ...]] = {}


def _pieces(rule: Rule, language: str) -> tuple[_Piece, ...]:
    """Return a rule's sentence in ``language``, cut at its places."""
    known = _known_pieces.get((rule.name, language))
    if known is not None:
        return known
    places = [name for name, _kind in rule.inputs]
    kinds = [kind for _name, kind in rule.inputs]
    first, *others = translated(rule.text, language).split("${")
    pieces = [_Piece(first, 0, None)]
    for part in others:
        place, _brace, rest = part.partition("}")
        index = len(places) if place == "result" else places.index(place)
        kind = rule.result if place == "result" else kinds[index]
        pieces += [_Piece("", index, kind), _Piece(rest, 0, None)]
    _known_pieces[rule.name, language] = tuple(pieces)
    return tuple(pieces)
