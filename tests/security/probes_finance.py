"""Probes of the bookings of the finance interface."""

from json import dumps

import webtest
from security_probes import Probe, column, get, post
from security_side import Ask, Fields, Side
from security_world import World

OVERVIEW = "/admin/finance"
BATCHES = "/admin/finance/batches"
PROFILES = "/admin/finance/profiles"
RECEIPTS = "/admin/finance/receipts"
REJECTED = "/admin/finance/rejected"
DELIVERY = "/admin/finance/delivery"
ONE = "one row a town, and the first one found is shown"
OWN = "a town's batches are numbered from 1: the address names the asker's own"


def _make(_world: World, _victim: Side, _me: Side) -> Ask:
    return Ask(BATCHES, [("profile", "json-own-1")])


def _made(world: World) -> bool:
    return len(world.rows("finance_batch", tenant_id=world.victim.town.tenant_id)) > 1


def _profile(side: Side) -> str:
    return f"{PROFILES}/{side.word('profile-name')}"


def _line_id(world: World, side: Side) -> str:
    (row,) = world.rows("finance_line", id=side.ids["finance_line"])
    return str(row["line_id"])


def _receipt(world: World, victim: Side, _me: Side) -> Ask:
    data = dumps({"answers": [{"line_id": _line_id(world, victim), "status": "accepted"}]}).encode()
    sent = webtest.Upload("receipt.json", data, "application/json")
    return Ask(RECEIPTS, [("file", sent)], multipart=True)


def _line(side: Side) -> Fields:
    return [("line", str(side.ids["finance_line"])), ("do", "settle")]


PAPER = "/admin/finance/paper"


def _typed(_world: World, _victim: Side, _me: Side) -> Ask:
    fields = [
        *(("tax_kind", "grundsteuer_b"), ("number", "4011223344556677"), ("messbetrag", "96,00")),
        *(("notice_date", "2026-02-06"), ("year", ""), ("quarter", ""), ("reason", "")),
        *(("effective_from", ""), ("surname", ""), ("given_name", ""), ("street", "")),
        *(("house_number", ""), ("postcode", ""), ("town", "")),
    ]
    return Ask(PAPER, fields)


def _taken_in(world: World) -> bool:
    rows = world.rows("exchange_delivery", tenant_id=world.victim.town.tenant_id)
    return any(row["source"] == "paper" for row in rows)


READ = {
    ("finance.paper", "GET"),
    ("finance.paper", "POST"),
    ("finance.overview", "GET"),
    ("finance.overview", "POST"),
    ("finance.batches", "GET"),
    ("finance.batches", "POST"),
    ("finance.batch", "GET"),
    ("finance.batch.file", "POST"),
    ("finance.batch.deliver", "POST"),
    ("finance.receipts", "GET"),
    ("finance.receipts", "POST"),
    ("finance.rejected", "GET"),
    ("finance.rejected", "POST"),
}


def _given_back(world: World) -> bool:
    return not world.rows("finance_collection", tenant_id=world.victim.town.tenant_id)


READ |= {
    ("finance.batch.debits", "POST"),
    ("finance.batch.debits.back", "POST"),
    ("finance.profiles", "GET"),
    ("finance.profile", "GET"),
    ("finance.profile", "POST"),
}
RELEASE = READ | {("finance.delivery", "GET"), ("finance.delivery", "POST")}
PROBES: dict[tuple[str, str], list[Probe]] = {
    ("finance.paper", "GET"): [get("form for paper", lambda _side: PAPER)],
    ("finance.paper", "POST"): [
        Probe("type a notice", _typed, _taken_in, unwalled="only adds to the asker's own town")
    ],
    ("finance.overview", "GET"): [get("overview", lambda _side: OVERVIEW)],
    ("finance.overview", "POST"): [
        post(
            "table of the overview",
            lambda _side: OVERVIEW,
            lambda _side: [],
            column("audit_entry", "deed", "finance.figures"),
            unwalled="only counts the asker's own",
        )
    ],
    ("finance.batches", "GET"): [get("batches", lambda _side: BATCHES)],
    ("finance.batches", "POST"): [
        Probe("make a batch", _make, _made, unwalled="only takes the asker's own bookings")
    ],
    ("finance.batch", "GET"): [get("one batch", lambda _side: f"{BATCHES}/1")],
    ("finance.batch.file", "POST"): [
        post(
            "file of a batch",
            lambda _side: f"{BATCHES}/1/file",
            lambda _side: [],
            column("audit_entry", "deed", "finance.batch_file"),
            unwalled=OWN,
        )
    ],
    ("finance.batch.deliver", "POST"): [
        post(
            "deliver a batch",
            lambda _side: f"{BATCHES}/1/deliver",
            lambda _side: [],
            column("finance_batch", "way", "sftp"),
            unwalled=OWN,
        )
    ],
    ("finance.batch.debits", "POST"): [
        post(
            "collect a batch",
            lambda _side: f"{BATCHES}/1/debits",
            lambda _side: [],
            lambda _world: True,
            unwalled="the planted town collects nothing: it names no creditor",
        )
    ],
    ("finance.batch.debits.back", "POST"): [
        post(
            "take direct debits back",
            lambda _side: f"{BATCHES}/1/debits/back",
            lambda _side: [],
            _given_back,
        )
    ],
    ("finance.profiles", "GET"): [get("profiles", lambda _side: PROFILES)],
    ("finance.profile", "GET"): [get("one profile", _profile)],
    ("finance.profile", "POST"): [
        post(
            "change a profile",
            _profile,
            lambda side: [
                *side.form(_profile(side), "title", title="Neu"),
                ("do", "save"),
            ],
            column("finance_profile", "version", 2),
        )
    ],
    ("finance.receipts", "GET"): [get("receipts", lambda _side: RECEIPTS)],
    ("finance.receipts", "POST"): [
        Probe("read a receipt", _receipt, column("finance_line", "answer", "accepted"))
    ],
    ("finance.rejected", "GET"): [get("rejected bookings", lambda _side: REJECTED)],
    ("finance.rejected", "POST"): [
        post(
            "settle a booking",
            lambda _side: REJECTED,
            _line,
            column("finance_line", "answer", "settled", "finance_line"),
        )
    ],
    ("finance.delivery", "GET"): [get("delivery", lambda _side: DELIVERY, unwalled=ONE)],
    ("finance.delivery", "POST"): [
        post(
            "set the delivery up",
            lambda _side: DELIVERY,
            lambda _side: [("kind", "https"), ("url", "https://kasse.example.org/in")],
            column("finance_way", "kind", "https"),
            unwalled=ONE,
        )
    ],
}
ROLES = {"finance_clerk": READ, "finance_approver": RELEASE}
