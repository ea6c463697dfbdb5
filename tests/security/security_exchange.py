"""Rows of a planted town that came from other systems: a delivery that was read, one refused."""

import io
import json
from datetime import date
from decimal import Decimal
from typing import Any

from security_notices import plant_notices
from security_side import Side
from sqlalchemy import select

from stadtkern.db import TenantSession, utcnow
from stadtkern.exchange import Delivery, Record, keeping
from stadtkern.exchange.models import Batch, Dispatch, Finding, Release
from stadtkern.exchange.values import hash_of, released_hash
from stadtkern_finance.bookings.model import BookingLine, Debtor, Kind, Tax
from stadtkern_finance.cases.models import (
    Deputy,
    FollowUp,
    Note,
    Objection,
    OwnerChange,
    ReleaseLimit,
    Suspension,
)
from stadtkern_finance.ledger import batches
from stadtkern_finance.ledger.facts import facts_of
from stadtkern_finance.ledger.models import (
    REJECTED,
    BookedLine,
    Collection,
    Mandate,
    SentBefore,
    StoredBatch,
    StoredProfile,
    StoredReceipt,
    Way,
)
from stadtkern_finance.ledger.profiles import shipped
from stadtkern_finance.models import AccountAlias, Rate, StoredAssessment, TaxAccount
from stadtkern_finance.runs.models import Run, RunRow
from stadtkern_finance.stock import words


def _delivery(side: Side, session: TenantSession, name: str, state: str) -> Delivery:
    store = keeping.store_of(side.town.registry, side.town.tenant_id)
    data = side.word(f"{name}bytes").encode()
    sha, size = store.put(io.BytesIO(data), maximum=1_000)
    reason = {"place": side.word("refusedplace"), "text": "It is of no format that is known here."}
    row = Delivery(
        area="finance",
        sha=sha,
        size=size,
        name=side.word(name),
        source="upload",
        account_id=side.admin.id,
        format="finance.csv",
        state=state,
        staged=3,
        reason=reason if state == "refused" else None,
    )
    session.add(row)
    session.flush()
    return row


def _record(side: Side, session: TenantSession, delivery: Delivery, **columns: Any) -> Record:
    name = columns.pop("name")
    payload = {"tax_kind": "grundsteuer_b", "aktenzeichen": side.word(name), "messbetrag_cent": 1}
    row = Record(
        delivery_id=delivery.id,
        area="finance",
        format="finance.csv",
        key=side.word(f"{name}key"),
        entry=side.word("entry"),
        number=1,
        kind="grundsteuer_b",
        subject=side.word(name),
        summary=side.word(f"{name}summary"),
        payload=payload,
        content_hash=hash_of(payload),
        decisions={},
        proposal={},
        payload_hash=released_hash(payload, {}, {}),
        **columns,
    )
    session.add(row)
    session.flush()
    return row


def plant_exchange(side: Side, session: TenantSession) -> None:
    """Add a row to every table of the room, in states in which something can be done."""
    read = _delivery(side, session, "delivered", "staged")
    side.ids["exchange_delivery"] = _delivery(side, session, "refuseddelivery", "refused").id
    open_ = _record(side, session, read, name="openrecord", severity="hint")
    side.ids["exchange_record"] = open_.id
    gone = _record(side, session, read, name="sentrecord", state="released")
    asked = _record(side, session, read, name="askedrecord", state="proposed")
    message = {"domain": "stadtkern", "text": side.word("finding")}
    finding = Finding(
        record_id=open_.id,
        severity="hint",
        read=False,
        code=side.word("code"),
        field=side.word("field"),
        message=message,
    )
    batch = Batch(area="finance", size=1, sample=[asked.id], proposer_id=side.member.id)
    session.add_all([finding, batch])
    session.flush()
    side.ids["exchange_batch"] = batch.id
    session.add_all(
        [
            Release(
                record_id=asked.id,
                batch_id=batch.id,
                payload_hash=asked.payload_hash,
                proposer_id=side.member.id,
                note=side.word("releasenote"),
            ),
            Dispatch(
                record_id=gone.id,
                target="finance.nowhere",
                payload_hash=gone.payload_hash,
                state="dead",
                reference=side.word("reference"),
            ),
        ]
    )
    session.flush()
    _finance(side, session, gone)


