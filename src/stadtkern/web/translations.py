"""Compile the catalogues: ``python -m stadtkern.web.translations``.

Finds every ``locale/<language>/LC_MESSAGES/*.po`` of the core and of installed plugins and
writes the ``.mo`` beside it where that one is older. Compiled catalogues are built files.
"""

import sys
from importlib.metadata import entry_points
from importlib.util import find_spec
from pathlib import Path

from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po


def locale_dirs() -> list[Path]:
    """Return the ``locale`` folders of the core and of installed plugins."""
    packages = ["stadtkern"]
    packages += [
        point.module.partition(".")[0] for point in entry_points(group="stadtkern.plugins")
    ]
    folders = []
    for package in packages:
        spec = find_spec(package)
        if spec is not None and spec.submodule_search_locations:
            folders.append(Path(next(iter(spec.submodule_search_locations))) / "locale")
    return [folder for folder in folders if folder.is_dir()]


def compile_all() -> int:
    """Compile what is older than its source; return how many catalogues were written."""
    written = 0
    for folder in locale_dirs():
        for source in sorted(folder.glob("*/LC_MESSAGES/*.po")):
            target = source.with_suffix(".mo")
            if target.exists() and target.stat().st_mtime >= source.stat().st_mtime:
                continue
            with source.open("rb") as handle:
                catalogue = read_po(handle, locale=source.parent.parent.name)
            with target.open("wb") as handle:
                write_mo(handle, catalogue)
            written += 1
    return written


if __name__ == "__main__":
    sys.stdout.write(f"{compile_all()} catalogue(s) compiled\n")
