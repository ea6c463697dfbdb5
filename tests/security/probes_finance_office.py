"""Probes of the treasury's pages: accounts and rates."""

from security_probes import Probe, column, get, post
from security_side import Side
from security_world import World

ACCOUNTS, RATES = "/admin/finance/accounts", "/admin/finance/rates"


def _account(side: Side) -> str:
    return f"{ACCOUNTS}/{side.ids['finance_account']}"


def _taken_back(world: World) -> bool:
    return not world.rows("finance_rate", tenant_id=world.victim.town.tenant_id)


READ = {
    ("finance.accounts", "GET"),
    ("finance.account", "GET"),
    ("finance.rates", "GET"),
    ("finance.simulation", "GET"),
    ("finance.accounts.table", "POST"),
}
EDIT = READ | {("finance.rates", "POST")}
PROBES: dict[tuple[str, str], list[Probe]] = {
    ("finance.accounts", "GET"): [get("accounts", lambda _side: ACCOUNTS)],
    ("finance.account", "GET"): [get("account", _account)],
    ("finance.accounts.table", "POST"): [
        post(
            "table of accounts",
            lambda _side: f"{ACCOUNTS}.xlsx",
            lambda _side: [],
            column("audit_entry", "deed", "finance.table"),
            unwalled="the answer is packed: names are not seen in its bytes",
        )
    ],
    ("finance.simulation", "GET"): [
        get(
            "simulation",
            lambda _side: "/admin/finance/simulation?tax=grundsteuer_c&percent=500&year=2026",
            unwalled="sums of accounts; no word of theirs is in the answer",
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
