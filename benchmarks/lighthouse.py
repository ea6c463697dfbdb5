"""Lighthouse 12 on a page of each kind: mobile, median of 3, beside the city guide's gates.

First the scores of the front page, a page, a list and the guide. Then what a visitor's phone waits
for and loads in the first view of the guide, of a tour and of a place: simulated slow 4G and a
processor four times slower. The simulation starts from what was really measured, so that other
work on the machine makes all times longer: run it when the machine is quiet.
``python benchmarks/lighthouse.py [PATH…]`` measures the first views of these pages only.
Installs the npm package below ``var/lighthouse`` on its first run; needs Chromium.
"""

from __future__ import annotations

import json
import os
import re
import shutil
import statistics
import subprocess
import sys
from collections.abc import Iterable
from typing import Any

from serving import ROOT, fetch, town

from stadtkern.testing.chromium import LAUNCH_ARGUMENTS, chromium_path

FOLDER = ROOT / "var" / "lighthouse"
CATEGORIES = ("performance", "accessibility", "best-practices", "seo")
ROUNDS = 3
GATES = {"FCP s": 1.2, "LCP s": 1.8, "TBT ms": 100, "CLS": 0.05, "all KiB": 150, "JS KiB": 15}
"""The guide's first view at most."""


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


def report_of(call: list[str], url: str, categories: Iterable[str]) -> Any:
    """Return Lighthouse's report of one visit with an empty cache."""
    flags = " ".join(LAUNCH_ARGUMENTS)
    if "--headless" not in flags:
        flags = f"--headless {flags}"
    run = subprocess.run(
        [
            *call,
            url,
            "--quiet",
            "--output=json",
            "--output-path=stdout",
            f"--only-categories={','.join(categories)}",
            f"--chrome-flags={flags}",
        ],
        env=os.environ | {"CHROME_PATH": str(chromium_path())},
        capture_output=True,
        text=True,
        check=False,
    )
    if run.returncode:
        print(run.stderr[-500:], file=sys.stderr)
        raise SystemExit(1)
    return json.loads(run.stdout)


def first_view(report: Any) -> dict[str, float]:
    """Return what the gates are about."""
    audits = report["audits"]

    def value(name: str) -> float:
        return float(audits[name]["numericValue"])

    requests = audits["network-requests"]["details"]["items"]
    scripts = sum(one["transferSize"] for one in requests if one.get("resourceType") == "Script")
    return {
        "FCP s": value("first-contentful-paint") / 1000,
        "LCP s": value("largest-contentful-paint") / 1000,
        "TBT ms": value("total-blocking-time"),
        "CLS": value("cumulative-layout-shift"),
        "all KiB": value("total-byte-weight") / 1024,
        "JS KiB": scripts / 1024,
    }


def guide_pages(site: str) -> list[str]:
    """Return the guide's address with those of its first tour and its first place."""
    html = fetch(f"{site}/guide").decode()
    found = [
        re.search(rf'aria-labelledby="{kind}".*?<li.*?<a href="([^"]+)"', html, re.DOTALL)
        for kind in ("tours", "places")
    ]
    return ["/guide", *(one.group(1) for one in found if one is not None)]


def main() -> None:
    """Run and print."""
    call = command()
    if call is None:
        print("skipped: needs npm and Chromium")
        return
    with town() as (site, _pid):
        for path in () if sys.argv[1:] else ("/", "/rathaus-service", "/aktuelles", "/guide"):
            runs = [report_of(call, site + path, CATEGORIES) for _round in range(ROUNDS)]
            scores = {
                name: statistics.median(run["categories"][name]["score"] or 0 for run in runs)
                for name in CATEGORIES
            }
            line = "  ".join(f"{name} {score:.2f}" for name, score in scores.items())
            print(f"{path:20} {line}", flush=True)
        print(f"{'first view':28}" + "".join(f"{name:>10}" for name in GATES))
        print(f"{'gates':28}" + "".join(f"{most:>10}" for most in GATES.values()))
        for path in sys.argv[1:] or guide_pages(site):
            reports = [report_of(call, site + path, ["performance"]) for _round in range(ROUNDS)]
            views = [first_view(report) for report in reports]
            figures = {name: statistics.median(view[name] for view in views) for name in GATES}
            over = [name for name, most in GATES.items() if figures[name] > most]
            line = "".join(f"{figures[name]:>10.2f}" for name in GATES)
            print(f"{path:28}{line}{'  over: ' + ', '.join(over) if over else ''}", flush=True)


if __name__ == "__main__":
    main()
