"""GDAL's programs, with which tests read open data as map software does.

Those on the PATH, or Debian's package (when we may install it). There is no other way to have the
programs; where they are missing, tests read with the PyPI package `pyogrio`, which brings the same
library without them.
"""

import argparse
import functools
import shutil
import subprocess
import sys

from stadtkern.testing.packages import apt_install

PROGRAMS = ("ogrinfo", "ogr2ogr")
SECONDS = 60


@functools.cache
def gdal_version() -> str | None:
    """Return the version of GDAL's programs, or None where they are missing or do not run."""
    path = shutil.which(PROGRAMS[0])
    if path is None or shutil.which(PROGRAMS[1]) is None:
        return None
    try:
        done = subprocess.run(  # noqa: S603 -- a program from the PATH
            [path, "--version"], capture_output=True, text=True, timeout=SECONDS, check=True
        )
    except (OSError, subprocess.SubprocessError):
        return None
    return done.stdout.strip()


def ensure_gdal() -> str | None:
    """Return the version of GDAL's programs, installing them where that is possible."""
    if gdal_version() is None and apt_install("gdal-bin"):
        gdal_version.cache_clear()
    return gdal_version()


def main(arguments: list[str] | None = None) -> int:
    """Print GDAL's version; with `--ensure`, install it where it is missing.

    Returns 0 in any case: tests have another way to the library.
    """
    parser = argparse.ArgumentParser(prog="python -m stadtkern.testing.gdal")
    parser.add_argument("--ensure", action="store_true", help="install GDAL if it is missing")
    options = parser.parse_args(arguments)
    found = ensure_gdal() if options.ensure else gdal_version()
    sys.stdout.write(f"{found or 'no GDAL programs; tests use pyogrio instead'}\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
