"""Fixtures of this folder, whose helper module they make importable."""

import sys
from pathlib import Path
from typing import Any

import pytest

from stadtkern.testing.town import Town

sys.path.insert(0, str(Path(__file__).parent))


@pytest.fixture
def uncached(make_town: Any) -> Town:
    town: Town = make_town({"stadtkern.page_cache": "false"})
    town.browser.extra_environ["HTTP_ACCEPT_LANGUAGE"] = "en"
    return town
