"""Rows of a planted town that are no pages: people's, jobs', reports, entries, subscriptions."""

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from json import dumps
from typing import Any

from security_exchange import plant_exchange
from security_side import CODE, SUBMISSION_CODE, Side
from sqlalchemy import select

from stadtkern.accounts.models import PasswordReset
from stadtkern.accounts.services import add_local_role
from stadtkern.accounts.services.passwords import code_hash
from stadtkern.accounts.tokens import make_token
from stadtkern.content.bulk import BulkItem, BulkRun
from stadtkern.content.links import LinkCheck
from stadtkern.content.models import (
    Autosave,
    EditLock,
    NodeComment,
    PreviewLink,
    Redirect,
    Reference,
    Revision,
)
from stadtkern.db import TenantSession, utcnow
from stadtkern.jobs import enqueue
from stadtkern.mail import compose
from stadtkern.notify import webhooks
from stadtkern.notify.subscriptions import Subscriber, Subscription, SubscriptionNotice
from stadtkern.notify.subscriptions import services as subscriptions
from stadtkern.notify.webhooks import WebhookDelivery
from stadtkern.privacy.holding import mark_of
from stadtkern.privacy.holds import place
from stadtkern.privacy.models import PrivacyCertificate, RetentionRun
from stadtkern.search import SearchState
from stadtkern.site.models import BarrierReport, MissedPath
from stadtkern.submissions import Submission, SubmissionMail, files, queries, tokens
from stadtkern.tenants.models import TenantRow
from stadtkern.vault import seal as lock_away
from stadtkern.visits.models import DayCount


def _submission(side: Side, session: TenantSession) -> int:
    """Store what somebody has sent by the planted form."""
    registry, tenant_id = side.town.registry, side.town.tenant_id
    reference = f"F-{side.prefix}".upper()
    answers = [{"key": "q-f0", "kind": "line", "label": "Name", "text": side.word("sender")}]
    row = Submission(
        node_id=side.ids["form"],
        form_title=side.word("formtitle"),
        form_version=1,
        reference=reference,
        secret_hash=tokens.digest(SUBMISSION_CODE),
        token=f"{side.prefix:x<32}",
        sealed=lock_away(
            session, registry, tenant_id, dumps(answers).encode(), f"submission:{reference}"
        ),
        locale="de",
        purge_at=utcnow() + timedelta(days=30),
    )
    session.add(row)
    session.flush()
    session.add(SubmissionMail(submission_id=row.id, mark=sha256(reference.encode()).hexdigest()))
    row.marked = True
    letter = files.Attached(f"{side.word('sentname')}.txt", "text/plain", b"Anlage")
    files.keep(session, registry, row, "q-f1", letter)
    side.ids["submission_file"] = queries.files(session, row.id)[0].id
    return row.id


def plant_rows(side: Side, images: Mapping[str, Any]) -> None:
    town, word = side.town, side.word
    with town.session() as session:
        session.get(TenantRow, town.tenant_id).arms = images["arms"]
        report = BarrierReport(
            reference=f"B-{side.prefix}-1",
            page=f"/{word('reportpage')}",
            description=word("report"),
            mail=f"{word('reporter')}@people.example",
        )
        session.add(report)
        session.add(PasswordReset(account_id=side.member.id, code_hash=code_hash(CODE)))
        add_local_role(session, side.member.id, side.ids["page"], "editor")
        session.flush()
        compose(
            session,
            town.registry["outbox"],
            recipient=f"{word('recipient')}@people.example",
            subject=word("mailsubject"),
            body=word("mailbody"),
        )
        side.ids["report"] = report.id
        side.ids["submission"] = _submission(side, session)
        plant_exchange(side, session)
        side.paths["job"] = enqueue(session, town.registry, "jobs.purge", tenant_id=town.tenant_id)
        _editorial(side, session)
        token, side.paths["token"] = make_token(
            session,
            name=word("tokenname"),
            scopes=["nodes:read"],
            days=30,
            made_by=side.admin.id,
            account_id=side.admin.id,
        )
        side.ids["token"] = token.id
        service, _secret = make_token(
            session,
            name=word("servicename"),
            scopes=["nodes:read"],
            days=30,
            made_by=None,
            roles=["author"],
        )
        side.ids["service_token"] = service.id
        session.add(
            Redirect(path=f"/{side.prefix}-lead", target=f"/{word('leadtarget')}", kind="manual")
        )
        session.add(MissedPath(path=f"/{side.prefix}-missed", hits=3))
        session.add(
            DayCount(kind="page", day=utcnow().date(), name=f"/{side.prefix}-page", number=2)
        )
        endpoint, _secret = webhooks.add(
            session,
            town.registry,
            name=word("hookname"),
            url=f"https://{side.prefix}hookhost.example/hook",
            events=["node.deleted"],
        )
        side.ids["webhook"] = endpoint.id
        delivery = WebhookDelivery(
            endpoint_id=endpoint.id,
            message_id=word("hookmessage"),
            event=word("hookevent"),
            body="{}",
            state="failed",
        )
        session.add(delivery)
        session.flush()
        side.ids["delivery"] = delivery.id
        _privacy(side, session)
        session.add(SearchState(version=1, indexed_at=utcnow(), entries=1, words=1))
        _subscriptions(side, session)


