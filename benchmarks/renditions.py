"""Five renditions of a 12-megapixel photo against Pillow's bare cost, and the memory they take.

    python benchmarks/renditions.py [--rounds 5]

Bare cost: Pillow opens the photo anew for each width, resizes it with the same filter and writes
the same format with the same options; what a dozen lines of script would do. Each side runs in a
process of its own; ``peak`` is its largest resident size above the imports. Exit code 1 when the
ratio is above 1.2.
"""

import argparse
import io
import json
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from PIL import Image, ImageFilter

from stadtkern.media import renditions
from stadtkern.storage import FileStore

SIZE = (4000, 3000)
LIMIT = 1.2
KINDS = ("JPEG", "WEBP", "AVIF")


def photo() -> bytes:
    """Return a JPEG with the detail of a photo: soft shapes under noise."""
    coarse = Image.effect_noise((SIZE[0] // 8, SIZE[1] // 8), 90)
    noise = coarse.resize(SIZE, Image.Resampling.BICUBIC)
    grain = Image.effect_noise(SIZE, 18)
    bands = [
        Image.blend(noise.filter(ImageFilter.GaussianBlur(radius)), grain, 0.25)
        for radius in (2, 6, 12)
    ]
    target = io.BytesIO()
    Image.merge("RGB", bands).save(target, "JPEG", quality=90)
    return target.getvalue()


def bare(source: Path, folder: Path, kinds: tuple[str, ...]) -> None:
    """Make the same files with Pillow alone."""
    for width in renditions.WIDTHS:
        with Image.open(source) as image:
            size = (width, round(image.height * width / image.width))
            small = image.resize(size, Image.Resampling.LANCZOS)
            for kind in kinds:
                small.save(folder / f"{width}.{kind}", format=kind, **renditions.QUALITIES[kind])


def ours(source: Path, folder: Path, kinds: tuple[str, ...]) -> None:
    """Make them as the job does, without the crops, which the other side does not make."""
    renditions.RATIOS = {}
    renditions.FORMATS = kinds
    made = list(renditions.make(source, FileStore(folder), (50.0, 50.0)))
    if len(made) != len(renditions.WIDTHS) * len(kinds):
        raise SystemExit("not all renditions were made")


def memory(name: str) -> int:
    """Return a figure of this process in kB, as Linux tells it."""
    lines = Path("/proc/self/status").read_text("ascii").splitlines()
    return next(int(line.split()[1]) for line in lines if line.startswith(f"{name}:"))


def measure(side: str, source: Path, kinds: tuple[str, ...]) -> None:
    """Print CPU seconds, seconds and peak memory (MB) of one run as JSON."""
    with tempfile.TemporaryDirectory() as folder:
        # Forget the peak of the imports (and of the process that started this one).
        Path("/proc/self/clear_refs").write_text("5", "ascii")
        before = memory("VmRSS")
        cpu, clock = time.process_time(), time.perf_counter()
        (ours if side == "ours" else bare)(source, Path(folder), kinds)
        cpu, clock = time.process_time() - cpu, time.perf_counter() - clock
        peak = memory("VmHWM") - before
    print(json.dumps({"cpu": cpu, "clock": clock, "peak": peak / 1024}))


def run(side: str, source: Path, kinds: tuple[str, ...]) -> dict[str, float]:
    """Measure in a process of its own."""
    command = [sys.executable, __file__, "--side", side, "--source", str(source)]
    output = subprocess.run(
        [*command, "--kinds", *kinds], check=True, capture_output=True, text=True
    ).stdout
    return dict(json.loads(output))


def main() -> int:
    """Compare both sides, for JPEG alone and for all formats."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--side")
    parser.add_argument("--source", type=Path)
    parser.add_argument("--kinds", nargs="*", default=list(KINDS))
    given = parser.parse_args()
    if given.side:
        measure(given.side, given.source, tuple(given.kinds))
        return 0
    worst = 0.0
    with tempfile.TemporaryDirectory() as folder:
        source = Path(folder) / "photo.jpg"
        source.write_bytes(photo())
        print(f"photo of {SIZE[0]} x {SIZE[1]}, {source.stat().st_size / 1e6:.1f} MB")
        for kinds in (("JPEG",), KINDS):
            pairs = [
                (run("ours", source, kinds), run("bare", source, kinds))
                for _round in range(given.rounds)
            ]
            ratio = statistics.median(one["cpu"] / two["cpu"] for one, two in pairs)
            worst = max(worst, ratio)
            for name, column in (("ours", 0), ("bare", 1)):
                cpu = statistics.median(pair[column]["cpu"] for pair in pairs)
                peak = max(pair[column]["peak"] for pair in pairs)
                print(f"{'+'.join(kinds):14} {name}: {cpu:6.2f} s CPU, peak {peak:5.0f} MB")
            print(f"{'+'.join(kinds):14} ratio {ratio:.2f} (at most {LIMIT})")
    return 0 if worst <= LIMIT else 1


if __name__ == "__main__":
    sys.exit(main())
