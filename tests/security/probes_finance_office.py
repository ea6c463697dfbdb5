"""Probes of the treasury's pages: accounts and rates."""

from security_probes import Probe, column, get, post
from security_side import Side
from security_world import World

ACCOUNTS, RATES = "/admin/finance/accounts", "/admin/finance/rates"
PEOPLE = "/admin/finance/people"
RUNS, RECONCILE = "/admin/finance/runs", "/admin/finance/reconcile"
PACKED = "the answer is packed: names are not seen in its bytes"


def _account(side: Side) -> str:
    return f"{ACCOUNTS}/{side.ids['finance_account']}"


def _run(side: Side) -> str:
    return f"{RUNS}/{side.ids['finance_run']}"


def _taken_back(world: World) -> bool:
    return not world.rows("finance_rate", tenant_id=world.victim.town.tenant_id)


READ = {
    ("finance.accounts", "GET"),
    ("finance.account", "GET"),
    ("finance.rates", "GET"),
    ("finance.simulation", "GET"),
    ("finance.accounts.table", "POST"),
    ("finance.runs", "GET"),
    ("finance.run", "GET"),
    ("finance.run.table", "POST"),
    ("finance.reconcile", "GET"),
    ("finance.reconcile.table", "POST"),
    ("finance.followups", "GET"),
    ("finance.people", "GET"),
    ("finance.followups.table", "POST"),
    ("finance.notices.table", "POST"),
    ("finance.batch.table", "POST"),
    ("finance.rejected.table", "POST"),
}
EDIT = READ | {
    ("finance.rates", "POST"),
    ("finance.runs", "POST"),
    ("finance.run", "POST"),
    ("finance.account.add", "GET"),
    ("finance.account.add", "POST"),
    ("finance.account.deed", "POST"),
    ("finance.people", "POST"),
}
PROBES: dict[tuple[str, str], list[Probe]] = {
    ("finance.accounts", "GET"): [get("accounts", lambda _side: ACCOUNTS)],
    ("finance.account", "GET"): [get("account", _account)],
    ("finance.accounts.table", "POST"): [
        post(
            "table of accounts",
            lambda _side: f"{ACCOUNTS}.xlsx",
            lambda _side: [],
            column("audit_entry", "deed", "finance.table"),
            unwalled=PACKED,
        )
    ],
    ("finance.followups.table", "POST"): [
        post(
            "table of follow-ups",
            lambda _side: "/admin/finance/follow-ups.xlsx",
            lambda _side: [],
            column("audit_entry", "deed", "finance.table"),
            unwalled=PACKED,
        )
    ],
    ("finance.notices.table", "POST"): [
        post(
            "table of notices",
            lambda _side: "/admin/finance/notices.xlsx",
            lambda _side: [],
            column("audit_entry", "deed", "finance.table"),
            unwalled=PACKED,
        )
    ],
    ("finance.batch.table", "POST"): [
        post(
            "table of a batch",
            lambda _side: "/admin/finance/batches/1.xlsx",
            lambda _side: [],
            column("audit_entry", "deed", "finance.table"),
            unwalled=PACKED,
        )
    ],
    ("finance.rejected.table", "POST"): [
        post(
            "table of rejected bookings",
            lambda _side: "/admin/finance/rejected.xlsx",
            lambda _side: [],
            column("audit_entry", "deed", "finance.table"),
            unwalled=PACKED,
        )
    ],
    ("finance.simulation", "GET"): [
        get(
            "simulation",
            lambda _side: "/admin/finance/simulation?tax=grundsteuer_c&percent=500&year=2026",
            unwalled="sums of accounts; no word of theirs is in the answer",
        )
    ],
    ("finance.followups", "GET"): [get("follow-ups", lambda _side: "/admin/finance/follow-ups")],
    ("finance.people", "GET"): [get("deputies", lambda _side: PEOPLE)],
    ("finance.people", "POST"): [
        post(
            "name a deputy",
            lambda _side: PEOPLE,
            lambda side: [
                ("do", "deputy"),
                ("person", str(side.member.id)),
                ("__start__", "deputy:mapping"),
                ("first_day", "2031-01-01"),
                ("last_day", "2031-01-02"),
                ("__end__", "deputy:mapping"),
            ],
            column("finance_deputy", "first_day", lambda day: str(day).startswith("2031")),
            unwalled="only adds a row for whoever asks",
        )
    ],
    ("finance.account.add", "GET"): [get("add a note", lambda side: f"{_account(side)}/add/note")],
    ("finance.account.add", "POST"): [
        post(
            "add a note",
            lambda side: f"{_account(side)}/add/note",
            lambda _side: [("text", "angefügt")],
            column("finance_note", "text", "angefügt"),
        )
    ],
    ("finance.account.deed", "POST"): [
        post(
            "tick a follow-up off",
            lambda side: f"{_account(side)}/deed",
            lambda side: [("id", str(side.ids["finance_follow_up"])), ("do", "done")],
            column("finance_follow_up", "done_at", lambda value: value is not None),
        )
    ],
    ("finance.runs", "GET"): [
        get("runs", lambda _side: RUNS, unwalled="years, states and numbers, no word of a town's")
    ],
    ("finance.runs", "POST"): [
        post(
            "start a run",
            lambda _side: RUNS,
            lambda _side: [("kind", "property"), ("year", "2033")],
            column("finance_run", "year", 2033),
            unwalled="begins a run of the asker's own town",
        )
    ],
    ("finance.run", "GET"): [get("run", _run)],
    ("finance.run", "POST"): [
        post(
            "discard a run",
            _run,
            lambda _side: [("do", "discard")],
            column("finance_run", "state", "discarded", "finance_run"),
        )
    ],
    ("finance.run.table", "POST"): [
        post(
            "table of a run",
            lambda side: f"{_run(side)}.xlsx",
            lambda _side: [],
            column("audit_entry", "kind", "finance_run"),
            unwalled=PACKED,
        )
    ],
    ("finance.reconcile", "GET"): [
        get("comparison", lambda side: f"{RECONCILE}?delivery={side.ids['finance_delivery']}")
    ],
    ("finance.reconcile.table", "POST"): [
        post(
            "table of a comparison",
            lambda _side: f"{RECONCILE}.xlsx",
            lambda side: [("delivery", str(side.ids["finance_delivery"]))],
            column("audit_entry", "deed", "finance.table"),
            unwalled=PACKED,
        )
    ],
    ("finance.rates", "GET"): [get("rates", lambda _side: RATES)],
    ("finance.rates", "POST"): [
        post(
            "take a resolution back",
            lambda _side: RATES,
            lambda side: [("id", str(side.ids["finance_rate"])), ("do", "remove")],
            _taken_back,
        )
    ],
}
ROLES = {"finance_clerk": EDIT, "finance_approver": EDIT}
