"""Probes of notices: the list, one of them, letterheads."""

from datetime import date

from security_probes import Probe, column, get, post
from security_side import Ask, Fields, Side
from security_world import World

NOTICES = "/admin/finance/notices"
HEADS = "/admin/finance/letterheads"
BYTES = "the bytes lie in a folder of their own town; the row that names them is found by the wall"


def _make(_world: World, _victim: Side, _me: Side) -> Ask:
    return Ask(NOTICES, [("day", "2026-03-16")])


def _asked(world: World) -> bool:
    rows = world.rows("job", tenant_id=world.victim.town.tenant_id)
    return any(row["name"] == "finance.notices" for row in rows)


def _head(side: Side) -> str:
    return f"{HEADS}/{side.ids['finance_letterhead']}"


def _notice(name: str, rest: str = "") -> object:
    return lambda side: f"{NOTICES}/{side.ids[f'finance_{name}']}{rest}"


def _letterhead(_side: Side) -> Fields:
    return [
        ("valid_from", "2027-01-01"),
        ("name", "Stadt Neu"),
        ("lines", "Stadt Neu"),
        ("street", "Weg"),
        ("house_number", "1"),
        ("postcode", "00000"),
        ("town", "Neu"),
        ("colour", "#003064"),
        ("bank_holder", "Kasse"),
        ("bank_iban", "DE02120300000000202051"),
        ("bank_bic", "BYLADEM1001"),
        ("authority", "Magistrat"),
    ]


def _changed(world: World) -> bool:
    rows = world.rows("finance_letterhead", id=world.victim.ids["finance_letterhead"])
    return any(row["valid_from"] != date(2026, 1, 1) for row in rows)


def _added(world: World) -> bool:
    return len(world.rows("finance_letterhead", tenant_id=world.victim.town.tenant_id)) > 1


READ = {
    ("finance.notices", "GET"),
    ("finance.notices", "POST"),
    ("finance.notice", "GET"),
    ("finance.notice", "POST"),
    ("finance.notice.file", "POST"),
    ("finance.letterheads", "GET"),
    ("finance.letterhead", "GET"),
    ("finance.letterhead", "POST"),
    ("finance.letterhead.new", "GET"),
    ("finance.letterhead.new", "POST"),
    ("finance.letterhead.sample", "GET"),
}
PROBES: dict[tuple[str, str], list[Probe]] = {
    ("finance.notices", "GET"): [get("notices", lambda _side: NOTICES)],
    ("finance.notices", "POST"): [
        Probe("make notices", _make, _asked, unwalled="only takes the asker's own assessments")
    ],
    ("finance.notice", "GET"): [get("one notice", _notice("held"))],
    ("finance.notice", "POST"): [
        post(
            "add what is missing",
            _notice("held"),
            lambda _side: [("do", "give")],
            column("finance_notice", "changed_at", bool, "finance_held"),
        )
    ],
    ("finance.notice.file", "POST"): [
        post(
            "file of a notice",
            _notice("piled", "/file"),
            lambda _side: [],
            column("audit_entry", "deed", "finance.notice_file"),
            unwalled=BYTES,
        )
    ],
    ("finance.letterheads", "GET"): [get("letterheads", lambda _side: HEADS)],
    ("finance.letterhead", "GET"): [get("one letterhead", _head)],
    ("finance.letterhead", "POST"): [post("change a letterhead", _head, _letterhead, _changed)],
    ("finance.letterhead.new", "GET"): [get("new letterhead", lambda _side: f"{HEADS}/new")],
    ("finance.letterhead.new", "POST"): [
        post("add a letterhead", lambda _side: f"{HEADS}/new", _letterhead, _added)
    ],
    ("finance.letterhead.sample", "GET"): [
        get("sample of a letterhead", lambda side: f"{_head(side)}/sample.pdf")
    ],
}
ROLES = {"finance_clerk": READ, "finance_approver": READ}
