"""Probes of the treasury's pages: accounts and rates."""

from security_probes import Probe, get, post
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
}
EDIT = READ | {("finance.rates", "POST")}
PROBES: dict[tuple[str, str], list[Probe]] = {
    ("finance.accounts", "GET"): [get("accounts", lambda _side: ACCOUNTS)],
    ("finance.account", "GET"): [get("account", _account)],
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
