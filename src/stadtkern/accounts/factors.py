"""The second factor: codes of an authenticator app (TOTP, RFC 6238) and recovery codes."""

import base64
import hmac
import secrets
import time

import pyotp
import segno
from pyramid.registry import Registry
from sqlalchemy import delete, func, select, update
from sqlalchemy.orm import Session

from stadtkern.accounts.models import Account, AccountFactor, RecoveryCode
from stadtkern.audit import record
from stadtkern.db import utcnow
from stadtkern.vault import blind_index, open_, seal

STEP = 30
"""Seconds (RFC 6238, 4.1)."""
DRIFT = 1
"""Steps by which a phone's clock may be off (RFC 6238, 5.2)."""
SECRET = 20
"""Bytes: the length of the HMAC's output (RFC 4226, 4, R6 recommends 160 bits)."""
CODES = 10
ALPHABET = "ABCDEFGHJKLMNPQRSTUVWXYZ23456789"
"""Without 0, O, 1 and I."""
CODE_LENGTH = 16
"""Characters of a recovery code: 80 random bits."""


def factor_of(session: Session, account_id: int, *, confirmed: bool = True) -> AccountFactor | None:
    """Return an account's second factor; with ``confirmed=False`` also one being set up."""
    found = session.get(AccountFactor, account_id)
    if found is None or (confirmed and found.confirmed_at is None):
        return None
    return found


def begin(session: Session, registry: Registry, account: Account) -> None:
    """Draw a new secret; it counts once a code of it has been entered. One in use stays."""
    if factor_of(session, account.id) is not None:
        return
    session.execute(delete(AccountFactor).where(AccountFactor.account_id == account.id))
    secret = secrets.token_bytes(SECRET)
    sealed = seal(session, registry, None, secret, _context(account.id))
    session.add(AccountFactor(account_id=account.id, secret=sealed))
    record(session, "factor.begin", "account", account.id)
    session.flush()


def _context(account_id: int) -> str:
    return f"factor:{account_id}"


def secret_of(session: Session, registry: Registry, factor: AccountFactor) -> str:
    """Return the secret in base32, as apps take it."""
    plain = open_(session, registry, None, factor.secret, _context(factor.account_id))
    return base64.b32encode(plain).decode()


def address(secret: str, account: Account, issuer: str) -> str:
    """Return the ``otpauth:`` address that apps read from the picture."""
    return str(pyotp.TOTP(secret).provisioning_uri(name=account.mail, issuer_name=issuer))


def picture(text: str) -> str:
    """Return a QR code as SVG for the page itself, without style attributes."""
    return segno.make(text, error="m", micro=False).svg_inline(
        scale=5, border=4, dark="#000", light="#fff", svgclass="qr", lineclass=None
    )


def take_code(
    session: Session,
    registry: Registry,
    factor: AccountFactor,
    code: str,
    *,
    now: float | None = None,
) -> bool:
    """Tell whether a code of the app fits, and use it up: none is taken twice.

    ``now``: seconds since the epoch.
    """
    digits = "".join(code.split())
    if not (digits.isascii() and digits.isdigit()):
        return False
    totp = pyotp.TOTP(secret_of(session, registry, factor))
    present = int(time.time() if now is None else now) // STEP
    fits = [
        step
        for step in range(present - DRIFT, present + DRIFT + 1)
        if hmac.compare_digest(str(totp.generate_otp(step)), digits)
    ]
    if not fits:
        return False
    # In one statement: of two requests with the same code only one finds the step unused.
    result = session.execute(
        update(AccountFactor)
        .where(AccountFactor.account_id == factor.account_id, AccountFactor.last_step < fits[0])
        .values(last_step=fits[0])
        .execution_options(synchronize_session=False)
    )
    return int(result.rowcount) == 1  # type: ignore[attr-defined]


def confirm(session: Session, registry: Registry, account: Account, code: str) -> list[str] | None:
    """Take the factor into use if the code fits; return the recovery codes, shown this once."""
    factor = factor_of(session, account.id, confirmed=False)
    if factor is None or factor.confirmed_at is not None:
        return None
    if not take_code(session, registry, factor, code):
        return None
    factor.confirmed_at = utcnow()
    record(session, "factor.on", "account", account.id)
    return new_codes(session, registry, account)


def new_codes(session: Session, registry: Registry, account: Account) -> list[str]:
    """Replace all recovery codes; return them in groups of four."""
    session.execute(delete(RecoveryCode).where(RecoveryCode.account_id == account.id))
    found = []
    for _index in range(CODES):
        drawn = "".join(secrets.choice(ALPHABET) for _place in range(CODE_LENGTH))
        hashed = _hash(session, registry, account.id, drawn)
        session.add(RecoveryCode(account_id=account.id, code_hash=hashed))
        found.append("-".join(drawn[i : i + 4] for i in range(0, CODE_LENGTH, 4)))
    record(session, "factor.codes", "account", account.id)
    session.flush()
    return found


def _hash(session: Session, registry: Registry, account_id: int, code: str) -> str:
    plain = "".join(char for char in code.upper() if char in ALPHABET)
    return blind_index(session, registry, None, plain, f"recovery:{account_id}")


def codes_left(session: Session, account_id: int) -> int:
    """Return how many recovery codes are unused."""
    statement = select(func.count()).select_from(RecoveryCode)
    return int(session.scalar(statement.where(RecoveryCode.account_id == account_id)) or 0)


def take_recovery(session: Session, registry: Registry, account: Account, code: str) -> bool:
    """Tell whether a recovery code fits, and delete it."""
    if len([char for char in code.upper() if char in ALPHABET]) != CODE_LENGTH:
        return False
    result = session.execute(
        delete(RecoveryCode).where(
            RecoveryCode.account_id == account.id,
            RecoveryCode.code_hash == _hash(session, registry, account.id, code),
        )
    )
    if int(result.rowcount) != 1:  # type: ignore[attr-defined]
        return False
    record(session, "factor.recovery", "account", account.id)
    return True


def switch_off(session: Session, account_id: int, deed: str = "factor.off") -> bool:
    """Delete factor and recovery codes; return whether there was a factor."""
    session.execute(delete(RecoveryCode).where(RecoveryCode.account_id == account_id))
    result = session.execute(delete(AccountFactor).where(AccountFactor.account_id == account_id))
    if int(result.rowcount) == 0:  # type: ignore[attr-defined]
        return False
    if session.info.get("tenant_id") is not None:
        record(session, deed, "account", account_id)
    return True
