"""Logging in: password, second step, proving it again."""

from datetime import timedelta
from typing import Any

from pyramid.i18n import TranslationString
from pyramid.request import Request
from sqlalchemy import delete, func, select
from sqlalchemy.orm import Session

from stadtkern.accounts import factors, tickets
from stadtkern.accounts.models import (
    Account,
    LoginFailure,
    Membership,
)
from stadtkern.accounts.passwords import (
    verify_password,
)
from stadtkern.accounts.queries import account_by_mail
from stadtkern.accounts.tickets import digest
from stadtkern.audit import record
from stadtkern.db import utcnow
from stadtkern.mail import compose
from stadtkern.web.i18n import _

FAILURES = 10
WINDOW = timedelta(minutes=15)
CODE_TRIES = 5
"""Wrong codes of a second factor that end a login."""


def log_in(request: Request, mail: str, password: str) -> Account | None:
    """Return the account if address and password fit, else None, in the same time.

    After ``FAILURES`` failures within ``WINDOW`` an address is refused whatever the password.
    A member of another tenant counts as unknown here.
    """
    address = mail.strip().lower()
    mail_hash = digest(address)
    # Compared before the writing transaction begins: SQLite has one writer, and this takes long.
    with request.registry["database"].session(write=False) as session:
        known = account_by_mail(session, address)
        stored = None if known is None else known.password_hash
    fits = verify_password(stored, password)
    recent = request.db.scalar(
        select(func.count())
        .select_from(LoginFailure)
        .where(LoginFailure.mail_hash == mail_hash, LoginFailure.at > utcnow() - WINDOW)
    )
    account = account_by_mail(request.db, address)
    fits = fits and account is not None and account.password_hash == stored
    known_here = account is not None and belongs(request, account)
    if account is None or not fits or not account.active or not known_here or recent >= FAILURES:
        if recent < FAILURES:
            _note_failure(request, mail_hash)
            if account is not None and known_here:
                # No more of these than FAILURES in a WINDOW: guessers cannot fill the audit.
                record(request.db, "login.failed", "account", account.id)
        return None
    request.db.execute(delete(LoginFailure).where(LoginFailure.mail_hash == mail_hash))
    request.db.info["actor_id"] = account.id
    whole = factors.factor_of(request.db, account.id) is None
    record(request.db, "login.in" if whole else "login.password", "account", account.id)
    return account


def second_step(request: Request, code: str) -> tuple[Account, str] | None:
    """Finish a login by a code of the app or a recovery code; return who it is and which it was.

    None for a wrong code. The fifth ends this login; after ``FAILURES`` within ``WINDOW`` no code
    is taken. ``LookupError`` where no login waits for its second step.
    """
    found = tickets.half(request)
    if found is None:
        raise LookupError
    ticket, account = found
    request.db.info["actor_id"] = account.id
    step = _checked_code(request, account, code)
    if step is None:
        ticket.tries += 1
        if ticket.tries >= CODE_TRIES:
            request.db.delete(ticket)
        return None
    request.db.delete(ticket)
    record(request.db, "login.in", "account", account.id)
    return account, step


def _checked_code(request: Request, account: Account, code: str) -> str | None:
    """Return which kind of code it is, or None; wrong ones are counted for the account."""
    failures = digest(f"second step of {account.mail}")
    factor = factors.factor_of(request.db, account.id)
    if factor is None or _recent(request.db, failures) >= FAILURES:
        return None
    if factors.take_code(request.db, request.registry, factor, code):
        step = "totp"
    elif factors.take_recovery(request.db, request.registry, account, code):
        step = "recovery"
        tell(
            request,
            account,
            _("A recovery code was used"),
            _("Somebody, probably you, has logged in at ${town} with a recovery code."),
        )
    else:
        _note_failure(request, failures)
        record(request.db, "login.failed", "account", account.id)
        return None
    request.db.execute(delete(LoginFailure).where(LoginFailure.mail_hash == failures))
    return step


def prove_again(request: Request, password: str, code: str) -> bool:
    """Tell whether the person of this request knows password and, where there is one, code.

    Failures count like those of the login.
    """
    account = request.db.get(Account, request.identity.account_id)
    failures = digest(account.mail)
    if _recent(request.db, failures) >= FAILURES:
        return False
    if not verify_password(account.password_hash, password):
        _note_failure(request, failures)
        record(request.db, "login.failed", "account", account.id)
        return False
    if request.identity.has_factor and _checked_code(request, account, code) is None:
        return False
    tickets.prove(request)
    record(request.db, "login.proved", "account", account.id)
    return True


def tell(request: Request, account: Account, subject: TranslationString, text: Any) -> None:
    """Mail somebody what happened to their login, so that they notice what was not them."""
    town = request.tenant.name
    compose(
        request.db,
        request.registry["outbox"],
        recipient=account.mail,
        subject=request.translate(subject),
        body=request.translate(text, town=town)
        + "\n\n"
        + request.translate(
            _("If it was not you, change your password at once and tell your administrator.")
        )
        + "\n",
    )


def belongs(request: Request, account: Account) -> bool:
    """Tell whether an account may log in at this municipality: a member, or an operator."""
    member = request.db.get(Membership, (request.tenant.id, account.id))
    return member is not None or account.operator


def _recent(session: Session, mail_hash: str) -> int:
    statement = select(func.count()).select_from(LoginFailure)
    recent = LoginFailure.at > utcnow() - WINDOW
    return int(session.scalar(statement.where(LoginFailure.mail_hash == mail_hash, recent)) or 0)


def _note_failure(request: Request, mail_hash: str) -> None:
    request.db.execute(delete(LoginFailure).where(LoginFailure.at < utcnow() - WINDOW))
    request.db.add(LoginFailure(mail_hash=mail_hash))
