"""3D models: taken when they stand alone, refused with a reason when they do not."""

import io
import json
import struct
import zipfile
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from stadtkern.media.errors import MediaRefused
from stadtkern.media.intake import MAX_FILE, store_audio, store_file
from stadtkern.media.models3d import MAX_MODEL, check
from stadtkern.storage import FileStore

PNG = b"\x89PNG\r\n\x1a\n" + bytes(24)
BINARY = PNG + bytes(36)
TOLD: dict[str, Any] = {
    "asset": {"version": "2.0"},
    "scenes": [{"nodes": [0]}],
    "nodes": [{"mesh": 0}],
    "buffers": [{"byteLength": len(BINARY)}],
    "bufferViews": [
        {"buffer": 0, "byteLength": len(PNG)},
        {"buffer": 0, "byteOffset": len(PNG), "byteLength": 36},
    ],
    "images": [{"bufferView": 0, "mimeType": "image/png"}],
}


def glb(told: Any = TOLD, binary: bytes | None = BINARY, *more: tuple[int, bytes]) -> bytes:
    """Return a GLB file of a description and a binary part."""
    words = told if isinstance(told, bytes) else json.dumps(told).encode()
    words += b" " * (-len(words) % 4)
    parts = [(0x4E4F534A, words), *([(0x004E4942, binary)] if binary is not None else []), *more]
    body = b"".join(struct.pack("<II", len(data), kind) + data for kind, data in parts)
    return struct.pack("<4sII", b"glTF", 2, len(body) + 12) + body


def test_a_model_that_stands_alone_is_taken(tmp_path) -> None:
    store = FileStore(tmp_path)
    stored = store_file(store, io.BytesIO(glb()), "../Turm.GLB", MAX_FILE)
    assert (stored.name, stored.type) == ("Turm.glb", "model/gltf-binary")
    assert store.read(stored.sha) == glb()
    check(glb({"asset": {"version": "2.0"}}, None))


@pytest.mark.parametrize(
    ("data", "reason"),
    [
        (b"", "no 3D model"),
        (b"glTF" + bytes(40), "no 3D model"),
        (glb() + bytes(4), "no 3D model"),
        (glb()[:-4], "no 3D model"),
        (glb({"asset": {"version": "1.0"}}, None), "no 3D model"),
        (glb([]), "no 3D model"),
        (glb(b"[" * 4_000, None), "no 3D model"),
        (glb(b"\xff\xfe{}", None), "no 3D model"),
        (glb(TOLD, BINARY, (0x12345678, b"more")), "no 3D model"),
        (glb(TOLD, BINARY + bytes(8)), "no 3D model"),
        (glb(TOLD | {"bufferViews": [{"buffer": 0, "byteLength": 10**9}]}), "no 3D model"),
        (glb(TOLD | {"bufferViews": [{"buffer": 0, "byteLength": "9"}]}), "no 3D model"),
        (glb(TOLD | {"images": [{"bufferView": 1, "mimeType": "image/png"}]}), "no 3D model"),
        (glb(TOLD | {"images": [{"bufferView": 0, "mimeType": "text/html"}]}), "no 3D model"),
        (glb(TOLD | {"images": [{"uri": "https://foreign.example/a.png"}]}), "other files"),
        (glb(TOLD | {"buffers": [{"uri": "model.bin", "byteLength": 4}]}), "other files"),
        (glb(TOLD | {"extensions": {"X": {"deep": [{"uri": "a"}]}}}), "other files"),
        (glb(TOLD | {"extensionsUsed": ["KHR_draco_mesh_compression"]}), "compressed"),
        (glb(TOLD | {"extensionsRequired": ["EXT_meshopt_compression"]}), "compressed"),
        (bytes(MAX_MODEL + 1), "at most 20 MB"),
    ],
)
def test_what_needs_more_or_is_none_is_refused_with_the_reason(
    tmp_path, data: bytes, reason: str
) -> None:
    with pytest.raises(MediaRefused) as refused:
        store_file(FileStore(tmp_path), io.BytesIO(data), "a.glb", MAX_FILE)
    assert reason in refused.value.args[0]


def test_no_archive_hides_in_a_model_nor_calls_itself_sound(tmp_path) -> None:
    hidden = io.BytesIO()
    with zipfile.ZipFile(hidden, "w") as archive:
        archive.writestr("a.class", "x")
    data = hidden.getvalue() + bytes(-len(hidden.getvalue()) % 4)
    both = glb({"asset": {"version": "2.0"}, "buffers": [{"byteLength": len(data)}]}, data)
    check(both)
    with pytest.raises(MediaRefused, match="does not fit its name"):
        store_file(FileStore(tmp_path), io.BytesIO(both), "a.glb", MAX_FILE)
    for name in ("a.mp3", "a.wav", "a.ogg"):
        with pytest.raises(MediaRefused, match="no sound that browsers play"):
            store_audio(FileStore(tmp_path), io.BytesIO(hidden.getvalue()), name, MAX_FILE)


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner),
    max_leaves=8,
)
KEYS = st.sampled_from([*TOLD, "extensionsUsed", "extensionsRequired", "asset"])


@given(st.dictionaries(KEYS, JSON), st.binary(max_size=80), st.integers(0, 200), st.binary())
def test_odd_files_are_refused_and_nothing_else_happens(
    changes: dict[str, Any], binary: bytes, at: int, cut: bytes
) -> None:
    made = glb(TOLD | changes, binary)
    for data in (made, made[:at] + cut + made[at + len(cut) :], cut):
        try:
            check(data)
        except MediaRefused:
            continue
        assert data[:4] == b"glTF"
