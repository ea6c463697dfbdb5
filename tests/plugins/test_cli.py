"""``stadtkern plugins list|enable|disable|doctor``."""

import json
from pathlib import Path
from typing import Any

import pytest

from stadtkern.testing.databases import on_sqlite
from stadtkern.testing.plugin import Command
from stadtkern.testing.town import Town

pytestmark = on_sqlite


def test_list_says_what_is_installed(stadtkern: Command, write_package: Any) -> None:
    write_package("fine")
    write_package("broken", init="raise LookupError('nothing there')")
    result = stadtkern("plugins", "list", "--json")
    assert result.exit_code == 0
    rows = {row["name"]: row for row in json.loads(result.stdout)}
    assert rows["fine"] == {
        "name": "fine",
        "distribution": "stadtkern_fine",
        "version": "1.0",
        "state": "working",
        "problem": None,
    }
    assert rows["broken"]["state"] == "quarantined"
    assert "LookupError: nothing there" in rows["broken"]["problem"]
    assert "quarantined" in stadtkern("plugins", "list").stdout


def test_enable_list_disable(stadtkern: Command, write_package: Any, town: Town) -> None:
    write_package("fine")

    def enabled() -> bool:
        result = stadtkern("plugins", "list", "--tenant", town.slug, "--json")
        assert result.exit_code == 0
        return next(row["enabled"] for row in json.loads(result.stdout) if row["name"] == "fine")

    assert enabled() is False
    done = stadtkern("plugins", "enable", "fine", "--tenant", town.slug, "--json")
    assert done.exit_code == 0
    assert json.loads(done.stdout)["changed"] is True
    assert enabled() is True
    again = stadtkern("plugins", "enable", "fine", "--tenant", town.slug)
    assert (again.exit_code, again.stdout) == (0, f"fine is already switched on in {town.slug}.\n")
    assert "on" in stadtkern("plugins", "list", "--tenant", town.slug).stdout
    done = stadtkern("plugins", "disable", "fine", "--tenant", town.slug)
    assert done.exit_code == 0
    assert enabled() is False


@pytest.mark.parametrize("verb", ["enable", "disable"])
def test_what_is_refused(stadtkern: Command, town: Town, verb: str) -> None:
    result = stadtkern("plugins", verb, "nowhere", "--tenant", town.slug)
    assert (result.exit_code, result.stdout) == (1, "")
    assert "There is no plugin “nowhere”." in result.stderr
    result = stadtkern("plugins", verb, "finance", "--tenant", "nowhere")
    assert result.exit_code == 1
    assert "There is no tenant “nowhere”" in result.stderr
    assert stadtkern("plugins", verb, "finance").exit_code == 2
    assert stadtkern("plugins", verb).exit_code == 2


def test_the_doctor_is_content(stadtkern: Command) -> None:
    result = stadtkern("plugins", "doctor")
    assert result.exit_code == 0, result.output
    assert "installed plugins work." in result.stdout


def test_the_doctor_without_tables(
    stadtkern: Command, write_package: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    write_package("broken", init="raise LookupError('nothing there')")
    monkeypatch.setenv("STADTKERN_DATABASE_URL", f"sqlite:///{tmp_path / 'empty.sqlite'}")
    result = stadtkern("plugins", "doctor")
    assert result.exit_code == 1
    assert "LookupError: nothing there" in result.stdout
    assert "stadtkern db upgrade" in result.stdout


def test_the_doctor_without_a_database(
    stadtkern: Command, write_package: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    write_package("broken", init="raise LookupError('nothing there')")
    monkeypatch.setenv("STADTKERN_DATABASE_URL", "postgresql://nobody@127.0.0.1:1/nowhere")
    result = stadtkern("plugins", "doctor", "--json")
    assert result.exit_code == 1
    report = json.loads(result.stdout)
    assert "database cannot be asked" in report["note"]
    assert any("nothing there" in (row["problem"] or "") for row in report["plugins"])


def test_only_allowed_plugins(stadtkern: Command, write_package: Any, settings: Any) -> None:
    write_package("fine")
    ini = Path(settings["stadtkern.files"]).parent / "few.ini"
    lines = [f"{name} = {value}" for name, value in settings.items()]
    text = ["[app:main]", "use = egg:stadtkern", *lines, "stadtkern.plugins = fine", ""]
    ini.write_text("\n".join(text), "utf-8")
    result = stadtkern("-c", str(ini), "plugins", "list", "--json")
    assert [row["name"] for row in json.loads(result.stdout)] == ["fine"]
