"""Two municipalities of one application, each with a row in every table that is a tenant's.

All that is written into a town holds markers: words that begin with the town's own prefix. A
marker of the one town in an answer to the other is a leak.
"""

import io
import re
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from hashlib import sha256
from json import dumps
from pathlib import Path
from typing import Any
from urllib.parse import unquote

import colander
import webtest
from limits.storage import MemoryStorage
from limits.strategies import MovingWindowRateLimiter
from pyramid.registry import Registry
from sqlalchemy import Engine, Table, create_engine, select, text

from stadtkern.accounts.models import PasswordReset
from stadtkern.accounts.services import add_local_role
from stadtkern.accounts.services.passwords import code_hash
from stadtkern.accounts.tokens import digest, make_token, new_secret
from stadtkern.audit import seal
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
from stadtkern.db import TenantSession, metadata, utcnow
from stadtkern.jobs import enqueue
from stadtkern.mail import compose
from stadtkern.media.intake import store_audio, store_file, store_image, store_video
from stadtkern.notify import webhooks
from stadtkern.notify.subscriptions import Subscriber, Subscription, SubscriptionNotice
from stadtkern.notify.subscriptions import services as subscriptions
from stadtkern.notify.webhooks import WebhookDelivery
from stadtkern.plugins.settings import bound_schema, schema_of
from stadtkern.privacy.holding import mark_of
from stadtkern.privacy.holds import place
from stadtkern.privacy.models import PrivacyCertificate, RetentionRun
from stadtkern.search import SearchState
from stadtkern.site.models import BarrierReport, MissedPath
from stadtkern.submissions import Submission, files, queries, tokens
from stadtkern.tenants.models import TenantRow
from stadtkern.testing.databases import TestDatabase
from stadtkern.testing.town import Town
from stadtkern.towns.models import TownImportId
from stadtkern.vault import seal as lock_away
from stadtkern.visits.models import DayCount

VICTIM, OTHER = "quellort", "nebenort"
CODE = "ABCDE-FGHJK"
SUBMISSION_CODE = "ABCD-EFGH-JKLM"
NEW_PASSWORD = "Moor-Laterne-Kupfer-29-Segel"

Fields = list[tuple[str, Any]]


PLANTED_BESIDE = {
    *("report", "submission", "submission_file", "trashed", "run"),
    *("token", "service_token", "webhook", "delivery", "hold", "certificate"),
    *("subscription", "request"),
}
"""Ids of planted rows that are no pages in the tree."""


@dataclass(frozen=True)
class Ask:
    """A request as a browser would send it, but for the proof of origin."""

    path: str
    fields: Fields | None = None
    """None: GET; a list: POST."""
    multipart: bool = False
    packed: str = ""
    """What a field holds in a packed form, in clear."""
    method: str = ""
    """Of a request to the API, with a token instead of a login; empty: a browser's."""
    json: Any = None
    machine: bool = False
    """Whether it goes to an endpoint that asks for no proof of origin (``machine=True``)."""
    seen: str = ""
    """The version for ``If-Match``."""

    @property
    def words(self) -> str:
        """Return all that the asker has written: an echo of it is no leak."""
        written = [unquote(self.path), self.packed, dumps(self.json, ensure_ascii=False)]
        for _name, value in self.fields or ():
            if isinstance(value, webtest.Upload):
                written += [value.filename, value.content.decode("utf-8", "replace")]
            else:
                written.append(str(value))
        return " ".join(written).lower()


@dataclass(frozen=True)
class Answer:
    """What came back; ``text`` holds headers and body, of the page behind a redirect too."""

    status: int
    text: str
    words: str

    def markers(self, prefix: str) -> set[str]:
        """Return the markers of a town that the asker had not written."""
        found = set(re.findall(rf"{prefix}[a-z0-9-]+", self.text.lower()))
        return {marker for marker in found if marker not in self.words}

    @property
    def good(self) -> bool:
        """Whether the request succeeded."""
        return 200 <= self.status < 400


