"""Editing a page with 30 blocks here and in Wagtail 8: CPU and SQL of the form and of publishing.

    .venv/bin/python benchmarks/against_wagtail.py [--rounds 3] [--json]

Both run in process through WSGI on SQLite with the same blocks, one after the other in turns;
Wagtail in an environment of its own (var/wagtail, from requirements/wagtail.txt) with the settings
of a new site (benchmarks/wagtail/). The ratio is the median of the turns'. Exit code 1 when ours
costs more than a third; 0 with a message where Wagtail's packages cannot be installed.
"""

import argparse
import hashlib
import json
import os
import statistics
import subprocess
import sys
from pathlib import Path
from typing import Any

import editor

ROOT = Path(__file__).resolve().parent.parent
ENVIRONMENT = ROOT / "var" / "wagtail"
REQUIREMENTS = ROOT / "requirements" / "wagtail.txt"
LIMIT = 1 / 3
WARMUP = 3


def environment() -> Path | None:
    """Return the Python that has Wagtail, installing it if need be; None where that fails."""
    python = ENVIRONMENT / "bin" / "python"
    stamp = ENVIRONMENT / "installed"
    wanted = hashlib.sha256(f"{sys.version} {ENVIRONMENT}".encode() + REQUIREMENTS.read_bytes())
    if stamp.is_file() and stamp.read_text("ascii") == wanted.hexdigest():
        return python
    print("installing requirements/wagtail.txt into var/wagtail", flush=True)
    install = ["-m", "pip", "--disable-pip-version-check", "-qq", "install", "--no-deps"]
    commands = (
        [sys.executable, "-m", "venv", "--clear", str(ENVIRONMENT)],
        [str(python), *install, "--require-hashes", "-r", str(REQUIREMENTS)],
    )
    if any(subprocess.run(command, check=False).returncode for command in commands):
        return None
    stamp.write_text(wanted.hexdigest(), "ascii")
    return python


def measured(command: list[str], task: str) -> dict[str, Any]:
    """Run one side in a process of its own and return its figures."""
    clean = {name: text for name, text in os.environ.items() if not name.startswith("PYTHON")}
    done = subprocess.run(
        command, input=task, env=clean, capture_output=True, text=True, check=False
    )
    if done.returncode:
        raise SystemExit(f"{Path(command[1]).name} failed:\n{done.stderr}")
    return dict(json.loads(done.stdout.splitlines()[-1]))


def main() -> int:
    """Measure both in turns and print."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--rounds", type=int, default=3, help="turns of both systems")
    parser.add_argument("--json", action="store_true", help="print one line of JSON")
    options = parser.parse_args()
    python = environment()
    if python is None:
        print(
            "Not measured: Wagtail's packages cannot be installed here (see above). With a "
            "package index within reach this benchmark installs requirements/wagtail.txt itself."
        )
        return 0
    blocks = editor.page_blocks(0)
    task = json.dumps({"blocks": blocks, "rounds": editor.ROUNDS, "warmup": WARMUP})
    here = Path(__file__).resolve().parent
    turns = [
        (
            measured([sys.executable, str(here / "editor.py"), "--json"], ""),
            measured([str(python), str(here / "wagtail" / "measure.py")], task),
        )
        for _turn in range(options.rounds)
    ]
    results: dict[str, Any] = {}
    for deed in ("form", "publish"):
        ratio = statistics.median(one[deed]["cpu_ms"] / two[deed]["cpu_ms"] for one, two in turns)
        sides = {
            name: {
                "cpu_ms": statistics.median(turn[column][deed]["cpu_ms"] for turn in turns),
                "sql": turns[-1][column][deed]["sql"],
                "bytes": turns[-1][column][deed]["bytes"],
            }
            for name, column in (("Stadtkern", 0), ("Wagtail", 1))
        }
        results[deed] = sides | {"ratio": round(ratio, 2)}
        for name, side in sides.items():
            print(
                f"{deed:8} of {len(blocks)} blocks  {name:10}{side['cpu_ms']:7.1f} ms CPU "
                f"{side['sql']:4} SQL {side['bytes'] / 1000:6.0f} kB"
            )
        print(f"{deed:8} ratio {ratio:.2f} (at most {LIMIT:.2f})")
    if options.json:
        print(json.dumps(results))
    return int(any(result["ratio"] > LIMIT for result in results.values()))


if __name__ == "__main__":
    sys.exit(main())
