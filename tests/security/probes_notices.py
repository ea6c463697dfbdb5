"""Probes of notices: the list, one of them, letterheads."""

from datetime import date

from security_probes import NO_ROWS, Probe, column, get, post
from security_side import Ask, Fields, Side
from security_world import World

NOTICES = "/admin/finance/notices"
HEADS = "/admin/finance/letterheads"
PILES = "/admin/finance/piles"
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


def _open(_world: World, victim: Side, _me: Side) -> Ask:
    # Whoever has the letter may: the code is the proof, no session is used.
    fields = [("number", victim.paths["finance_number"]), ("code", victim.paths["finance_code"])]
    return Ask("/finance/notice", fields, machine=True)


def _piled(world: World) -> bool:
    return len(world.rows("finance_pile", tenant_id=world.victim.town.tenant_id)) > 1


READ = {
    ("finance.notice.explained", "GET"),
    ("finance.piles", "GET"),
    ("finance.piles", "POST"),
    ("finance.pile", "GET"),
    ("finance.pile", "POST"),
    ("finance.pile.file", "POST"),
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
    ("finance.notice.explained", "GET"): [get("notice explained", _notice("piled", "/explained"))],
    ("finance.open", "GET"): [
        get("form for a code", lambda _side: "/finance/notice", login=False, unwalled=NO_ROWS)
    ],
    ("finance.open", "POST"): [
        Probe(
            "notice by its code",
            _open,
            column("finance_notice", "code_used_at", bool, "finance_piled"),
            login=False,
        )
    ],
    ("finance.piles", "GET"): [
        get("piles", lambda _side: PILES, unwalled="shows numbers, days and sums only")
    ],
    ("finance.piles", "POST"): [
        post(
            "make a pile",
            lambda _side: PILES,
            lambda _side: [],
            _piled,
        )
    ],
    ("finance.pile", "GET"): [get("one pile", lambda _side: f"{PILES}/1")],
    ("finance.pile", "POST"): [
        post(
            "note the day of posting",
            lambda _side: f"{PILES}/1",
            lambda side: [("day", side.town.tenant.today().isoformat())],
            column("finance_pile", "state", "posted"),
        )
    ],
    ("finance.pile.file", "POST"): [
        post(
            "archive of a pile",
            lambda _side: f"{PILES}/1/file",
            lambda _side: [],
            column("audit_entry", "deed", "finance.pile_file"),
            unwalled="a town's piles are numbered from 1: the address names the asker's own",
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
PUBLIC = {"finance.open"}
ROLES = {"finance_clerk": READ, "finance_approver": READ}
