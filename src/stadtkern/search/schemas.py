"""What a town may say about its search."""

from collections.abc import Mapping
from typing import Any

import colander

from stadtkern.forms import fields as f
from stadtkern.web.i18n import _

MOST_SYNONYMS = 500
LONGEST_LINE = 200
SYNONYMS = """\
Perso, Personalausweis, Ausweis
Reisepass, Pass
Führerschein, Fahrerlaubnis
Auto, Kfz, Fahrzeug
Müll, Abfall
Recyclinghof, Wertstoffhof
Kita, Kindertagesstätte, Kindergarten, Krippe
umziehen, Umzug, ummelden, Wohnsitz anmelden
heiraten, Hochzeit, Trauung, Eheschließung
gestorben, Sterbefall, Todesfall
Knöllchen, Strafzettel, Bußgeld, Verwarnungsgeld
Bibliothek, Bücherei
Schwimmbad, Hallenbad, Freibad
VHS, Volkshochschule
ÖPNV, Nahverkehr, Bus
Anwohner, Bewohner
Bauplatz, Baugrundstück
Baugenehmigung, Bauantrag
Satzung, Ortsrecht
Rathaus, Stadtverwaltung, Gemeindeverwaltung, Verwaltung
Stelle, Job, Stellenangebot
Senioren, Ältere
"""
"""What people say and what offices write; a town changes it as it likes."""


def lines_of(text: str | None) -> list[str]:
    """Return the lines of a setting that say something."""
    return [line.strip() for line in (text or "").splitlines() if line.strip()]


def _wrong(text: str) -> Any:
    """Return what is wrong with the first line that is; None if nothing is."""
    lines = lines_of(text)
    if len(lines) > MOST_SYNONYMS:
        return _("Please write at most ${n} lines.", mapping={"n": MOST_SYNONYMS})
    for number, line in enumerate(lines, 1):
        if len(line) > LONGEST_LINE:
            return _(
                "Line ${number} is too long: at most ${n} characters.",
                mapping={"number": number, "n": LONGEST_LINE},
            )
        if len([item for item in line.split(",") if item.strip()]) < 2:  # noqa: PLR2004 - a pair
            return _(
                "Line ${number} (“${line}”) has one word only. Please put commas between words "
                "that mean the same.",
                mapping={"number": number, "line": line},
            )
    return None


class SearchSettings(colander.MappingSchema):
    """Words that mean the same."""

    own_page = True

    synonyms = f.text(
        _("Words that mean the same"),
        maximum=40_000,
        rows=18,
        required=False,
        default=SYNONYMS,
        description=_(
            "One line for each meaning, commas between the words, such as: Perso, "
            "Personalausweis. Whoever types one of them finds pages with any of them."
        ),
    )

    def validator(self, node: Any, values: Mapping[str, Any]) -> None:
        """Refuse lines that say nothing."""
        message = _wrong(values.get("synonyms") or "")
        if message is not None:
            error = colander.Invalid(node)
            error["synonyms"] = message
            raise error
