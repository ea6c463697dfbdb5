"""Letterhead and legal text of a town, by the day from which they hold."""

from collections.abc import Mapping
from datetime import date
from typing import Any

from sqlalchemy.orm import Session

from stadtkern.db import utcnow
from stadtkern.tenants import Tenant
from stadtkern_finance.i18n import _
from stadtkern_finance.issuing import queries
from stadtkern_finance.issuing.models import Letterhead
from stadtkern_finance.notices.towns import Town, town_of
from stadtkern_finance.records.reading import refused

CONTACT = (("telephone", "Telefon"), ("mail", "E-Mail"))
"""What stands beside the address: German, as the whole letter."""
LINES = ("lines", "footer")


class LetterheadRefused(Exception):  # noqa: N818 - the word that users read
    """A version cannot be stored; ``message`` says why and what to do."""

    def __init__(self, message: Any) -> None:
        """Keep what is said."""
        super().__init__(message)
        self.message = message


def town_file(facts: Mapping[str, Any], valid_from: date, tenant: Tenant) -> dict[str, Any]:
    """Return a version as a town file's mapping; empty fields are left out."""
    since = valid_from.isoformat()
    head: dict[str, Any] = {
        "since": since,
        **{
            name: [line.strip() for line in str(facts.get(name) or "").splitlines() if line.strip()]
            for name in LINES
        },
        "contact": [[label, facts[name]] for name, label in CONTACT if facts.get(name)],
        "colour": facts.get("colour") or "#003064",
    }
    bank = {name: facts.get(f"bank_{name}") for name in ("holder", "iban", "bic", "name")}
    made: dict[str, Any] = {
        "ags": tenant.ags or "",
        "address": {name: facts.get(name) for name in ("street", "house_number")}
        | {"postcode": facts.get("postcode"), "town": facts.get("town")},
        "bank": {name: value for name, value in bank.items() if value},
        "letterheads": [head],
    }
    for name in ("name", "department", "authority", "telephone", "mail", "creditor_id"):
        if facts.get(name):
            made[name] = facts[name]
    if facts.get("remedy"):
        made["remedies"] = [{"since": since, "text": facts["remedy"]}]
    return made


def town(facts: Mapping[str, Any], valid_from: date, tenant: Tenant) -> Town:
    """Return the town that a version shows; BadInput where its fields do not fit."""
    return town_of(town_file(facts, valid_from, tenant))


def town_on(session: Session, tenant: Tenant, day: date) -> tuple[int, Town]:
    """Return the id of the version that holds on a day, and its town; BadInput without one."""
    row = queries.letterhead_on(session, day)
    if row is None:
        raise refused(
            "letterheads", _("is missing"), _("a letterhead that holds on the day of the notice")
        )
    return row.id, town(row.facts, row.valid_from, tenant)


def changeable(session: Session, row: Letterhead) -> bool:
    """Tell whether no notice was made with a version."""
    return not queries.is_used(session, row.id)


def store(
    session: Session, row: Letterhead | None, valid_from: date, facts: Mapping[str, Any]
) -> Letterhead:
    """Store a new version, or change one that no notice was made with.

    A version begins after the last notice that was made: what was sent prints again as it was.
    """
    if row is not None and not changeable(session, row):
        raise LetterheadRefused(
            _(
                "Notices were made with this version: it stays as it is. Please add a new one "
                "that holds from another day on."
            )
        )
    last = queries.last_day(session)
    if last is not None and valid_from <= last:
        raise LetterheadRefused(
            _(
                "There are notices dated up to ${day}. A version must begin after that day, so "
                "that they print again as they were sent.",
                mapping={"day": f"{last:%d.%m.%Y}"},
            )
        )
    same = queries.letterhead_from(session, valid_from)
    if same is not None and same is not row:
        raise LetterheadRefused(_("There is a version from this day on already."))
    if row is None:
        row = Letterhead(valid_from=valid_from, facts=dict(facts))
        session.add(row)
    row.valid_from, row.facts, row.changed_at = valid_from, dict(facts), utcnow()
    session.flush()
    return row
