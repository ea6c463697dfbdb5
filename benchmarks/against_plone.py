"""The API's list of 100 nodes here and in plone.restapi: CPU of one request, in the same run.

    python3 -m venv /somewhere/plone
    /somewhere/plone/bin/pip install "Plone==6.2.2" plone.restapi "plone.app.layout<7"
    .venv/bin/python benchmarks/against_plone.py --python /somewhere/plone/bin/python [--json]

Both run in process through WSGI, in turns: ours on SQLite with 10,000 nodes (``api.py``), Plone on
a file storage with 100 documents (``plone/measure.py``), asked as a folder and as a search; the
cheaper of the two counts. Plone is not among our requirements: its packages (some 330) are
installed by hand, apart. ``plone.app.layout`` is held below 7, whose first versions do not start
with Plone 6.2. Without ``--python`` nothing is measured. Exit code 1 where ours costs more than a
fifth.
"""

import argparse
import json
import os
import statistics
import subprocess
import sys
from pathlib import Path
from typing import Any

LIMIT = 1 / 5
ROUNDS = "15"
PAIRS = {
    "list of 100": ("list of 100", ("folder of 100", "search of 100")),
    "one": ("one node, 30 blocks", ("one item",)),
}
"""Beside each other: ours, and the cheapest of theirs. Their one item has no blocks at all."""


def measured(command: list[str]) -> dict[str, Any]:
    """Run one side in a process of its own and return its figures."""
    clean = {name: text for name, text in os.environ.items() if not name.startswith("PYTHON")}
    done = subprocess.run(command, env=clean, capture_output=True, text=True, check=False)
    if done.returncode:
        raise SystemExit(f"{Path(command[1]).name} failed:\n{done.stderr[-4_000:]}")
    return dict(json.loads(done.stdout.splitlines()[-1]))


def main() -> int:
    """Measure both in turns and print."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--python", help="the Python that has Plone and plone.restapi")
    parser.add_argument("--turns", type=int, default=3, help="turns of both systems")
    parser.add_argument("--json", action="store_true", help="print one line of JSON")
    options = parser.parse_args()
    if options.python is None:
        print("Not measured: --python names the Python of an environment with Plone (see --help).")
        return 0
    here = Path(__file__).resolve().parent
    turns = [
        (
            measured([sys.executable, str(here / "api.py"), "--json"]),
            measured([options.python, str(here / "plone" / "measure.py"), ROUNDS]),
        )
        for _turn in range(options.turns)
    ]
    results = {}
    for name, (own, theirs) in PAIRS.items():
        pairs = [
            (ours[own]["cpu_ms"], min(plone[one]["cpu_ms"] for one in theirs))
            for ours, plone in turns
        ]
        results[name] = {
            "stadtkern_ms": statistics.median(pair[0] for pair in pairs),
            "plone_ms": statistics.median(pair[1] for pair in pairs),
            "ratio": round(statistics.median(one / two for one, two in pairs), 2),
        }
    for name, found in results.items():
        print(
            f"{name:14} Stadtkern {found['stadtkern_ms']:6.2f} ms  plone.restapi "
            f"{found['plone_ms']:6.2f} ms  ratio {found['ratio']:.2f}"
        )
    print(f"the list: at most {LIMIT:.2f}")
    if options.json:
        print(json.dumps(results))
    return int(results["list of 100"]["ratio"] > LIMIT)


if __name__ == "__main__":
    sys.exit(main())
