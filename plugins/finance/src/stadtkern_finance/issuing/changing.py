"""What clerks decide about one notice."""

from collections.abc import Mapping
from typing import Any

from sqlalchemy.orm import Session

from stadtkern import audit
from stadtkern.db import utcnow
from stadtkern.web.i18n import as_stored
from stadtkern_finance.i18n import _
from stadtkern_finance.issuing.models import ELECTRONIC, MADE, POST, PROBLEM, StoredNotice
from stadtkern_finance.models import TaxAccount
from stadtkern_finance.stock import queries as stock
from stadtkern_finance.stock import words


class NumberTaken(Exception):  # noqa: N818 - what the user sees
    """Another account has the Kassenzeichen."""


def give(
    session: Session, row: StoredNotice, account: TaxAccount, values: Mapping[str, Any]
) -> None:
    """Keep what a clerk has added; a Kassenzeichen goes to the account itself."""
    kept = dict(values)
    number = kept.pop("kassenzeichen", None)
    if number:
        other = stock.by_kassenzeichen(session, [number]).get(number)
        if other is not None and other.id != account.id:
            raise NumberTaken(number)
        account.kassenzeichen = row.number = number
        account.changed_at = utcnow()
        words.keep(session, [account])
    row.given = kept
    row.changed_at = utcnow()
    session.flush()


def again(session: Session, row: StoredNotice) -> None:
    """Let a notice that was made and has gone nowhere yet be made once more."""
    row.state = PROBLEM
    row.problems = [as_stored(_("It is being made once more, with what you have entered."))]
    session.flush()
    audit.record(session, "finance.notice_again", "finance_notice", row.id)


def by_post(row: StoredNotice) -> None:
    """Let a notice go by post that was to go electronically and has not gone yet."""
    if row.state == MADE and row.way == ELECTRONIC:
        row.way = POST
        row.changed_at = utcnow()
