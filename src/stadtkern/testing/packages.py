"""Installing what the tests need: from the system's packages as root, else from PyPI."""

import importlib.util
import os
import shutil
import subprocess
import sys
from pathlib import Path

_REQUIREMENTS = Path(__file__).resolve().parents[3] / "requirements"


def apt_install(*packages: str) -> bool:
    """Install Debian packages without questions; return False where that is not possible.

    Only root can, and only where there is apt. Its output is shown when it fails.
    """
    apt = shutil.which("apt-get")
    if apt is None or os.geteuid() != 0:
        return False
    sys.stderr.write(f"  installing {' '.join(packages)} with apt\n")
    environment = {**os.environ, "DEBIAN_FRONTEND": "noninteractive"}
    # An index that could not be renewed may still be good enough.
    subprocess.run(  # noqa: S603 -- apt-get from the PATH
        [apt, "update"], env=environment, capture_output=True, check=False
    )
    done = subprocess.run(  # noqa: S603 -- fixed package names
        [apt, "install", "--yes", "--no-install-recommends", *packages],
        env=environment,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        check=False,
    )
    if done.returncode != 0:
        sys.stderr.write(done.stdout[-2000:])
    return done.returncode == 0


def pip_install(requirements: str) -> bool:
    """Install one of the repository's hashed requirement files, named without folder and ending.

    Returns False outside of a checkout, or when pip fails; pip says why on stderr.
    """
    path = _REQUIREMENTS / f"{requirements}.txt"
    if not path.is_file() or importlib.util.find_spec("pip") is None:
        return False
    sys.stderr.write(f"  installing requirements/{path.name} with pip\n")
    done = subprocess.run(  # noqa: S603 -- our own Python and our own file
        [
            *(sys.executable, "-m", "pip", "install", "-qq", "--disable-pip-version-check"),
            *("--no-deps", "--require-hashes", "-r", str(path)),
        ],
        check=False,
    )
    return done.returncode == 0
