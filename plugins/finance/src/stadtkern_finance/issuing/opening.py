"""Opening a notice by Kassenzeichen and code."""

import hmac

from sqlalchemy.orm import Session

from stadtkern import audit
from stadtkern.db import utcnow
from stadtkern_finance.issuing import codes, queries
from stadtkern_finance.issuing.models import StoredNotice


def opened(session: Session, number: str, code: str) -> StoredNotice | None:
    """Return the notice that both open together, None for whatever does not fit.

    The first use is noted; from then on the code holds for a day.
    """
    clean = codes.typed(code)
    row = None if clean is None else queries.by_code(session, codes.digest(clean))
    if row is None:
        return None
    same = hmac.compare_digest(codes.bare(row.number).encode(), codes.bare(number).encode())
    now = utcnow()
    if not same or not codes.is_open(row.code_until, row.code_used_at, now):
        return None
    if row.code_used_at is None:
        row.code_used_at = now
        session.flush()
        audit.record(session, "finance.notice_seen", "finance_notice", row.id)
    return row
