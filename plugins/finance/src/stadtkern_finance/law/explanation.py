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
        pieces = _pieces(rule.name, rule.text, language)
        places = {
            name: printed(kind, value, language)
            for (name, kind), value in zip(rule.inputs, self.values, strict=True)
        }
        places["result"] = printed(rule.result, self.result, language)
        sentence = "".join(places[piece] if is_place else piece for is_place, piece in pieces)
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
        return {
            "rule": self.rule.name,
            "text": {language: self.text(language) for language in languages},
            "formula": self.rule.formula,
            "paragraph": self.paragraph,
            "inputs": {
                name: plain(value)
                for (name, _kind), value in zip(self.rule.inputs, self.values, strict=True)
            },
            "rounding": self.rounding.value,
            "unrounded": None if self.unrounded is None else plain(self.unrounded),
            "result": plain(self.result),
        }


def explained(steps: Sequence[Step], language: str) -> str:
    """Return all steps as numbered lines in ``de`` or ``en``."""
    return "\n".join(f"{number}. {step.text(language)}" for number, step in enumerate(steps, 1))


@lru_cache(maxsize=8)
def _localizer(language: str) -> Any:
    return make_localizer(language, [str(files("stadtkern_finance") / "locale")])


def translated(message: TranslationString, language: str) -> str:
    """Return a text of this plugin in ``de`` or ``en``, without a request."""
    return str(_localizer(language).translate(message))


@lru_cache(maxsize=512)
def _pieces(name: str, text: Any, language: str) -> tuple[tuple[bool, str], ...]:  # noqa: ARG001
    """Return a rule's sentence cut at its places: ``(is a place, text or name)``."""
    pieces = []
    for number, part in enumerate(translated(text, language).split("${")):
        if number == 0:
            pieces.append((False, part))
            continue
        place, _brace, rest = part.partition("}")
        pieces += [(True, place), (False, rest)]
    return tuple(pieces)