@dataclass
class Side:
    """One town with its administrator (an operator, too) and the ids of what was planted."""

    town: Town
    prefix: str
    admin: Any = None
    member: Any = None
    ticket: str = ""
    ids: dict[str, int] = field(default_factory=dict)
    paths: dict[str, str] = field(default_factory=dict)

    def word(self, name: str) -> str:
        """Return this town's marker for something."""
        return f"{self.prefix}{name}"

    def browser(self, *, login: bool, ticket: str | None = None) -> webtest.TestApp:
        """Return a new browser at this town's host."""
        made = webtest.TestApp(self.town.wsgi, extra_environ={"HTTP_HOST": self.town.host})
        if login:
            made.set_cookie(self.town.ticket_cookie, ticket or self.ticket)
        return made

    def form(self, path: str, having: str, *, login: bool = True, **changes: Any) -> Fields:
        """Return the fields that a browser would send of the form that has the field ``having``.

        ``changes``: values by field name; ``do`` names the pressed button.
        """
        page = self.browser(login=login).get(path)
        form = next(form for form in page.forms.values() if having in form.fields)
        fields = [
            (name, changes.pop(name, value))
            for name, value in form.submit_fields()
            if name not in {"csrf_token", "do"}
        ]
        return fields + list(changes.items())


class World:
    """Both towns over one database, with a way to look past all walls and to put things back."""

    def __init__(self, database: TestDatabase, town: Town, files: Path) -> None:
        self.database = database
        self.files = files
        self.registry: Registry = town.registry
        self.victim = Side(town, VICTIM)
        self.other = Side(town.second_tenant(), OTHER)
        # No filter, no row-level security, no foreign keys: only for looking and putting back.
        self.engine: Engine = create_engine(database.superuser_url)
        if not database.is_postgresql:
            # Nor triggers: on PostgreSQL `connection` switches them off.
            with self.engine.begin() as connection:
                names = connection.execute(
                    text("select name from sqlite_master where type = 'trigger'")
                ).scalars()
                for name in names.all():
                    connection.exec_driver_sql(f"drop trigger {name}")
        self._watch = self.engine.connect()
        self._seen: tuple[Any, dict[str, list[dict[str, Any]]]] | None = None
        for side in (self.victim, self.other):
            plant(side)
        self.before = self.snapshot()

    @property
    def sides(self) -> tuple[Side, Side]:
        """Return both towns."""
        return self.victim, self.other

    @contextmanager
    def connection(self) -> Iterator[Any]:
        """Open a connection that no wall binds."""
        with self.engine.begin() as connection:
            if self.database.is_postgresql:
                connection.execute(text("set session_replication_role = replica"))
            yield connection

    def snapshot(self) -> dict[str, list[dict[str, Any]]]:
        """Return every row of every table, not to be changed; read anew after a commit only."""
        mark = self._commits()
        if self._seen is None or self._seen[0] != mark:
            with self.connection() as connection:
                rows = {
                    name: sorted(
                        (dict(row._mapping) for row in connection.execute(select(table))), key=repr
                    )
                    for name, table in metadata.tables.items()
                }
            self._seen = mark, rows
        return self._seen[1]

    def _commits(self) -> Any:
        """Return what differs after each transaction that has written, of whatever connection."""
        asked = (
            "select pg_snapshot_xmax(pg_current_snapshot())::text"
            if self.database.is_postgresql
            else "pragma data_version"
        )
        mark = self._watch.exec_driver_sql(asked).scalar()
        self._watch.rollback()
        return mark

    def rows(self, table: str, **where: Any) -> list[dict[str, Any]]:
        """Return rows of one table as they are now."""
        made: Table = metadata.tables[table]
        statement = select(made)
        for name, value in where.items():
            statement = statement.where(made.c[name] == value)
        with self.connection() as connection:
            return [dict(row._mapping) for row in connection.execute(statement)]

    def restore(self) -> None:
        """Put every row back and let the application forget what it has cached."""
        now = self.snapshot()
        changed = [name for name, rows in self.before.items() if now[name] != rows]
        if changed:
            with self.connection() as connection:
                for name in changed:
                    connection.execute(metadata.tables[name].delete())
                    if self.before[name]:
                        connection.execute(metadata.tables[name].insert(), self.before[name])
        registry = self.registry
        registry["tenants"].forget()
        registry["plugin_states"]._states.clear()
        registry["page_cache"].clear()
        registry["menus"]._menus.clear()
        registry["rate_limiter"] = MovingWindowRateLimiter(MemoryStorage())

    def of_victim(self) -> dict[str, list[dict[str, Any]]]:
        """Return all rows that are the victim's, those of global tables included."""
        tenant = self.victim.town.tenant_id
        people = {self.victim.admin.id, self.victim.member.id}
        found = {}
        for name, rows in self.snapshot().items():
            if name == "tenant":
                found[name] = [row for row in rows if row["id"] == tenant]
            elif name == "account":
                found[name] = [row for row in rows if row["id"] in people]
            else:
                found[name] = [
                    row
                    for row in rows
                    if row.get("tenant_id") == tenant or row.get("account_id") in people
                ]
        return found

    def stored_files(self) -> dict[str, int]:
        """Return the sizes of all stored files by name (which is their content's hash)."""
        return {path.name: path.stat().st_size for path in self.files.rglob("*") if path.is_file()}

    @contextmanager
    def token(self, side: Side) -> Iterator[str]:
        """Lend a token of whoever a side's ticket belongs to; gone without a trace afterwards."""
        secret = new_secret()
        table = metadata.tables["api_token"]
        (ticket,) = self.rows("login_ticket", token_hash=digest(side.ticket))
        now = datetime.now(UTC)
        with self.connection() as connection:
            connection.execute(
                table.insert().values(
                    id=10_000,
                    tenant_id=ticket["tenant_id"],
                    name="lent",
                    hint=secret[:16],
                    token_hash=digest(secret),
                    account_id=ticket["account_id"],
                    roles=[],
                    scopes=sorted(self.registry["token_scopes"]),
                    created_at=now,
                    expires_at=now + timedelta(days=1),
                )
            )
        try:
            yield secret
        finally:
            with self.connection() as connection:
                connection.execute(table.delete().where(table.c.id == 10_000))

    def ask_api(self, ask: Ask, side: Side, *, login: bool) -> Answer:
        """Send a request to the API, as whoever the side's ticket belongs to or as nobody."""
        headers = {"Accept-Language": "de"}
        if ask.seen:
            headers["If-Match"] = f'"{ask.seen}"'
        call = getattr(side.browser(login=False), ask.method.lower())
        given: dict[str, Any] = {"headers": headers, "status": "*"}
        if ask.fields is not None:
            given |= {"params": ask.fields, "content_type": "multipart/form-data"}
        elif ask.json is not None:
            given |= {"params": dumps(ask.json), "content_type": "application/json"}
        if login and side.ticket:
            with self.token(side) as secret:
                headers["Authorization"] = f"Bearer {secret}"
                found = call(ask.path, **given)
        else:
            found = call(ask.path, **given)
        text = f"{found.headers}\n{found.body.decode('utf-8', 'replace')}"
        return Answer(found.status_int, text, ask.words)

    def send(self, ask: Ask, side: Side, *, login: bool) -> Answer:
        """Send a request to a town's host, as its administrator or as nobody."""
        if ask.method:
            return self.ask_api(ask, side, login=login)
        browser = side.browser(login=login)
        if ask.fields is None:
            found = browser.get(ask.path, status="*")
        else:
            page = browser.get("/barriere-melden")
            token = page.forms[len(page.forms) - 1]["csrf_token"].value
            kind = {"content_type": "multipart/form-data"} if ask.multipart else {}
            params = [("csrf_token", token), *ask.fields]
            found = browser.post(ask.path, params, status="*", **kind)
        texts = [str(found.headers), found.body.decode("utf-8", "replace")]
        if 300 <= found.status_int < 400 and f"//{side.town.host}" in found.location:
            behind = found.follow(status="*")
            texts += [str(behind.headers), behind.body.decode("utf-8", "replace")]
        return Answer(found.status_int, "\n".join(texts), ask.words)

    def close(self) -> None:
        """Close the connections."""
        self._watch.close()
        self.engine.dispose()


