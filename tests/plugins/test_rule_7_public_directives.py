"""Rule 7: plugins use what is public; the generated plugin works as it is."""

import ast
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from babel.messages.extract import extract
from babel.messages.pofile import read_po

from stadtkern.cli.reference import directives_of, is_public, platform, reference
from stadtkern.plugins.scaffold import ScaffoldRefused, write_plugin
from stadtkern.testing.databases import on_sqlite
from stadtkern.testing.plugin import Command

ROOT = Path(__file__).parents[2]
SHIPPED = ("cityguide", "finance", "hr", "participation")


def foreign(folder: Path) -> Iterator[str]:
    """Yield every import from the core that is not public, with file and line."""
    for path in sorted(folder.rglob("*.py")):
        for node in ast.walk(ast.parse(path.read_text("utf-8"))):
            if isinstance(node, ast.Import):
                wanted = [(alias.name, None) for alias in node.names]
            elif isinstance(node, ast.ImportFrom):
                wanted = [(node.module or "", alias.name) for alias in node.names]
            else:
                continue
            for module, name in wanted:
                core = module == "stadtkern" or module.startswith("stadtkern.")
                if core and not is_public(module, name):
                    yield f"{path.relative_to(folder)}:{node.lineno} {module} {name or ''}"


@pytest.mark.parametrize("name", SHIPPED)
def test_shipped_plugins_import_public_names_only(name: str) -> None:
    assert list(foreign(ROOT / "plugins" / name / "src")) == []


def test_the_generated_plugin_imports_public_names_only(tmp_path: Path) -> None:
    target, _files = write_plugin("notices", tmp_path)
    assert list(foreign(target)) == []


def test_the_check_sees_what_is_not_public(tmp_path: Path) -> None:
    (tmp_path / "bad.py").write_text(
        "from stadtkern.content import Content\n"
        "from stadtkern.content.services import Content\n"
        "import stadtkern.app\n"
        "from stadtkern.content import services\n"
        "from stadtkern.forms import fields\n",
        "utf-8",
    )
    assert [line.split()[0] for line in foreign(tmp_path)] == ["bad.py:2", "bad.py:3", "bad.py:4"]


def test_the_reference_is_up_to_date() -> None:
    stored = (ROOT / "docs" / "integrators" / "reference.md").read_text("utf-8")
    assert stored == reference(), (
        "run: python -m stadtkern.cli.reference > docs/integrators/reference.md"
    )


def test_every_directive_is_explained() -> None:
    for name, function in directives_of(platform()).items():
        assert (function.__doc__ or "").strip(), name


@pytest.mark.parametrize("name", ["Notices", "no-tices", "1st", "n", "x" * 40, "../up", "", "ä"])
def test_bad_names_are_refused(tmp_path: Path, name: str) -> None:
    with pytest.raises(ScaffoldRefused, match="cannot be a plugin's name"):
        write_plugin(name, tmp_path)
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("name", ["web", "plugins", "demo", "node", "stadtkern"])
def test_names_of_the_core_are_refused(tmp_path: Path, name: str) -> None:
    with pytest.raises(ScaffoldRefused, match="word of the core"):
        write_plugin(name, tmp_path)


def test_an_existing_folder_is_refused(tmp_path: Path) -> None:
    (tmp_path / "notices").mkdir()
    with pytest.raises(ScaffoldRefused, match="exists already"):
        write_plugin("notices", tmp_path)
    assert list((tmp_path / "notices").iterdir()) == []


@on_sqlite
def test_the_command_says_what_comes_next(stadtkern: Command, tmp_path: Path) -> None:
    done = stadtkern("plugins", "new", "notices", "--folder", str(tmp_path))
    assert done.exit_code == 0
    assert "stadtkern plugins enable notices" in done.stdout
    again = stadtkern("plugins", "new", "notices", "--folder", str(tmp_path))
    assert again.exit_code == 1
    assert "exists already" in again.stderr
    assert stadtkern("plugins", "new").exit_code == 2


@pytest.mark.parametrize("name", ["ab", "notices", "z" + "y" * 30])
def test_the_generated_code_is_clean(tmp_path: Path, name: str) -> None:
    target, _files = write_plugin(name, tmp_path)
    for command in (
        ["ruff", "check", "--no-cache", "."],
        ["ruff", "format", "--no-cache", "--check", "."],
    ):
        done = subprocess.run(
            [sys.executable, "-m", *command],
            cwd=target,
            capture_output=True,
            text=True,
            check=False,
        )
        assert done.returncode == 0, done.stdout + done.stderr


