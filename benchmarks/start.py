"""From a clean clone to the first page, and from the second ``make run`` on: seconds."""

import contextlib
import os
import re
import signal
import subprocess
import tempfile
import time
from pathlib import Path

from serving import ROOT, fetch, free_port, memory_mib


def wait_for_page(folder: Path, ini: Path, port: int) -> tuple[float, float]:
    """Run ``make run`` until the front page answers; return seconds and the server's MiB."""
    begun = time.perf_counter()
    process = subprocess.Popen(
        ["make", "run", f"INI={ini}"],
        cwd=folder,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        start_new_session=True,
    )
    try:
        while True:
            with contextlib.suppress(OSError):
                fetch(f"http://localhost:{port}/")
                break
            if process.poll() is not None:
                raise RuntimeError("make run ended")
            time.sleep(0.05)
        seconds = time.perf_counter() - begun
        found = subprocess.run(
            ["pgrep", "-f", f"stadtkern -c {ini} serve"],
            capture_output=True,
            text=True,
            check=False,
        )
        memory = max((memory_mib(int(pid)) for pid in found.stdout.split()), default=0.0)
    finally:
        os.killpg(process.pid, signal.SIGTERM)
        process.wait(30)
    return seconds, memory


def main() -> None:
    """Clone, run twice, print."""
    with tempfile.TemporaryDirectory() as parent:
        folder = Path(parent) / "clone"
        subprocess.run(["git", "clone", "--quiet", str(ROOT), str(folder)], check=True)
        port = free_port()
        ini = folder / "bench.ini"
        text = (folder / "development.ini").read_text("utf-8")
        ini.write_text(re.sub(r"(?m)^port = \d+$", f"port = {port}", text), "utf-8")
        cold, memory = wait_for_page(folder, ini, port)
        warm, _memory = wait_for_page(folder, ini, port)
    print(f"cold make run to the first page   {cold:6.1f} s")
    print(f"second make run                   {warm:6.1f} s   (aim 10)")
    print(f"memory of the serving process     {memory:6.0f} MiB")


if __name__ == "__main__":
    main()
