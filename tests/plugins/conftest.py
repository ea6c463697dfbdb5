"""Throw-away plugins: made in the process, or written to a folder as if pip had installed them."""

import gc
import sys
import textwrap
from collections.abc import Callable, Iterator
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest
from pyramid.config import Configurator

from stadtkern.db import metadata
from stadtkern.plugins import Plugin
from stadtkern.plugins.plugin import Installed

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
