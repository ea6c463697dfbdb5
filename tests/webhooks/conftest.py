"""Fixtures of this folder, whose helper module they make importable."""

import sys
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from stadtkern.testing.town import Town

sys.path.insert(0, str(Path(__file__).parent))

from hooks_kit import Receiver


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    with Receiver() as made:
        thread = threading.Thread(target=made.serve_forever, kwargs={"poll_interval": 0.05})
        thread.start()
        yield made
        made.shutdown()
        thread.join()


@pytest.fixture
def town(make_town: Any) -> Town:
    made: Town = make_town({"egress.allow_loopback": "true"})
    made.browser.extra_environ["HTTP_ACCEPT_LANGUAGE"] = "en"
    return made
