"""Lighthouse 12 on the front page, a page and a list: mobile, median of 3.

Installs the npm package below ``var/lighthouse`` on its first run; needs Chromium.
"""

import json
import os
import shutil
import statistics
import subprocess
import sys

from serving import ROOT, town

from stadtkern.testing.chromium import LAUNCH_ARGUMENTS, chromium_path

FOLDER = ROOT / "var" / "lighthouse"
CATEGORIES = ("performance", "accessibility", "best-practices", "seo")


def command() -> list[str] | None:
    """Return how to call Lighthouse, or None where it cannot be had."""
    npm = shutil.which("npm")
    if npm is None or chromium_path() is None:
        return None
    tool = FOLDER / "node_modules" / ".bin" / "lighthouse"
    if not tool.exists():
        FOLDER.mkdir(parents=True, exist_ok=True)
        subprocess.run(
            [npm, "install", "--prefix", str(FOLDER), "--ignore-scripts", "lighthouse@12"],
            check=True,
            stdout=subprocess.DEVNULL,
        )
    return [str(tool)]


def main() -> None:
    """Run and print."""
    call = command()
    if call is None:
        print("skipped: needs npm and Chromium")
        return
    flags = " ".join(LAUNCH_ARGUMENTS)
    if "--headless" not in flags:
        flags = f"--headless {flags}"
    env = os.environ | {"CHROME_PATH": str(chromium_path())}
    with town() as (site, _pid):
        for path in ("/", "/rathaus-service", "/aktuelles", "/guide"):
            scores: dict[str, list[float]] = {name: [] for name in CATEGORIES}
            for _round in range(3):
                run = subprocess.run(
                    [
                        *call,
                        site + path,
                        "--quiet",
                        "--output=json",
                        "--output-path=stdout",
                        f"--only-categories={','.join(CATEGORIES)}",
                        f"--chrome-flags={flags}",
                    ],
                    env=env,
                    capture_output=True,
                    text=True,
                    check=False,
                )
                if run.returncode:
                    print(run.stderr[-500:], file=sys.stderr)
                    raise SystemExit(1)
                report = json.loads(run.stdout)
                for name in CATEGORIES:
                    scores[name].append(report["categories"][name]["score"] or 0)
            line = "  ".join(f"{name} {statistics.median(scores[name]):.2f}" for name in CATEGORIES)
            print(f"{path:20} {line}")


if __name__ == "__main__":
    main()
