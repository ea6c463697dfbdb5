"""Throw-away plugins: made in the process, or written to a folder as if pip had installed them."""

import gc
import os
import subprocess
import sys
import sysconfig
import textwrap
import venv
from collections.abc import Callable, Iterator
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest
from pyramid.config import Configurator

from stadtkern.db import metadata
from stadtkern.plugins import Plugin
from stadtkern.plugins.plugin import Installed
from stadtkern.testing.databases import TestDatabase

Include = Callable[[Configurator], None]
MakePlugin = Callable[..., Installed]
WritePackage = Callable[..., Path]


@pytest.fixture
def make_plugin(monkeypatch: pytest.MonkeyPatch) -> MakePlugin:
    """Return a function that makes a plugin out of an ``includeme``."""

    def make(name: str, includeme: Include = lambda _config: None, **kw: Any) -> Installed:
        package = f"stadtkern_{name}"
        plugin = Plugin(name=name, title=name.title(), **kw)
        module = ModuleType(package)
        module.__file__ = __file__
        module.__path__ = []
        module.includeme = includeme  # type: ignore[attr-defined]
        module.plugin = plugin  # type: ignore[attr-defined]
        monkeypatch.setitem(sys.modules, package, module)
        return Installed(
            name=name, package=package, distribution=package, version="1.0", plugin=plugin
        )

    return make


@pytest.fixture
def write_package(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[WritePackage]:
    """Return a function that installs a plugin's package; it is gone after the test.

    ``write_package("name", {"models.py": …}, init="…")``: ``init`` follows ``plugin = Plugin(…)``,
    whose further keywords ``keywords`` holds.
    """
    written: list[str] = []
    before = set(metadata.tables)

    def write(
        name: str,
        files: dict[str, str] | None = None,
        *,
        init: str = "def includeme(config): pass",
        keywords: str = "",
        before: str = "",
        distribution: str | None = None,
        package: str | None = None,
    ) -> Path:
        package = package or f"stadtkern_{name}"
        site = tmp_path / f"site-{distribution or package}"
        folder = site / package
        folder.mkdir(parents=True)
        body = (
            f"{textwrap.dedent(before)}\nfrom stadtkern.plugins import Plugin\n"
            f"plugin = Plugin(name={name!r}, title={name!r}, {keywords})\n{textwrap.dedent(init)}\n"
        )
        for path, text in ({"__init__.py": body} | (files or {})).items():
            target = folder / path
            target.parent.mkdir(parents=True, exist_ok=True)
            target.write_text(textwrap.dedent(text), "utf-8")
        info = site / f"{distribution or package}-1.0.dist-info"
        info.mkdir()
        (info / "METADATA").write_text(
            f"Metadata-Version: 2.1\nName: {distribution or package}\nVersion: 1.0\n", "utf-8"
        )
        (info / "entry_points.txt").write_text(
            f"[stadtkern.plugins]\n{name} = {package}:plugin\n", "utf-8"
        )
        monkeypatch.syspath_prepend(site)
        written.append(package)
        return site

    yield write
    for package in written:
        for module in [key for key in sys.modules if key.partition(".")[0] == package]:
            del sys.modules[module]
    for table in [table for table in metadata.tables.values() if table.name not in before]:
        metadata.remove(table)
    gc.collect()  # their declarative bases, which nothing refers to any more


class Workshop:
    """A folder with a virtual environment over the one that runs the tests, to install into."""

    def __init__(self, folder: Path, environment: dict[str, str], settings: dict[str, Any]) -> None:
        self.folder = folder
        venv.create(folder / "env", with_pip=False)
        self.bin = folder / "env" / "bin"
        site = next((folder / "env" / "lib").glob("python3*/site-packages"))
        # What is installed here is found as well, its editable packages included.
        (site / "below.pth").write_text(
            f"import site; site.addsitedir({sysconfig.get_path('purelib')!r})\n", "utf-8"
        )
        for name, start in {
            "stadtkern": "from stadtkern.cli import main",
            "pip": "from pip._internal.cli.main import main",
        }.items():
            script = self.bin / name
            script.write_text(
                f"#!{self.bin / 'python'}\nimport sys\n{start}\nsys.exit(main())\n", "utf-8"
            )
            script.chmod(0o755)
        lines = [f"{name} = {value}" for name, value in settings.items()]
        (folder / "development.ini").write_text(
            "\n".join(["[app:main]", "use = egg:stadtkern", *lines, ""]), "utf-8"
        )
        self.environment = {
            "PATH": f"{self.bin}:{os.environ['PATH']}",
            "HOME": str(folder),
            "PYTHONWARNINGS": "ignore",
            "PIP_NO_INDEX": "1",
            "PIP_DISABLE_PIP_VERSION_CHECK": "1",
            "PIP_ROOT_USER_ACTION": "ignore",
            **environment,
        }

    def run(self, command: str, *, status: int = 0) -> str:
        """Run a shell command in the folder; return what it printed, errors included."""
        done = subprocess.run(
            ["bash", "-c", command],
            cwd=self.folder,
            env=self.environment,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            check=False,
        )
        assert done.returncode == status, f"{command}\n{done.stdout}"
        return done.stdout

    def page(self, path: str, *, host: str, status: int = 200) -> str:
        """Ask an application of this environment for a page; return its HTML."""
        script = (
            "import webtest\n"
            "from stadtkern.app import main\n"
            "from stadtkern.cli import load_settings\n"
            "app = webtest.TestApp(main(None, **load_settings('development.ini')),"
            f" extra_environ={{'HTTP_HOST': {host!r}}})\n"
            f"answer = app.get({path!r}, status={status})\n"
            "print(answer.text)\n"
        )
        (self.folder / "ask.py").write_text(script, "utf-8")
        return self.run("python ask.py")


@pytest.fixture
def workshop(database: TestDatabase, settings: dict[str, Any], tmp_path: Path) -> Workshop:
    """Return an environment of its own over the test's database, with the tenant ``demo``."""
    made = Workshop(tmp_path, database.environment, settings)
    made.run("stadtkern tenants add demo --host localhost --name Demo --ags 06439015")
    return made