def _subscriptions(side: Side, session: TenantSession) -> None:
    """Add somebody with one subscription that counts and one that waits for its code."""
    town, page = side.town, side.ids["page"]
    mail = f"{side.prefix}reader@people.example"
    hashed = subscriptions.mail_hash(session, town.registry, town.tenant_id, mail)
    person = Subscriber(mail_hash=hashed, locale="de", nonce="", key_hash="")
    person.mail = lock_away(session, town.registry, town.tenant_id, mail.encode(), person.context)
    session.add(person)
    session.flush()
    side.paths["subscription"] = sha256(side.prefix.encode()).hexdigest()[:40]
    side.paths["code"] = sha256(side.prefix.encode()).hexdigest().upper()[40:60]
    for odd, plain in (("0", "X"), ("1", "Y")):
        side.paths["code"] = side.paths["code"].replace(odd, plain)
    for name, key, code, confirmed in (
        ("subscription", subscriptions.digest(side.paths["subscription"]), None, utcnow()),
        ("request", "", code_hash(side.paths["code"]), None),
    ):
        row = Subscription(
            subscriber_id=person.id,
            kind="section",
            node_id=page,
            words=side.word("wanted"),
            language="de",
            frequency="daily",
            nonce=name,
            key_hash=key,
            code_hash=code,
            confirmed_at=confirmed,
            told_until=confirmed,
        )
        session.add(row)
        session.flush()
        side.ids[name] = row.id
    if session.scalar(select(SubscriptionNotice.id).limit(1)) is None:
        session.add(SubscriptionNotice(node_id=page))


def _privacy(side: Side, session: TenantSession) -> None:
    """Add a hold on an object, a report of deletion and a certificate."""
    town, word = side.town, side.word
    hold = place(
        session,
        town.registry,
        town.tenant,
        kind="person",
        subject=mark_of(session, town.registry, town.tenant_id, word("held")),
        mail=f"{word('held')}@people.example",
        reason=word("holdreason"),
        by=side.admin.id,
    )
    certificate = PrivacyCertificate(
        number=f"L-{side.prefix}-1",
        person=sha256(word("erased").encode()).hexdigest(),
        account_id=side.admin.id,
        document={
            "number": f"L-{side.prefix}-1",
            "language": "de",
            "municipality": word("certifiedtown"),
            "ags": "06439015",
            "by_account": side.admin.id,
            "parts": [],
        },
        digest="0" * 64,
    )
    session.add(certificate)
    session.add(
        RetentionRun(
            key=word("retention"),
            finished_at=utcnow(),
            results={"mails": {"days": 90, "erased": 3, "held": 0, "problem": word("problem")}},
        )
    )
    session.flush()
    side.ids["hold"], side.ids["certificate"] = hold.id, certificate.id


def preview_token(side: Side) -> str:
    """Return the token of the preview link that is planted for the page."""
    return f"{side.prefix + 'preview':x<32}"


def _editorial(side: Side, session: TenantSession) -> None:
    """Add what stands beside a node: one row of each table."""
    node_id, account_id, word = side.ids["page"], side.admin.id, side.word
    day = datetime(2026, 3, 1, tzinfo=UTC)
    run = BulkRun(action="publish", account_id=account_id)
    session.add(run)
    session.flush()
    side.ids["run"] = run.id
    session.add_all(
        [
            Revision(
                node_id=node_id,
                number=900,
                kind="save",
                title=word("revisiontitle"),
                note=word("revisionnote"),
                body={"fields": {}, "blocks": []},
                account_id=account_id,
            ),
            NodeComment(
                node_id=node_id,
                transition="submit",
                state="submitted",
                text=word("comment"),
                account_id=account_id,
            ),
            Reference(
                source_id=node_id, kind="link", target=f"https://{side.prefix}target.example/"
            ),
            LinkCheck(
                url=f"https://{side.prefix}target.example/",
                url_hash=sha256(word("url").encode()).hexdigest(),
                status=404,
                problem="status",
                failures=3,
                failing_since=day,
                checked_at=day,
            ),
            # Expired, so that it stands in nobody's way.
            EditLock(
                node_id=node_id, account_id=account_id, token=word("locktoken"), expires_at=day
            ),
            Autosave(
                account_id=account_id,
                place=f"node:{side.ids['child']}",
                controls=[["title", word("autosave")]],
            ),
            BulkItem(
                run_id=run.id,
                position=0,
                node_id=side.ids["draft"],
                version=1,
                title=word("bulktitle"),
            ),
            PreviewLink(
                node_id=node_id,
                token_hash=sha256(preview_token(side).encode()).hexdigest(),
                account_id=account_id,
                expires_at=datetime(2099, 3, 1, tzinfo=UTC),
            ),
        ]
    )