# Planting

GPX = """<?xml version="1.0" encoding="UTF-8"?>
<gpx version="1.1" creator="test" xmlns="http://www.topografix.com/GPX/1/1">
<metadata><name>{p}tourtitle</name><desc>{p}toursummary</desc></metadata>
<wpt lat="50.1400" lon="8.1500"><name>{p}stopone</name></wpt>
<wpt lat="50.1500" lon="8.1600"><name>{p}stoptwo</name></wpt>
<trk><name>{p}tourtrack</name><trkseg>
<trkpt lat="50.1400" lon="8.1500"><ele>300</ele></trkpt>
<trkpt lat="50.1450" lon="8.1550"><ele>320</ele></trkpt>
<trkpt lat="50.1500" lon="8.1600"><ele>310</ele></trkpt>
</trkseg></trk></gpx>
"""
MP3 = (b"\xff\xfb\x90\x00" + bytes(413)) * 3
MP4 = bytes.fromhex(
    "00000014667479706d703432000000006d703432"  # ftyp: mp42
    "000000386d6f6f76000000307472616b000000286d646961"  # moov, trak, mdia
    "0000002068646c72000000000000000076696465000000000000000000000000"  # hdlr: vide
    "0000000c6d64617401020304"  # mdat
)  # fmt: skip
SVG = '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 8 8"><title>{}</title></svg>'


