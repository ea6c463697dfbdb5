"""From a letter to a PDF that is PDF/A-3a and PDF/UA-1 at once, with Typst.

One compiler is kept: it has read template and fonts, and remembers what did not change. Fonts are
those that Typst brings (Libertinus, SIL Open Font License); fonts of the system are not looked at,
so that the same letter is the same file everywhere.
"""

import json
import re
from datetime import UTC, datetime, time
from functools import lru_cache
from pathlib import Path
from threading import Lock
from typing import Any

import typst

from stadtkern_finance.notices.letters.model import Letter

STANDARDS: Any = ["a-3a", "ua-1"]
TEMPLATE = "notice.typ"
_PARAGRAPH = re.compile(r"(§|\b(?:Abs|Art|Nr)\.|\bSatz) (?=[0-9§])")
"""A paragraph's sign and its number stay on one line."""


class Printer:
    """A Typst compiler with the template; safe to share between threads, one letter at a time."""

    def __init__(self) -> None:
        folder = Path(__file__).parent
        self._compiler = typst.Compiler(
            input=str(folder / TEMPLATE), root=str(folder), ignore_system_fonts=True
        )
        self._lock = Lock()

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
        with self._lock:
            made = self._compiler.compile(
                format="pdf",
                pdf_standards=STANDARDS,
                sys_inputs=inputs,
                timestamp=datetime.combine(letter.day, time(), UTC),
            )
        if not isinstance(made, bytes):
            raise TypeError("Typst gave no PDF")
        return made


@lru_cache(maxsize=1)
def printer() -> Printer:
    """Return the printer of this process."""
    return Printer()
