"""Make the virtual environment and keep it as the requirement files say.

    python3 tools/environment.py run|test|build

`run` is the platform with its plugins, editable; `test` adds what the checks need and `build` what
compiles the requirement files. What is installed already is remembered by a hash in .venv/stamps,
so that a second call does nothing. Needs no package of its own.
"""

import argparse
import fcntl
import hashlib
import importlib.util
import os
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
VENV = ROOT / ".venv"
PYTHON = VENV / "bin" / "python"
MINIMUM = (3, 11)

HELP_VENV = """\
Python's venv module is missing. Install it and start again:
    Debian, Ubuntu:  sudo apt install python3-venv
"""


class SetupError(Exception):
    """The environment could not be made; the message says what to do."""


def say(text: str) -> None:
    """Print one line of progress."""
    print(f"==> {text}", flush=True)


def run(*command: str) -> None:
    """Run a command from the repository's root; raise SetupError if it fails."""
    done = subprocess.run(command, cwd=ROOT, check=False)
    if done.returncode != 0:
        raise SetupError(f"failed: {' '.join(command)}")


def pip(*arguments: str) -> None:
    """Run the environment's pip, which is quiet unless something is wrong."""
    run(str(PYTHON), "-m", "pip", "--disable-pip-version-check", "-qq", *arguments)


def distributions() -> list[Path]:
    """Return the folders of the core and of every plugin that has sources."""
    plugins = sorted(path.parent for path in (ROOT / "plugins").glob("*/setup.cfg"))
    return [ROOT, *(folder for folder in plugins if (folder / "src").is_dir())]


def digest(files: list[Path]) -> str:
    """Return a hash of the files' names and contents and of where the environment is."""
    result = hashlib.sha256(f"{sys.version_info[:2]} {VENV}".encode())
    for path in files:
        result.update(f"\n{path.relative_to(ROOT)}\n".encode())
        result.update(path.read_bytes())
    return result.hexdigest()


def once(name: str, files: list[Path]) -> "Stamp":
    """Return the stamp of a step that depends on `files`."""
    return Stamp(VENV / "stamps" / name, digest(files))


class Stamp:
    """Remembers that a step was done for files with this content."""

    def __init__(self, path: Path, value: str) -> None:
        self.path = path
        self.value = value

    def fresh(self) -> bool:
        """Tell whether the step has been done."""
        return self.path.is_file() and self.path.read_text(encoding="ascii") == self.value

    def set(self) -> None:
        """Remember the step as done."""
        self.path.parent.mkdir(parents=True, exist_ok=True)
        self.path.write_text(self.value, encoding="ascii")


def make_venv() -> None:
    """Create .venv where it is missing or belongs to another place or a removed Python."""
    if sys.version_info < MINIMUM:
        wanted, found = (".".join(map(str, v)) for v in (MINIMUM, sys.version_info[:3]))
        raise SetupError(
            f"Python {wanted} or newer is needed, this is {found}. Name another one with"
            " `make PYTHON=python3.12 …`"
        )
    stamp = once("venv", [])
    if stamp.fresh() and PYTHON.exists():
        return
    if importlib.util.find_spec("venv") is None or importlib.util.find_spec("ensurepip") is None:
        raise SetupError(HELP_VENV)
    say("creating .venv")
    run(sys.executable, "-m", "venv", "--clear", str(VENV))
    stamp.set()


def install_requirements(name: str) -> None:
    """Install one hashed requirement file unless that has been done."""
    path = ROOT / "requirements" / f"{name}.txt"
    stamp = once(name, [path])
    if stamp.fresh():
        return
    say(f"installing requirements/{path.name}")
    pip("install", "--no-deps", "--require-hashes", "-r", str(path))
    stamp.set()


def install_editable() -> None:
    """Install the core and the plugins from their folders unless that has been done."""
    folders = distributions()
    files = [folder / name for folder in folders for name in ("setup.cfg", "pyproject.toml")]
    stamp = once("editable", [*files, ROOT / "requirements" / "run.txt"])
    if stamp.fresh():
        return
    say(f"installing stadtkern and {len(folders) - 1} plugins from this folder")
    editable = [part for folder in folders for part in ("-e", str(folder))]
    pip("install", "--no-deps", "--no-build-isolation", *editable)
    stamp.set()


def main() -> int:
    """Bring the environment up to date; return the exit code."""
    parser = argparse.ArgumentParser()
    parser.add_argument("kind", choices=("run", "test", "build"))
    kind = parser.parse_args().kind
    # Installed packages must not come from, or go to, another environment.
    for name in ("PYTHONPATH", "PYTHONHOME", "PIP_TARGET", "PIP_PREFIX", "PIP_USER"):
        os.environ.pop(name, None)
    (ROOT / "var").mkdir(exist_ok=True)
    try:
        with (ROOT / "var" / "environment.lock").open("w") as lock:
            # Two `make` in one folder wait for each other instead of breaking the environment.
            fcntl.flock(lock, fcntl.LOCK_EX)
            make_venv()
            if kind == "build":
                install_requirements("build")
            else:
                install_requirements("run")
                install_editable()
            if kind == "test":
                install_requirements("test")
    except SetupError as error:
        print(error, file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
