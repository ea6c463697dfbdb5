"""Probes of the inboxes for records of other systems."""

import webtest
from probes_api import READ as BY_API
from probes_together import EVERYBODY_INSIDE
from security_probes import Probe, column, get, post
from security_side import Ask, Side
from security_world import World

INBOX = "/admin/exchange/finance"
BYTES = "the bytes lie in a folder of their own town; the row that names them is found by the wall"


def _upload(_world: World, _victim: Side, _me: Side) -> Ask:
    fields = [("file", webtest.Upload("new.csv", b"something new", "text/csv"))]
    return Ask(INBOX, fields, multipart=True)


def _uploaded(world: World) -> bool:
    rows = world.rows("exchange_delivery", tenant_id=world.victim.town.tenant_id)
    return len(rows) > 1


def _record(side: Side) -> str:
    return f"{INBOX}/records/{side.ids['exchange_record']}"


def _delivery(side: Side) -> str:
    return f"{INBOX}/deliveries/{side.ids['exchange_delivery']}"


def _batch(side: Side) -> str:
    return f"{INBOX}/batches/{side.ids['exchange_batch']}"


READ = {
    ("admin.exchange", "GET"),
    ("admin.exchange", "POST"),
    ("admin.exchange.delivery", "GET"),
    ("admin.exchange.delivery", "POST"),
    ("admin.exchange.file", "POST"),
    ("admin.exchange.table", "POST"),
    ("admin.exchange.records", "GET"),
    ("admin.exchange.records", "POST"),
    ("admin.exchange.record", "GET"),
    ("admin.exchange.record", "POST"),
    ("admin.exchange.batch", "GET"),
    ("admin.exchange.sending", "GET"),
    ("admin.exchange.sending", "POST"),
}
DECIDE = READ | {("admin.exchange.batch", "POST")}
PROBES: dict[tuple[str, str], list[Probe]] = {
    ("admin.exchange", "GET"): [get("inbox", lambda _side: INBOX)],
    ("admin.exchange", "POST"): [
        Probe("send a file in", _upload, _uploaded, unwalled="only adds to the asker's own town")
    ],
    ("admin.exchange.delivery", "GET"): [get("delivery", _delivery)],
    ("admin.exchange.delivery", "POST"): [
        post(
            "read it once more",
            _delivery,
            lambda _side: [],
            column("exchange_delivery", "state", "received", "exchange_delivery"),
        )
    ],
    ("admin.exchange.file", "POST"): [
        post(
            "original",
            lambda side: f"{_delivery(side)}/file",
            lambda _side: [],
            column("audit_entry", "deed", "exchange.download"),
            unwalled=BYTES,
        )
    ],
    ("admin.exchange.table", "POST"): [
        post(
            "list as a table",
            lambda _side: f"{INBOX}/records.xlsx",
            lambda _side: [],
            column("audit_entry", "deed", "exchange.table"),
            unwalled="holds the asker's own records",
        )
    ],
    ("admin.exchange.records", "GET"): [get("records", lambda _side: f"{INBOX}/records")],
    ("admin.exchange.records", "POST"): [
        post(
            "propose many",
            lambda _side: f"{INBOX}/records",
            lambda _side: [("state", "open")],
            column("exchange_record", "state", "proposed"),
        )
    ],
    ("admin.exchange.record", "GET"): [get("record", _record)],
    ("admin.exchange.record", "POST"): [
        post(
            "reject a record",
            _record,
            lambda _side: [("version", "1"), ("do", "reject"), ("note", "falsch")],
            column("exchange_record", "state", "rejected", "exchange_record"),
        )
    ],
    ("admin.exchange.batch", "GET"): [get("batch", _batch)],
    ("admin.exchange.batch", "POST"): [
        post(
            "give a batch back",
            _batch,
            lambda _side: [("do", "refuse")],
            column("exchange_batch", "state", "rejected", "exchange_batch"),
        )
    ],
    ("admin.exchange.sending", "GET"): [get("on its way", lambda _side: f"{INBOX}/sending")],
    ("admin.exchange.sending", "POST"): [
        post(
            "send once more",
            lambda _side: f"{INBOX}/sending",
            lambda _side: [("do", "all")],
            column("exchange_dispatch", "state", "waiting"),
        )
    ],
}
# What all who may enter the back office may there, and by the API.
INSIDE = EVERYBODY_INSIDE | BY_API
ROLES = {"finance_clerk": READ | INSIDE, "finance_approver": DECIDE | INSIDE}
