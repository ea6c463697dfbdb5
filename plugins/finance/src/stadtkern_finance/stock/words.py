"""Words by which accounts are found: names, places and the Kassenzeichen, however written."""

import re
import unicodedata
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from sqlalchemy import ForeignKey, Index, String, delete, insert
from sqlalchemy.orm import Mapped, Session, mapped_column

from stadtkern.db import TenantScoped
from stadtkern_finance.models import Base, TaxAccount

LONGEST = 60
_PARTS = re.compile("[^a-z0-9]+")
_NUMBER = re.compile(r"[0-9\s./-]+")
_STREET = re.compile(r"str(?:\.|$)")
_SPELLED = (("ae", "a"), ("oe", "o"), ("ue", "u"))


class AccountWord(TenantScoped, Base):
    """A word that an account is found by; made from its row."""

    __tablename__ = "finance_account_word"
    __audited__ = False  # made from the account, which is audited
    __table_args__ = (Index("ix_finance_account_word_tenant_id_word", "tenant_id", "word"),)

    account_id: Mapped[int] = mapped_column(
        ForeignKey("finance_account.id", ondelete="CASCADE"), primary_key=True
    )
    word: Mapped[str] = mapped_column(String(LONGEST), primary_key=True)
    tenant_id: Mapped[int] = mapped_column(ForeignKey("tenant.id", ondelete="CASCADE"))


def folded(text: str) -> str:
    """Return a text as its letters sound: no accents, ``ue`` as ``ü``, ``str.`` written out."""
    small = _STREET.sub("strasse", text.casefold())
    plain = "".join(
        sign for sign in unicodedata.normalize("NFD", small) if not unicodedata.combining(sign)
    )
    for spelled, sound in _SPELLED:
        plain = plain.replace(spelled, sound)
    return plain


def _words(text: str) -> Iterator[str]:
    for one in text.split():
        parts = [part for part in _PARTS.split(folded(one)) if part]
        yield "".join(parts)
        yield from parts


def words_of(kassenzeichen: str, place: Mapping[str, Any], owners: Iterable[Any]) -> set[str]:
    """Return the words of an account."""
    texts: list[Any] = [kassenzeichen]
    texts += [place.get(name) for name in ("street", "house_number", "postcode", "town")]
    for owner in owners:
        texts += [owner.get("surname"), owner.get("given_name"), *(owner.get("names") or ())]
    return {word[:LONGEST] for text in texts if text for word in _words(str(text)) if word}


def asked(text: str) -> list[str]:
    """Return the beginnings of words that somebody looks for, at most five.

    A number may be typed with blanks: digits alone are one word.
    """
    parts = [text] if _NUMBER.fullmatch(text) else text.split()
    found = (_PARTS.sub("", folded(part))[:LONGEST] for part in parts)
    return [word for word in found if word][:5]


def keep(session: Session, accounts: Iterable[TaxAccount]) -> None:
    """Store the words of accounts anew: two statements, however many; flushes them first."""
    rows = list(accounts)
    if not rows:
        return
    session.flush()
    made = {row.id: words_of(row.kassenzeichen, row.place, row.owners) for row in rows}
    session.execute(delete(AccountWord).where(AccountWord.account_id.in_(made)))
    values = [
        {"account_id": number, "word": word, "tenant_id": rows[0].tenant_id}
        for number, words in made.items()
        for word in sorted(words)
    ]
    session.execute(insert(AccountWord), values)


def between(column: Any, beginning: str) -> Any:
    """Return the condition that a column of letters a–z and digits begins so, for an index."""
    return column.between(beginning, beginning + "z" * LONGEST)
