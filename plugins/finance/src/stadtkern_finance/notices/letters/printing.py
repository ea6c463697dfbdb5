"""From a letter to a PDF that is PDF/A-3a and PDF/UA-1 at once, with Typst."""

import json
import re
from datetime import UTC, datetime, time
from functools import lru_cache
from pathlib import Path

from stadtkern.web.typesetting import Typesetter
from stadtkern_finance.notices.letters.model import Letter

STANDARDS = ("a-3a", "ua-1")
_PARAGRAPH = re.compile(r"(§|\b(?:Abs|Art|Nr)\.|\bSatz) (?=[0-9§])")
"""A paragraph's sign and its number stay on one line."""


class Printer:
    """The template, ready to be filled; safe to share between threads."""

    def __init__(self) -> None:
        self._setter = Typesetter(Path(__file__).with_name("notice.typ"), standards=STANDARDS)

    def print(self, letter: Letter) -> bytes:
        """Return the letter as PDF; the same letter gives the same bytes.

        The day of the letter stands as the time of creation. Raises typst.TypstError where the
        standards could not be kept.
        """
        text = json.dumps(letter.as_json(), ensure_ascii=False)
        inputs = {"letter": _PARAGRAPH.sub("\\1\N{NO-BREAK SPACE}", text)}
        if letter.attached is not None:
            inputs["xml"] = letter.attached.data.decode("utf-8")
            inputs["xml-name"] = letter.attached.name
        return self._setter.pdf(inputs, timestamp=datetime.combine(letter.day, time(), UTC))


@lru_cache(maxsize=1)
def printer() -> Printer:
    """Return the printer of this process."""
    return Printer()
