"""Compile requirements/*.in into the hashed requirements/*.txt.

    .venv/bin/python tools/compile_requirements.py [--upgrade]

Without `--upgrade`, versions stay where they still fit. The results hold for every Python from 3.11
and every platform, and name no package index.
"""

import subprocess
import sys
from pathlib import Path

REQUIREMENTS = Path(__file__).resolve().parent.parent / "requirements"
# In this order: each may be bound by the versions of those before it.
NAMES = ("run", "test", "build", "node", "pgserver", "wagtail")
# uv's own settings of this machine, another index among them, are left out on purpose.
COMMAND = (
    *(sys.executable, "-m", "uv", "--no-config", "pip", "compile", "--quiet"),
    *("--universal", "--python-version", "3.11", "--generate-hashes"),
    *("--no-emit-index-url", "--no-emit-find-links", "--no-annotate", "--no-header"),
)


def main() -> int:
    """Compile every file; return the exit code."""
    for name in NAMES:
        print(f"==> requirements/{name}.txt", flush=True)
        command = [*COMMAND, *sys.argv[1:], f"{name}.in", "--output-file", f"{name}.txt"]
        if subprocess.run(command, cwd=REQUIREMENTS, check=False).returncode != 0:
            return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
