"""Bescheidkennzeichnung: codes of provisional and amended notices, and the text that they make.

A code stands for a predicate with its paragraph; several are joined to one text that a taxpayer can
read. Four codes speak of a day that a code cannot carry: for them the message has a text instead.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import NamedTuple

from stadtkern_finance.i18n import _
from stadtkern_finance.law.wording import Fact, printed
from stadtkern_finance.records.reading import refused


@dataclass(frozen=True, slots=True)
class Marking:
    """A code of the list, or else a text; never both."""

    code: str | None = None
    text: str | None = None


class Phrase(NamedTuple):
    """What a code says: of the notice itself (``says``), and sentences of its own (``adds``)."""

    law: str = ""
    says: str = ""
    adds: str = ""

    @property
    def predicate(self) -> str:
        """Return what is said of the notice, with the paragraph."""
        return self.says.format(law=self.law)

    def own(self, day: str) -> str:
        """Return the sentences that stand for themselves."""
        return self.adds.format(law=self.law, day=day)


_CHANGED = "ist nach {law} geändert"
_FINAL = "ist nach {law} endgültig"
_PARTLY = "ist nach {law} teilweise vorläufig"
_WHOLLY = "ist nach {law} vorläufig"
_STAYS = "Der Vorbehalt der Nachprüfung bleibt bestehen."
_LIFTED = "Der Vorbehalt der Nachprüfung wird aufgehoben."
_EQUALS = (
    "Die am {day} eingegangene Steueranmeldung steht einer Steuerfestsetzung unter dem "
    "Vorbehalt der Nachprüfung gleich."
)

NONE = "00"
PHRASES: Mapping[str, Phrase] = {
    NONE: Phrase(),
    "11": Phrase("§ 165 Abs. 1 Satz 1 AO", _PARTLY),
    "12": Phrase("§ 165 Abs. 1 Satz 1 AO", _WHOLLY),
    "13": Phrase("§ 164 Abs. 1 AO", "ergeht nach {law} unter dem Vorbehalt der Nachprüfung"),
    "15": Phrase("§ 165 Abs. 1 Satz 4 AO", "wird nach {law} teilweise ausgesetzt"),
    "16": Phrase("§ 165 Abs. 1 Satz 2 AO", _WHOLLY),
    "18": Phrase("§ 165 Abs. 1 Satz 2 AO", _PARTLY),
    "20": Phrase(
        "§ 164 Abs. 2 AO",
        adds=f"{_EQUALS} Die Steuerfestsetzung ist nach {{law}} geändert. {_STAYS}",
    ),
    "21": Phrase("§ 165 Abs. 2 Satz 2 AO", _FINAL),
    "22": Phrase(
        "§ 165 Abs. 1 Satz 4 AO", adds="Die teilweise Aussetzung nach {law} wird aufgehoben."
    ),
    "23": Phrase("§ 165 Abs. 2 AO", _CHANGED),
    "24": Phrase("§ 164 Abs. 2 AO", _CHANGED, _STAYS),
    "25": Phrase("§ 164 Abs. 2 AO", _CHANGED, _LIFTED),
    "26": Phrase(
        "§ 164 Abs. 3 AO",
        adds="Der Vorbehalt der Nachprüfung im Bescheid vom {day} wird nach {law} aufgehoben.",
    ),
    "27": Phrase(
        "§ 164 Abs. 3 AO", adds=f"{_EQUALS} Dieser Vorbehalt wird nach {{law}} aufgehoben."
    ),
    "28": Phrase("§ 164 Abs. 4 AO", adds="Der Vorbehalt der Nachprüfung ist nach {law} entfallen."),
    "29": Phrase(
        "§ 164 Abs. 2 AO",
        adds=f"{_EQUALS} Dieser Vorbehalt wird nach § 164 Abs. 3 AO aufgehoben. "
        "Die Steuerfestsetzung ist nach {law} geändert.",
    ),
    "31": Phrase("§ 129 AO", "ist nach {law} berichtigt"),
    "32": Phrase("§ 172 Abs. 1 Satz 1 Nr. 2 AO", _CHANGED),
    "33": Phrase("§ 175 Abs. 1 Satz 1 Nr. 1 AO", _CHANGED),
    "34": Phrase("§ 175a AO", _CHANGED),
    "36": Phrase("§ 174 AO", _CHANGED),
    "37": Phrase("§ 175 Abs. 1 Satz 1 Nr. 2 AO", _CHANGED),
    "38": Phrase("§ 189 AO", _CHANGED),
    "39": Phrase("§ 173a AO", _CHANGED),
    "40": Phrase("§ 175b AO", _CHANGED),
    "41": Phrase("§ 132 AO", adds="Die Änderung erfolgt in Verbindung mit {law}."),
    "42": Phrase("§ 130 AO", "wird nach {law} teilweise zurückgenommen"),
    "43": Phrase(adds="Der Bescheid für Zwecke der Aussetzung der Vollziehung wird ersetzt."),
    "44": Phrase("§ 173 Abs. 1 Nr. 1 AO", _CHANGED),
    "45": Phrase("§ 173 Abs. 1 Nr. 2 AO", _CHANGED),
    "46": Phrase("§ 131 AO", "wird nach {law} teilweise widerrufen"),
    "49": Phrase("", "ist geändert"),
    "50": Phrase("§ 35b Abs. 1 GewStG", _CHANGED),
    "71": Phrase("§ 9 Nr. 5 GewStG in Verbindung mit § 10d Abs. 4 EStG", _CHANGED),
    "77": Phrase("§ 35b Abs. 2 Satz 2 und 3 GewStG", _CHANGED),
    "80": Phrase("§ 162 AO", adds="Die Besteuerungsgrundlage wurde nach {law} geschätzt."),
    "99": Phrase(adds="Für diesen Zeitraum wären Zinsen angefallen."),
}
"""All 38 codes of version 1 of the list."""

DATED = tuple(code for code, phrase in PHRASES.items() if "{day}" in phrase.adds)
"""Codes that speak of a day: 20, 26, 27 and 29."""


def marking(code: str, day: date | None = None) -> Marking:
    """Return the marking for a code, with a day as a text; refuse what is unknown or lacks it."""
    if code not in PHRASES:
        raise refused(
            "markings",
            _("has the value “${value}”", mapping={"value": code}),
            _("a code of the list Bescheidkennzeichnung"),
        )
    if code not in DATED:
        return Marking(code=code)
    if day is None:
        raise refused(
            "markings",
            _("has the code ${code} without a day", mapping={"code": code}),
            _("the day that its text speaks of"),
        )
    return Marking(text=PHRASES[code].own(str(printed(Fact.DATE, day, "de"))))


def joined(markings: Sequence[Marking], *, insolvency: bool = False) -> str:
    """Return one German text for all markings, empty where there is nothing to say.

    The notice is named once and then only meant, as long as nothing else was spoken of between.
    """
    noun, pronoun = ("Die Berechnung", "Sie") if insolvency else ("Der Bescheid", "Er")
    sentences: list[str] = []
    subject = noun
    for one in markings:
        if one.text is not None:
            sentences.append(one.text)
            subject = noun
            continue
        phrase = PHRASES[one.code or NONE]
        if phrase.says:
            sentences.append(f"{subject} {phrase.predicate}.")
            subject = pronoun
        if phrase.adds:
            sentences.append(phrase.own(""))
            subject = noun
    return " ".join(sentences)