def plant(side: Side) -> None:
    """Fill a town: every type of content, people, reports, mails, settings, plugins' rows."""
    town, word, p = side.town, side.word, side.prefix
    for name, item in sorted(town.registry["plugins"].items()):
        if item.working:
            town.enable(name)
    _people(side)
    images = _media(side)
    blocks = _blocks(side)
    page = town.page(
        word("pagetitle"),
        slug=f"{p}-page",
        summary=word("pagesummary"),
        in_nav=True,
        blocks=blocks,
        key=f"{p}-key",
    )
    side.ids["page"] = page.id
    for name in ("renamed", "child", "sibling"):
        made = town.page(word(f"{name}title"), slug=f"{p}-{name}", parent=page)
        side.ids[name] = made.id
    draft = town.page(word("drafttitle"), slug=f"{p}-draft", parent=page, published=False)
    side.ids["draft"] = draft.id
    trashed = town.page(word("trashedtitle"), slug=f"{p}-trashed", parent=page)
    side.ids["trashed"] = trashed.id
    with town.content() as content:
        content.rename(side.ids["renamed"], f"{p}-renamed-again")
        content.delete(trashed.id)
        child = content.get(side.ids["child"])
        content.save_draft(child.id, version=child.version, title=word("workingcopy"))
    typed: dict[str, dict[str, Any]] = {
        "folder": {},
        "news": {"date": date(2026, 3, 1)},
        "event": {"starts": datetime(2099, 5, 1, 16, tzinfo=UTC), "place": word("eventplace")},
        "link": {"url": f"https://{p}link.example/"},
        "service": {"names": word("servicename")},
        "office": {"street": word("officestreet")},
        "contact": {"function": word("contactfunction")},
        "announcement": {"legal_basis": word("announcementbasis")},
        "service_list": {},
        "directory": {},
        "announcement_list": {},
    }
    if town.registry["plugins"]["cityguide"].working:
        typed["place"] = {
            "kind": "hotspot",
            "lat": 50.14,
            "lon": 8.15,
            "address": word("placeaddress"),
            "licence": "CC0-1.0",
            "attribution": word("placeattribution"),
        }
    for kind, values in typed.items():
        node = town.add(
            kind,
            word(f"{kind}title".replace("_", "")),
            slug=f"{p}-{kind}".replace("_", "-"),
            summary=word("sum"),
            fields=values,
        )
        side.ids[kind] = node.id
    english = town.page(
        word("englishtitle"), parent="/en", slug=f"{p}-en", translation_group=page.translation_group
    )
    side.ids["english"] = english.id
    with town.content() as content:
        content.link(page.id, english.id)
    _rows(side, images)
    _settings(side)
    with town.session() as session:
        seal(session)
        lock_away(session, town.registry, town.tenant_id, b"planted", "planted")
        session.add(TownImportId(part="node", old=page.id, new=page.id))
    if town.registry["plugins"]["cityguide"].working:
        _tour(side)
    with town.session(write=False) as session:
        content = town.content_in(session)
        nodes = {name: number for name, number in side.ids.items() if name not in PLANTED_BESIDE}
        side.paths |= {name: content.get(number).path for name, number in nodes.items()}


def _people(side: Side) -> None:
    town = side.town
    side.admin = town.account("administrator", mail=f"{side.prefix}admin@people.example")
    side.member = town.account("author", mail=f"{side.prefix}member@people.example")
    with town.session() as session:
        for account, name in ((side.admin, "adminname"), (side.member, "membername")):
            row = session.merge(account)
            row.name = side.word(name)
            row.operator = name == "adminname"
    side.ticket = town.ticket(side.admin)


