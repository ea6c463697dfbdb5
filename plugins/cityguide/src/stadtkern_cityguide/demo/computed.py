"""Sounds and a model for a demonstration, computed: small, ours, and the same each time."""

import io
import json
import math
import random
import struct
import wave
from array import array
from collections.abc import Callable, Mapping, Sequence

from PIL import Image, ImageDraw

RATE = 11_025
"""Samples a second of the sounds."""


# Sounds


def _bell() -> "array[int]":
    """Return three strokes: partials of a bell that fade, the higher ones sooner."""
    partials = (
        (0.5, 0.7, 1.6),
        (1.0, 1.0, 1.1),
        (1.19, 0.6, 0.9),
        (1.5, 0.4, 0.7),
        (2.0, 0.4, 0.5),
    )
    made = array("h", bytes(2 * RATE * 4))
    for stroke in range(3):
        begin = int(stroke * 1.2 * RATE)
        for at in range(len(made) - begin):
            time = at / RATE
            if time > 2.4:  # noqa: PLR2004 - seconds; nothing is heard any more
                break
            value = sum(
                loud * math.exp(-time / fades) * math.sin(2 * math.pi * 330 * high * time)
                for high, loud, fades in partials
            )
            made[begin + at] = max(-32_000, min(32_000, made[begin + at] + int(5_000 * value)))
    return made


def _horn() -> "array[int]":
    """Return three tones of a horn: overtones that swell and end softly."""
    made = array("h")
    for high, seconds in ((147, 0.7), (147, 0.7), (220, 1.4)):
        count = int(seconds * RATE)
        for at in range(count):
            swell = min(1.0, at / (0.08 * RATE), (count - at) / (0.15 * RATE))
            phase = 2 * math.pi * high * at / RATE
            value = sum(math.sin(over * phase) / over for over in range(1, 6))
            made.append(int(9_000 * swell * value))
    return made


def _stream() -> "array[int]":
    """Return running water: noise through a slow filter, louder and softer in waves."""
    chance = random.Random(429)  # noqa: S311 - the same sound each time
    made, low, lower = array("h"), 0.0, 0.0
    for at in range(RATE * 4):
        low += 0.35 * (chance.uniform(-1, 1) - low)
        lower += 0.02 * (low - lower)
        waves = 0.75 + 0.25 * math.sin(at / RATE * 4.1) * math.sin(at / RATE * 1.7)
        ends = min(1.0, at / (0.3 * RATE), (4 * RATE - at) / (0.3 * RATE))
        made.append(int(20_000 * waves * ends * (low - lower)))
    return made


SOUNDS: Mapping[str, Callable[[], "array[int]"]] = {
    "bell": _bell,
    "horn": _horn,
    "stream": _stream,
}


def sound(name: str) -> io.BytesIO:
    """Return a sound as a WAV file: ``bell``, ``horn`` or ``stream``."""
    stream = io.BytesIO()
    with wave.open(stream, "wb") as file:
        file.setnchannels(1)
        file.setsampwidth(2)
        file.setframerate(RATE)
        file.writeframes(SOUNDS[name]().tobytes())
    stream.seek(0)
    return stream


# A panorama

WIDTH, HEIGHT = 2_048, 1_024


