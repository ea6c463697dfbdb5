"""Whom limits count: nobody gets around them within the addresses of one household."""

from pathlib import Path
from typing import Any

import pytest

import stadtkern
from stadtkern.testing.databases import on_sqlite
from stadtkern.testing.town import Town
from stadtkern.web.limits import network_of


@pytest.mark.parametrize(
    ("address", "expected"),
    [
        ("192.0.2.7", "192.0.2.7"),
        ("2001:db8:1:2:3:4:5:6", "2001:db8:1:2::/64"),
        ("2001:db8:1:2:ffff::", "2001:db8:1:2::/64"),
        ("2001:db8:1:3::1", "2001:db8:1:3::/64"),
        ("::ffff:192.0.2.7", "192.0.2.7"),
        ("nonsense", "nonsense"),
        (None, ""),
    ],
)
def test_an_ipv6_household_counts_as_one(address: str | None, expected: str) -> None:
    assert network_of(address) == expected


class Noted:
    """A limiter that lets everything pass and notes what was counted."""

    def __init__(self) -> None:
        self.seen: dict[str, list[str]] = {}

    def hit(self, _rate: Any, name: str, hashed: str) -> bool:
        """Note a use; it is always within the limit."""
        self.seen.setdefault(name, []).append(hashed)
        return True


WAYS = [
    ("login", "POST", "/login", {"mail": "a@people.example", "password": "x"}),
    ("reset", "POST", "/account/reset", {"mail": "a@people.example"}),
    ("reset.mail", "POST", "/account/reset", {"mail": "a@people.example"}),
    ("reset.code", "POST", "/account/reset/code", {"code": "x"}),
    ("submission", "POST", "/fragen", {"page_token": "x"}),
    ("submission.status", "POST", "/formular-status", {"reference": "F-1", "code": "x"}),
    ("barrier", "POST", "/barriere-melden", {"description": ""}),
    ("preview", "GET", "/preview/" + "x" * 32, None),
    ("search", "GET", "/suche?q=wasserrutsche", None),
    ("search", "GET", "/suche/feed.atom?q=wasserrutsche", None),
    ("api.strangers", "GET", "/api/v1/nodes", None),
    ("subscriptions ask", "POST", "/abonnieren", {"mail": "x"}),
    ("subscriptions code", "POST", "/abonnieren/code", {"code": "x"}),
    ("subscriptions ask", "POST", "/abonnieren/verwalten", {"mail": "x"}),
]


@on_sqlite
def test_limits_count_the_network_of_a_stranger(town: Town) -> None:
    question = {"id": "aaaa", "type": "form_field", "version": 1}
    question |= {"data": {"label": "Name", "kind": "line", "required": True}}
    town.add("form", "Fragen", slug="fragen", fields={"keep_days": 30}, blocks=[question])
    # Pages that are kept would be answered before anybody is counted.
    browser = town.browser
    for name, method, path, fields in WAYS:
        noted = town.registry["rate_limiter"] = Noted()
        for address in ("2001:db8:1:2::1", "2001:db8:1:2:abcd::2", "2001:db8:1:3::1", "192.0.2.1"):
            browser.extra_environ["REMOTE_ADDR"] = address
            if method == "POST":
                town.post(path, fields, status="*")
            else:
                town.get(f"{path}-{address}" if "?q=" in path else path, status="*")
        first, same, other, fourth = noted.seen[name]
        assert first == same, path
        assert len({first, other, fourth}) == 3, path


def test_nothing_else_asks_for_the_bare_address() -> None:
    """Who counts strangers asks for ``request.network``; one place knows the address."""
    root = Path(stadtkern.__file__).parent
    files = [*root.rglob("*.py"), *(root.parents[1] / "plugins").rglob("*.py")]
    found = {file.name for file in files if "remote_addr" in file.read_text("utf-8")}
    assert found == {"limits.py"}
