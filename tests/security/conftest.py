"""Makes the helper modules of this folder importable (tests are imported by path)."""

import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from structlog.testing import capture_logs

sys.path.insert(0, str(Path(__file__).parent))


@pytest.fixture(autouse=True)
def log_lines() -> Iterator[list[dict[str, object]]]:
    """Keep log lines from flooding a failure's report; return them."""
    with capture_logs() as lines:
        yield lines
