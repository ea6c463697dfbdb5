"""The operator's commands for tenants."""

import json

import pytest

from stadtkern.testing.databases import on_sqlite

ADD = (
    "tenants", "add", "wehrheim", "--host", "wehrheim.example", "--name", "Wehrheim",
    "--ags", "06434011",
)  # fmt: skip


@pytest.fixture(autouse=True)
def _core_only(settings) -> None:
    # Installed plugins make no difference here.
    settings["stadtkern.plugins"] = ""


def test_a_new_tenant_serves_at_once(stadtkern, town) -> None:
    result = stadtkern(*ADD, "--json")
    assert result.exit_code == 0
    assert json.loads(result.stdout) == {"slug": "wehrheim", "host": "wehrheim.example"}
    answer = town.raw("/", host="wehrheim.example")
    assert answer.status_int == 200
    assert "Wehrheim" in answer.text
    assert town.raw("/en", host="wehrheim.example").status_int == 200


def test_the_list_names_hosts_canonical_ones_first(stadtkern) -> None:
    stadtkern(*ADD)
    stadtkern("tenants", "alias", "wehrheim", "--host", "a.example")
    rows = json.loads(stadtkern("tenants", "list", "--json").stdout)
    assert rows == [
        {
            "slug": "wehrheim",
            "name": "Wehrheim",
            "ags": "06434011",
            "status": "active",
            "locales": ["de", "en"],
            "hosts": ["wehrheim.example", "a.example"],
        }
    ]
    table = stadtkern("tenants", "list").stdout
    assert table.splitlines()[0].split() == ["slug", "name", "ags", "status", "hosts"]
    assert "wehrheim.example, a.example" in table


def test_suspend_and_resume(stadtkern, town) -> None:
    assert stadtkern("tenants", "suspend", town.slug).exit_code == 0
    town.get("/", status=503)
    assert stadtkern("tenants", "resume", town.slug).exit_code == 0
    town.get("/")


def test_an_alias_redirects(stadtkern, town) -> None:
    assert stadtkern("tenants", "alias", town.slug, "--host", "www.m.example").exit_code == 0
    assert town.raw("/x", host="www.m.example").location == "http://musterstadt.example/x"


@on_sqlite
@pytest.mark.parametrize(
    ("change", "reason"),
    [
        ({2: "Wehrheim!"}, "short name"),
        ({2: "musterstadt"}, "already"),
        ({4: "https://wehrheim.example"}, "host name"),
        ({4: "wehrheim.example:80"}, "host name"),
        ({4: "musterstadt.example"}, "belongs to a tenant already"),
        ({6: " "}, "name is missing"),
        ({6: "W" * 201}, "200 characters"),
        ({8: "6434011"}, "AGS"),
        ({8: "٠٦٤٣٤٠١١"}, "AGS"),
    ],
)
def test_a_refusal_names_the_reason_and_stores_nothing(stadtkern, town, change, reason) -> None:
    before = stadtkern("tenants", "list", "--json").stdout
    arguments = [change.get(index, word) for index, word in enumerate(ADD)]
    result = stadtkern(*arguments)
    assert result.exit_code == 1
    assert reason in result.stderr
    assert result.stdout == ""
    assert stadtkern("tenants", "list", "--json").stdout == before


@on_sqlite
@pytest.mark.parametrize("verb", ["suspend", "resume", "alias"])
def test_an_unknown_tenant_is_refused(stadtkern, verb) -> None:
    more = ("--host", "x.example") if verb == "alias" else ()
    result = stadtkern("tenants", verb, "nirgendwo", *more)
    assert result.exit_code == 1
    assert "nirgendwo" in result.stderr


@on_sqlite
@pytest.mark.parametrize(
    "arguments",
    [("tenants", "add", "x"), ("tenants", "fly"), ("tenants", "list", "--xml"), ("nosuchroom",)],
)
def test_wrong_use_is_exit_code_2(stadtkern, arguments) -> None:
    result = stadtkern(*arguments)
    assert result.exit_code == 2
    assert "Usage" in result.stderr


@on_sqlite
def test_a_missing_settings_file_is_refused(stadtkern) -> None:
    result = stadtkern("-c", "nirgends.ini", "tenants", "list")
    assert result.exit_code == 1
    assert "nirgends.ini" in result.stderr