def _media(side: Side) -> dict[str, Any]:
    town, word = side.town, side.word
    store = town.registry["storage"]
    drawing = io.BytesIO(SVG.format(word("imagebytes")).encode())
    image = store_image(store, drawing, f"{word('imagename')}.svg")
    letter = io.BytesIO(f"Text {word('filebytes')}".encode())
    file = store_file(store, letter, f"{word('filename')}.txt")
    arms = store_image(store, io.BytesIO(SVG.format(word("armsbytes")).encode()), "arms.svg")
    side.ids["image"] = town.add(
        "image",
        word("imagetitle"),
        slug=f"{side.prefix}-image",
        fields={
            "alt": word("imagealt"),
            "decorative": False,
            "credit": word("imagecredit"),
            "licence": "CC0-1.0",
            "stored": image.as_field(),
        },
    ).id
    side.ids["file"] = town.add(
        "file", word("filetitle"), slug=f"{side.prefix}-file", fields={"stored": file.as_field()}
    ).id
    origin = {"credit": word("mediacredit"), "licence": "CC0-1.0", "silent": True}
    for kind, taken in (
        ("audio", store_audio(store, io.BytesIO(MP3), f"{word('audioname')}.mp3", 10_000)),
        ("video", store_video(store, io.BytesIO(MP4), f"{word('videoname')}.mp4", 10_000)),
    ):
        fields = {"stored": taken.as_field(), **origin}
        slug = f"{side.prefix}-{kind}"
        side.ids[kind] = town.add(kind, word(f"{kind}title"), slug=slug, fields=fields).id
    form = town.add(
        "form",
        word("formtitle"),
        fields={"keep_days": 30},
        blocks=[
            {"id": "f0", "type": "form_field", "data": {"label": "Name", "kind": "line"}},
        ],
    )
    side.ids["form"], side.paths["form"] = form.id, form.path
    side.ids["media_folder"] = town.add(
        "media_folder", word("mediatitle"), slug=f"{side.prefix}-media"
    ).id
    side.paths["image.sha"], side.paths["file.sha"] = image.sha, file.sha
    return {"arms": arms.sha}


def _blocks(side: Side) -> list[dict[str, Any]]:
    word = side.word
    data: Iterable[tuple[str, Mapping[str, Any]]] = (
        ("heading", {"text": word("heading"), "level": "2"}),
        ("text", {"html": f"<p>{word('textblock')}</p>"}),
        ("map_point", {"label": word("maplabel"), "address": word("address"), "lat": 1, "lon": 2}),
        ("image", {"image": side.ids["image"], "caption": word("caption")}),
        ("download", {"file": side.ids["file"], "label": word("download")}),
        ("video", {"address": "https://youtu.be/abcdefghijk", "title": word("film")}),
        ("gallery", {"title": word("gallery"), "images": [{"image": side.ids["image"]}]}),
        ("teasers", {"heading": word("teasers")}),
        ("quote", {"text": word("quote"), "person": word("speaker")}),
    )
    return [
        {"id": f"aaaa{number}", "type": kind, "data": values}
        for number, (kind, values) in enumerate(data)
    ]


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
    letter = files.Attached(f"{side.word('sentname')}.txt", "text/plain", b"Anlage")
    files.keep(session, registry, row, "q-f1", letter)
    side.ids["submission_file"] = queries.files(session, row.id)[0].id
    return row.id


def _rows(side: Side, images: Mapping[str, Any]) -> None:
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


def _settings(side: Side) -> None:
    """Put a marker into every free text of every settings form."""
    registry = side.town.registry
    for owner in ("site", *sorted(registry["plugins"])):
        schema = schema_of(registry, owner)
        if schema is None:
            continue
        values = {}
        for node in bound_schema(schema).children:
            if isinstance(node.typ, colander.String):
                for value in (side.word("set" + node.name.replace("_", "")), None):
                    try:
                        values[node.name] = node.deserialize(value)
                        break
                    except colander.Invalid:
                        continue
        values.pop("folder", None)
        values["mail" if owner == "site" else "contact_mail"] = (
            f"{side.word('townmail')}@people.example"
        )
        side.town.configure(owner, **values)


def _tour(side: Side) -> None:
    from stadtkern_cityguide.plan import plan_tour
    from stadtkern_cityguide.services import import_tour

    data = GPX.format(p=side.prefix).encode()
    with side.town.content() as content:
        plan = plan_tour(data, f"{side.word('gpxfile')}.gpx", language="de")
        tour = import_tour(
            content, plan, content.by_path("/"), publish=True, slug=f"{side.prefix}-tour"
        )
        side.ids["tour"] = tour.node_id
