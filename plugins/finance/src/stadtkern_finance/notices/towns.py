"""What a municipality brings to its notices: who it is, its letterhead, its legal text, by date."""

from dataclasses import dataclass
from datetime import date
from string import Template
from typing import Any

import yaml
from schwifty import IBAN
from schwifty.exceptions import SchwiftyException

from stadtkern_finance.i18n import _
from stadtkern_finance.notices.letters.model import Letterhead
from stadtkern_finance.notices.letters.texts import standard_remedies
from stadtkern_finance.notices.xunternehmen.model import Address, Bank, Municipality
from stadtkern_finance.records import shapes as s
from stadtkern_finance.records.reading import checked, refused

_SINCE = s.day("The first day on which it holds")
ADDRESS = s.mapping(
    "Where the office is",
    {
        "street": s.text("Street"),
        "house_number": s.text("House number", 30),
        "postcode": s.text("Postcode", 10),
        "town": s.text("Town"),
    },
    ("street", "house_number", "postcode", "town"),
)
LETTERHEAD = s.mapping(
    "How letters look from a day on",
    {
        "since": _SINCE,
        "lines": s.rows("Name of the municipality, then the office", s.text("Line", 60), 4),
        "contact": s.rows(
            "Label and value beside the address",
            s.rows("Label and value", s.text("Text", 40), 2, minimum=2),
            6,
        ),
        "footer": s.rows("Lines at the foot of each page", s.text("Line", 90), 4),
        "colour": s.text("Colour of headings and lines", 7, pattern="^#[0-9a-fA-F]{6}$"),
    },
    ("since", "lines"),
)
REMEDY = s.mapping(
    "The instruction on remedies; ${authority} and ${address} are filled in",
    {"since": _SINCE, "text": s.text("The whole text", 4000)},
    ("since", "text"),
)
BANK = s.mapping(
    "Where taxes are paid to",
    {
        "holder": s.text("Name of the payee", 70),
        "iban": s.text("IBAN", 42),
        "bic": s.text("BIC", 11, pattern="^[A-Z0-9]{8}([A-Z0-9]{3})?$"),
        "name": s.text("Name of the bank", 70),
    },
    ("holder", "iban", "bic"),
)
TOWN = s.mapping(
    "A municipality as its notices show it",
    {
        "name": s.text("Name, such as Stadt Musterstadt", 70),
        "ags": s.text("Municipality key (AGS)", 8, pattern="^[0-9]{8}$"),
        "ags_list": s.text("Version of the list of municipality keys", 10),
        "department": s.text("Department", 70),
        "authority": s.text("Where one objects, such as Magistrat der Stadt Musterstadt", 120),
        "address": ADDRESS,
        "telephone": s.text("Telephone", 40),
        "mail": s.text("Mail address", 120),
        "bank": BANK,
        "creditor_id": s.text("SEPA creditor identifier", 35),
        "letterheads": s.rows("Letterheads, oldest first", LETTERHEAD, 50, minimum=1),
        "remedies": s.rows("Own legal texts, oldest first", REMEDY, 50),
    },
    ("name", "ags", "authority", "address", "bank", "letterheads"),
)

SAMPLE = """\
name: Stadt Musterstadt
ags: "06439015"
department: Steueramt
authority: Magistrat der Stadt Musterstadt
address: {street: Hauptstraße, house_number: "1", postcode: "00000", town: Musterstadt}
telephone: "+49 0000 0000"
mail: steueramt@musterstadt.example
bank:
  {holder: Stadtkasse Musterstadt, iban: DE02 1203 0000 0000 2020 51, bic: BYLADEM1001}
letterheads:
  - since: 2002-01-01
    lines: [Stadt Musterstadt, Der Magistrat, Steueramt]
    contact: [[Telefon, "+49 0000 0000"], [E-Mail, steueramt@musterstadt.example]]
    footer: ["Stadtkasse Musterstadt · IBAN DE02 1203 0000 0000 2020 51 · BIC BYLADEM1001"]
"""
"""A town file to begin with; every value is made up."""


