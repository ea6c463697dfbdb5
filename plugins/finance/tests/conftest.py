"""Makes the helper module of this folder importable (tests are imported by path)."""

import sys
from datetime import date
from pathlib import Path

import pytest

from stadtkern.tenants import Tenant

sys.path.insert(0, str(Path(__file__).parent))


@pytest.fixture
def in_2026(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let it be 2026 on towns' clocks: notices of that year are none for years long past."""
    monkeypatch.setattr(Tenant, "today", lambda _self: date(2026, 7, 1))
