"""Fixtures of this folder, whose helper module they make importable."""

import sys
from pathlib import Path
from typing import Any

import pytest

from stadtkern.testing.town import Town

sys.path.insert(0, str(Path(__file__).parent))


@pytest.fixture
def town(make_town: Any) -> Town:
    made: Town = make_town()
    return made