def test_the_generated_code_is_typed(tmp_path: Path) -> None:
    target, _files = write_plugin("notices", tmp_path)
    done = subprocess.run(
        [sys.executable, "-m", "mypy", "--cache-dir", str(ROOT / ".mypy_cache" / "scaffold")],
        cwd=target,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr


def test_every_text_is_translated(tmp_path: Path) -> None:
    """Each text that the templates and modules mark stands in the German catalogue."""
    target, _files = write_plugin("notices", tmp_path)
    with next(target.rglob("*.po")).open("rb") as handle:
        known = {message.id for message in read_po(handle) if message.id and message.string}
    wanted = set()
    for path in (target / "src").rglob("*.py"):
        with path.open("rb") as handle:
            found = extract("python", handle, keywords={"_": None})
            wanted |= {text for _line, text, *_rest in found}
    for path in target.rglob("*.jinja2"):
        wanted |= set(re.findall(r'_\("([^"]+)"\)', path.read_text("utf-8")))
    assert wanted == known


@pytest.mark.parametrize(
    "database",
    ["sqlite", pytest.param("postgresql", marks=pytest.mark.thorough)],
    indirect=True,
)
def test_it_is_built_installed_switched_on_and_off_and_removed(workshop: Any) -> None:
    """The whole life of a generated plugin, by the commands that its reader would type."""
    workshop.run("stadtkern plugins new notices")
    workshop.run("pip wheel -q --no-deps --no-build-isolation -w wheels ./notices")
    shutil.rmtree(workshop.folder / "notices" / "src")
    workshop.run("pip install -q --no-deps wheels/*.whl")
    workshop.run("python -m stadtkern.web.translations")
    assert "db upgrade" in workshop.run("stadtkern plugins doctor", status=1)
    workshop.run("stadtkern db upgrade")
    workshop.run("stadtkern plugins doctor")
    workshop.page("/notices", host="localhost", status=404)

    workshop.run("stadtkern plugins enable notices --tenant demo")
    page = workshop.page("/notices", host="localhost")
    assert "Vorschlag senden" in page
    assert 'href="/notices"' in workshop.page("/", host="localhost")
    assert workshop.run("stadtkern notices suggestions --tenant demo --json").strip() == "[]"

    workshop.run("stadtkern plugins disable notices --tenant demo")
    workshop.page("/notices", host="localhost", status=404)
    workshop.run("stadtkern plugins enable notices --tenant demo")
    workshop.run("pip uninstall -q --yes stadtkern-notices")
    workshop.page("/notices", host="localhost", status=404)
    workshop.run("stadtkern db upgrade")
    workshop.run("stadtkern db check")
    assert "notices" not in workshop.run("stadtkern plugins list --tenant demo")
    workshop.run("stadtkern notices suggestions --tenant demo", status=2)


@on_sqlite
def test_the_tutorial_works(workshop: Any) -> None:
    """Every command and every piece of code of the tutorial, in its order."""
    text = (ROOT / "docs" / "integrators" / "tutorial.md").read_text("utf-8")
    blocks = re.findall(r"^```(\w+)\n(.*?)^```$", text, flags=re.MULTILINE | re.DOTALL)
    package = workshop.folder / "notices" / "src" / "stadtkern_notices"
    said = []
    for language, body in blocks:
        if language == "sh":
            said.append(workshop.run(f"set -e\n{body}"))
        elif language == "python" and body.startswith('"""'):
            (package / "hours.py").write_text(body, "utf-8")
        elif language == "python":
            init = package / "__init__.py"
            init.write_text(init.read_text("utf-8") + body, "utf-8")
            page = workshop.page("/", host="localhost")
            assert "<li>Notices: Mondays</li>" in page
            hours = (package / "hours.py").read_text("utf-8")
            (package / "hours.py").write_text(hours.replace('"footer"', '"foot"'), "utf-8")
            workshop.page("/notices", host="localhost", status=404)
            assert "There is no slot foot" in workshop.run("stadtkern plugins doctor", status=1)
            (package / "hours.py").write_text(hours, "utf-8")
    assert any("10 passed" in output for output in said)
    workshop.page("/notices", host="localhost", status=404)