def _finance(side: Side, session: TenantSession, record: Record) -> None:
    """Add an account with all that hangs on it."""
    account = TaxAccount(
        kassenzeichen=side.word("kassenzeichen"),
        tax_kind="grundsteuer_b",
        number="4711",
        place={"street": side.word("accountstreet")},
        owners=[{"role": "owner", "surname": side.word("owner")}],
    )
    session.add(account)
    words.keep(session, [account])
    rate = Rate(tax="grundsteuer_c", first_year=2025, percent=700)
    session.add_all(
        [
            AccountAlias(account_id=account.id, number=side.word("alias")[:30]),
            rate,
            StoredAssessment(
                account_id=account.id,
                reference=side.word("assessment"),
                record_id=record.id,
                tax_kind="grundsteuer_b",
                messbetrag_cent=1,
                hebesatz="700",
                amount_cent=7,
            ),
        ]
    )
    session.flush()
    side.ids |= {"finance_account": account.id, "finance_rate": rate.id}
    line = _booked(side, session, account, "exportedline")
    made = batches.make(session, side.town.tenant, "json-own-1")
    assert made is not None
    side.ids["finance_delivery"] = record.delivery_id
    _run(side, session, account)
    _cases(side, session, account)
    _booked(side, session, account, "waitingline")
    _answered(side, session, line, made)
    session.add_all(
        [
            StoredProfile(
                name=side.word("profile-name"),
                text=shipped()["json-own-1"]
                .replace("json-own-1", side.word("profile-name"))
                .replace("JSON (own keys)", json.dumps(side.word("profiletitle"))),
            ),
            Way(
                kind="sftp",
                host=f"{side.prefix}.example",
                user=side.word("wayuser"),
                folder=side.word("wayfolder"),
                host_key="SHA256:" + "A" * 43,
            ),
            Mandate(
                account_id=account.id,
                reference=side.word("mandate"),
                signed=date(2026, 1, 5),
                holder=side.word("holder"),
                iban=side.word("iban"),
                iban_end="0000",
                sequence="RCUR",
            ),
        ]
    )
    session.flush()
    mandate = session.scalars(select(Mandate).where(Mandate.account_id == account.id)).one()
    session.add(Collection(batch_id=made.id, mandate_id=mandate.id, last_day=date(2026, 2, 16)))
    session.flush()
    plant_notices(side, session, account)


def _answered(side: Side, session: TenantSession, line: BookedLine, made: StoredBatch) -> None:
    """Add what the accounting system has answered."""
    session.refresh(line)
    line.answer, line.reason, line.answered_at = REJECTED, side.word("rejection"), utcnow()
    side.ids["finance_line"] = line.id
    session.add_all(
        [
            StoredReceipt(
                name=side.word("receipt"),
                sha=hash_of(side.word("receipt")),
                data=side.word("receiptdata"),
                accepted=0,
                rejected=1,
                known=0,
            ),
            SentBefore(
                line_id=line.id,
                batch_id=made.id,
                reason=side.word("earlierrejection"),
                answered_at=utcnow(),
            ),
        ]
    )
    session.flush()


def _cases(side: Side, session: TenantSession, account: TaxAccount) -> None:
    """Add what clerks keep beside an account, a deputy and a limit."""
    day = date(2026, 1, 5)
    follow_up = FollowUp(account_id=account.id, day=day, text=side.word("followup"))
    deputy = Deputy(
        person_id=side.admin.id,
        deputy_id=side.member.id,
        first_day=date(2020, 1, 1),
        last_day=date(2099, 1, 1),
    )
    session.add_all(
        [
            follow_up,
            deputy,
            Note(account_id=account.id, text=side.word("financenote")),
            OwnerChange(
                account_id=account.id,
                day=day,
                first_year=2027,
                before=[],
                after=[{"role": "owner", "surname": side.word("newowner")}],
            ),
            Objection(
                account_id=account.id,
                posted_on=day,
                until=day,
                received_on=day,
                decision=side.word("decision"),
            ),
            Suspension(account_id=account.id, amount_cent=5, first_day=day),
            ReleaseLimit(person_id=side.member.id, cents=100),
        ]
    )
    session.flush()
    side.ids |= {"finance_follow_up": follow_up.id, "finance_deputy": deputy.id}


def _run(side: Side, session: TenantSession, account: TaxAccount) -> None:
    """Add an annual run in which the account changes."""
    run = Run(year=2031, open_year=2031, state="calculated", done=1, total=1)
    session.add(run)
    session.flush()
    side.ids["finance_run"] = run.id
    session.add(
        RunRow(
            run_id=run.id,
            account_id=account.id,
            tax_kind=account.tax_kind,
            messbetrag_cent=1,
            percent=700,
            amount_cent=7,
            before_cent=6,
            outcome="changed",
        )
    )
    session.flush()


def _booked(side: Side, session: TenantSession, account: TaxAccount, name: str) -> BookedLine:
    """Add a booking."""
    line = BookingLine(
        kind=Kind.DEMAND,
        kassenzeichen=account.kassenzeichen,
        debtor=Debtor(side.word("debtor"), side.word("debtorname")),
        steuerart=Tax.PROPERTY_B,
        veranlagungsjahr=2026,
        betrag=Decimal("7.00"),
        bescheid_ref=side.word(name),
    )
    row = BookedLine(
        account_id=account.id,
        line_id=line.line_id,
        reference=line.bescheid_ref,
        year=2026,
        amount_cent=700,
        facts=facts_of(line),
        reason=side.word(f"{name}reason"),
    )
    session.add(row)
    session.flush()
    return row