@dataclass(frozen=True, slots=True)
class Town:
    """A municipality with all versions of its letterhead and legal text."""

    municipality: Municipality
    authority: str
    letterheads: tuple[Letterhead, ...]
    remedies: tuple[tuple[date, str], ...]
    creditor_id: str | None = None

    @property
    def bank(self) -> Bank:
        """Return the account that taxes are paid to."""
        return self.municipality.accounts[0]

    def letterhead(self, day: date) -> Letterhead:
        """Return the letterhead in force on a day; refuse a day before the first."""
        for one in reversed(self.letterheads):
            if one.since <= day:
                return one
        raise refused(
            "letterheads",
            _("begin on ${since} only", mapping={"since": self.letterheads[0].since.isoformat()}),
            _("one that holds on ${day}", mapping={"day": day.isoformat()}),
        )

    def remedy(self, day: date) -> str:
        """Return the instruction on remedies in force on a day, the town's own before ours."""
        for since, text in (*reversed(self.remedies), *reversed(standard_remedies())):
            if since <= day:
                address = self.municipality.addresses[0]
                where = (
                    f"{address.street} {address.house_number}, {address.postcode} {address.town}"
                )
                return Template(text).safe_substitute(authority=self.authority, address=where)
        raise refused(
            "remedies",
            _("none holds so early"),
            _("one that holds on ${day}", mapping={"day": day}),
        )


def load_town(text: str | bytes) -> Town:
    """Return the town of a town file (YAML); raise BadInput with field, reason, expectation."""
    try:
        text = text.decode("utf-8-sig") if isinstance(text, bytes) else text
        data = yaml.safe_load(text)
    except UnicodeDecodeError as error:
        reason = _("is not UTF-8 at byte ${byte}", mapping={"byte": error.start + 1})
        raise refused("", reason, _("a town file in YAML")) from None
    except (yaml.YAMLError, ValueError, RecursionError) as error:
        mark = getattr(error, "problem_mark", None)
        reason = _(
            "is not YAML at line ${line}", mapping={"line": 1 if mark is None else mark.line + 1}
        )
        raise refused("", reason, _("a town file in YAML")) from None
    return town_of(plain_dates(data))


def town_of(data: Any) -> Town:
    """Return the town of a town file's mapping, days as ISO 8601; BadInput as ``load_town``."""
    given = checked(data, TOWN)
    address = Address(**given["address"])
    municipality = Municipality(
        name=given["name"],
        addresses=(address,),
        ags=given["ags"],
        key_version=given.get("ags_list", "2025-01-31"),
        department=given.get("department"),
        telephone=given.get("telephone"),
        mail=given.get("mail"),
        accounts=(_bank(given["bank"]),),
    )
    sender = (
        f"{given['name']} · {address.street} {address.house_number} · "
        f"{address.postcode} {address.town}"
    )
    return Town(
        municipality,
        given["authority"],
        tuple(
            sorted(
                (_letterhead(row, sender) for row in given["letterheads"]),
                key=lambda one: one.since,
            )
        ),
        tuple(
            sorted(
                (date.fromisoformat(row["since"]), row["text"]) for row in given.get("remedies", ())
            )
        ),
        given.get("creditor_id"),
    )


def plain_dates(value: Any) -> Any:
    """Return what YAML gave with days as ISO 8601, as JSON has them."""
    if isinstance(value, dict):
        return {key: plain_dates(item) for key, item in value.items()}
    if isinstance(value, list):
        return [plain_dates(item) for item in value]
    return value.isoformat() if isinstance(value, date) else value


def _letterhead(row: dict[str, Any], sender: str) -> Letterhead:
    if not row["lines"]:
        raise refused("letterheads.lines", _("is empty"), _("at least the municipality's name"))
    return Letterhead(
        date.fromisoformat(row["since"]),
        tuple(row["lines"]),
        sender,
        tuple((label, value) for label, value in row.get("contact", ())),
        tuple(row.get("footer", ())),
        row.get("colour", "#003064"),
    )


def _bank(row: dict[str, Any]) -> Bank:
    try:
        iban = IBAN(row["iban"], validate_bban=True)
    except SchwiftyException:
        reason = _("has the value “${value}”", mapping={"value": row["iban"]})
        raise refused("bank.iban", reason, _("an IBAN with right check digits")) from None
    return Bank("U", str(iban.compact), row["bic"], row.get("name"), row["holder"])
