"""Fixtures of this folder, whose helper module they make importable."""

import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from stadtkern.submissions import tokens

sys.path.insert(0, str(Path(__file__).parent))


@pytest.fixture(autouse=True)
def _unhurried(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.setattr(tokens, "QUICKEST", 0)
    return