def panorama() -> io.BytesIO:
    """Return a drawn view all around (equirectangular, JPEG): hills, wood, a tower, a palisade."""
    chance = random.Random(315)  # noqa: S311 - the same picture each time
    image = Image.new("RGB", (WIDTH, HEIGHT), "#d9e4ea")
    draw = ImageDraw.Draw(image)
    for row in range(HEIGHT // 2):
        part = row / (HEIGHT // 2)
        draw.line([(0, row), (WIDTH, row)], fill=(150 + int(80 * part), 190 + int(40 * part), 225))
    for high, rough, colour in ((90, 3, "#a9bf9f"), (60, 5, "#7fa37f"), (30, 8, "#6a8f68")):
        # Whole waves, so that left and right edge meet.
        ridge = [
            (at, HEIGHT / 2 - high - 22 * math.sin(2 * math.pi * rough * at / WIDTH + high))
            for at in range(0, WIDTH + 1, 8)
        ]
        draw.polygon([*ridge, (WIDTH, HEIGHT), (0, HEIGHT)], fill=colour)
    for row in range(HEIGHT // 2 + 40, HEIGHT):
        part = (row - HEIGHT // 2) / (HEIGHT // 2)
        draw.line([(0, row), (WIDTH, row)], fill=(120 + int(40 * part), 140, 90 - int(20 * part)))
    for _tree in range(90):
        at, size = chance.randrange(WIDTH), chance.randrange(40, 120)
        if abs(at - WIDTH // 2) < 180:  # noqa: PLR2004 - the tower stands free
            continue
        foot = HEIGHT // 2 + 45 + size // 5
        draw.rectangle((at - 4, foot - size // 3, at + 4, foot), fill="#4c3c31")
        for step in range(3):
            top = foot - size // 4 - size * step // 3
            half = size // 3 - step * size // 12
            draw.polygon(
                [(at - half, top), (at + half, top), (at, top - size // 2)], fill="#2f5443"
            )
    middle, foot = WIDTH // 2, HEIGHT // 2 + 70
    draw.rectangle((middle - 45, foot - 190, middle + 45, foot), fill="#cdc3b1")
    draw.rectangle((middle - 60, foot - 200, middle + 60, foot - 185), fill="#4c3c31")
    draw.rectangle((middle - 40, foot - 240, middle + 40, foot - 200), fill="#f5efe2")
    draw.polygon(
        [(middle - 70, foot - 240), (middle + 70, foot - 240), (middle, foot - 300)], fill="#a9573f"
    )
    draw.rectangle((middle - 12, foot - 150, middle + 12, foot - 110), fill="#33465d")
    for at in range(WIDTH * 3 // 4 - 200, WIDTH * 3 // 4 + 200, 14):
        draw.rectangle((at, foot - 40, at + 10, foot + 30), fill="#6a5444")
        draw.polygon([(at, foot - 40), (at + 10, foot - 40), (at + 5, foot - 52)], fill="#6a5444")
    stream = io.BytesIO()
    image.save(stream, "JPEG", quality=80)
    stream.seek(0)
    return stream


# A model

Point = tuple[float, float, float]


def tower() -> io.BytesIO:
    """Return a watchtower of boxes and a roof as glTF 2.0 binary, metres, y upward."""
    parts = (
        (_box(-1.6, 0, -1.6, 1.6, 4.4, 1.6), (0.74, 0.69, 0.62)),
        (_box(-2.3, 4.4, -2.3, 2.3, 4.6, 2.3), (0.30, 0.24, 0.19)),
        (_box(-1.5, 4.6, -1.5, 1.5, 6.4, 1.5), (0.96, 0.93, 0.88)),
        (_roof(2.2, 6.4, 8.4), (0.66, 0.34, 0.25)),
        (_box(-0.4, 2.4, 1.6, 0.4, 3.6, 1.68), (0.20, 0.27, 0.36)),
    )
    binary, views, accessors, meshes, materials = b"", [], [], [], []
    for number, (triangles, colour) in enumerate(parts):
        points = [point for triangle in triangles for point in triangle]
        normals = [_normal(triangle) for triangle in triangles for _corner in triangle]
        for values in (points, normals):
            data = b"".join(struct.pack("<3f", *value) for value in values)
            views.append({"buffer": 0, "byteOffset": len(binary), "byteLength": len(data)})
            binary += data
            accessors.append(
                {
                    "bufferView": len(views) - 1,
                    "componentType": 5126,
                    "count": len(values),
                    "type": "VEC3",
                    "min": [min(value[axis] for value in values) for axis in range(3)],
                    "max": [max(value[axis] for value in values) for axis in range(3)],
                }
            )
        # Colours of a screen are told in linear light.
        linear = [round(part**2.2, 4) for part in colour]
        shade = {"baseColorFactor": [*linear, 1], "metallicFactor": 0, "roughnessFactor": 0.9}
        materials.append({"pbrMetallicRoughness": shade})
        attributes = {"POSITION": 2 * number, "NORMAL": 2 * number + 1}
        meshes.append({"attributes": attributes, "material": number})
    told = {
        "asset": {"version": "2.0", "generator": "Stadtkern"},
        "scene": 0,
        "scenes": [{"nodes": [0]}],
        "nodes": [{"mesh": 0}],
        "meshes": [{"primitives": meshes}],
        "materials": materials,
        "accessors": accessors,
        "bufferViews": views,
        "buffers": [{"byteLength": len(binary)}],
    }
    words = json.dumps(told, separators=(",", ":")).encode()
    words += b" " * (-len(words) % 4)
    chunks = struct.pack("<II", len(words), 0x4E4F534A) + words
    chunks += struct.pack("<II", len(binary), 0x004E4942) + binary
    return io.BytesIO(struct.pack("<4sII", b"glTF", 2, len(chunks) + 12) + chunks)


def _box(
    x: float, y: float, z: float, right: float, top: float, front: float
) -> list[Sequence[Point]]:
    a, b, c, d = (x, y, front), (right, y, front), (right, top, front), (x, top, front)
    e, f, g, h = (x, y, z), (right, y, z), (right, top, z), (x, top, z)
    sides = ((a, b, c, d), (f, e, h, g), (e, a, d, h), (b, f, g, c), (d, c, g, h), (e, f, b, a))
    return [half for p, q, r, s in sides for half in ((p, q, r), (p, r, s))]


def _roof(half: float, low: float, high: float) -> list[Sequence[Point]]:
    corners = [(-half, low, half), (half, low, half), (half, low, -half), (-half, low, -half)]
    tip = (0.0, high, 0.0)
    sides: list[Sequence[Point]] = [
        (corners[at], corners[(at + 1) % 4], tip) for at in range(len(corners))
    ]
    a, b, c, d = corners
    return [*sides, (a, c, b), (a, d, c)]


def _normal(triangle: Sequence[Point]) -> Point:
    p, q, r = triangle
    u = [q[axis] - p[axis] for axis in range(3)]
    v = [r[axis] - p[axis] for axis in range(3)]
    cross = (u[1] * v[2] - u[2] * v[1], u[2] * v[0] - u[0] * v[2], u[0] * v[1] - u[1] * v[0])
    length = math.hypot(*cross)
    return (cross[0] / length, cross[1] / length, cross[2] / length)
