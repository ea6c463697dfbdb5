"""Fixtures of this folder, whose helper module they make importable."""

import sys
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parent))


@pytest.fixture
def editor(town):
    return town.token(town.account("editor"))
