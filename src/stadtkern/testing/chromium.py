"""The browser that tests drive.

The first that runs of: the one named by `STADTKERN_CHROMIUM`, Chromium or Chrome on the PATH,
Playwright's own. `python -m stadtkern.testing.chromium --ensure` installs one where there is none.
"""

import argparse
import functools
import os
import shutil
import subprocess
import sys

from stadtkern.testing.packages import apt_install

COMMANDS = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
START_SECONDS = 60

# A test's browser asks nobody but the server under test.
LAUNCH_ARGUMENTS: tuple[str, ...] = (
    "--headless",
    # Chromium refuses its sandbox to root; the pages under test are ours.
    *(("--no-sandbox",) if os.geteuid() == 0 else ()),
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
)

# Asked in a process of its own: Playwright runs only once in a process, and the tests need that.
_ASK_PLAYWRIGHT = """
from playwright.sync_api import sync_playwright
with sync_playwright() as playwright:
    print(playwright.chromium.executable_path)
"""


class ChromiumError(RuntimeError):
    """No browser could be found; the message says what to do."""


def _runs(path: str) -> bool:
    """Tell whether the browser at `path` starts; Ubuntu's command may only advertise a snap."""
    try:
        done = subprocess.run(  # noqa: S603 -- a browser that we looked up ourselves
            [path, "--version"], capture_output=True, timeout=START_SECONDS, check=False
        )
    except (OSError, subprocess.SubprocessError):
        return False
    return done.returncode == 0


def _playwright_path() -> str | None:
    """Return where Playwright's own browser is, or None if there is no such file."""
    try:
        done = subprocess.run(  # noqa: S603 -- our own Python
            [sys.executable, "-c", _ASK_PLAYWRIGHT],
            capture_output=True,
            text=True,
            timeout=START_SECONDS,
            check=False,
        )
    except subprocess.TimeoutExpired:
        return None
    path = done.stdout.strip()
    return path if done.returncode == 0 and os.access(path, os.X_OK) else None


@functools.cache
def chromium_path() -> str | None:
    """Return the path of a browser that starts, or None.

    Raises ChromiumError if `STADTKERN_CHROMIUM` names one that does not.
    """
    if named := os.environ.get("STADTKERN_CHROMIUM"):
        if _runs(named):
            return named
        raise ChromiumError(f"STADTKERN_CHROMIUM={named} does not start")
    for command in COMMANDS:
        path = shutil.which(command)
        if path is not None and _runs(path):
            return path
    path = _playwright_path()
    return path if path is not None and _runs(path) else None


def ensure_chromium() -> str:
    """Return the path of a browser, installing one where there is none.

    Raises ChromiumError if none can be had or it does not start.
    """
    if found := chromium_path():
        return found
    if apt_install("chromium"):
        chromium_path.cache_clear()
        if found := chromium_path():
            return found
    sys.stderr.write("  installing Chromium with Playwright\n")
    subprocess.run(
        [sys.executable, "-m", "playwright", "install", "chromium"],
        stdout=subprocess.DEVNULL,
        check=False,
    )
    chromium_path.cache_clear()
    if found := chromium_path():
        return found
    raise ChromiumError(
        "Chromium is missing: install your system's package (Debian: chromium), run"
        " `playwright install --with-deps chromium`, or name a browser in STADTKERN_CHROMIUM"
    )


def main(arguments: list[str] | None = None) -> int:
    """Print the browser's path; with `--ensure`, install one where there is none.

    Returns the exit code: 0, or 1 with the reason on stderr.
    """
    parser = argparse.ArgumentParser(prog="python -m stadtkern.testing.chromium")
    parser.add_argument("--ensure", action="store_true", help="install a browser if none is found")
    options = parser.parse_args(arguments)
    try:
        path = ensure_chromium() if options.ensure else chromium_path()
    except ChromiumError as error:
        sys.stderr.write(f"{error}\n")
        return 1
    if path is None:
        sys.stderr.write("no Chromium found; --ensure installs one\n")
        return 1
    sys.stdout.write(f"Chromium at {path}\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
