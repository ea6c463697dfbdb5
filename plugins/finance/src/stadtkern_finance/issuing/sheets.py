"""The sheets with codes that are put behind letters, some in one run of Typst."""

import io
import json
from collections.abc import Sequence
from functools import lru_cache
from pathlib import Path

import pypdfium2

from stadtkern.web.typesetting import Typesetter
from stadtkern_finance.issuing import codes

AT_ONCE = 25
"""Sheets of one run. Typst remembers its last ten runs or so: with whole stacks that is half a
gigabyte, with these 50 MB."""


class SheetPrinter:
    """The template, ready to be filled; safe to share between threads."""

    def __init__(self) -> None:
        self._setter = Typesetter(Path(__file__).with_name("sheet.typ"))

    def print(self, address: str, sheets: Sequence[tuple[str, str]]) -> bytes:
        """Return a PDF of one page for each ``(Kassenzeichen, code)``."""
        target = io.BytesIO()
        with pypdfium2.PdfDocument.new() as whole:
            for start in range(0, len(sheets), AT_ONCE):
                made = self._printed(address, sheets[start : start + AT_ONCE])
                with pypdfium2.PdfDocument(made) as part:
                    whole.import_pages(part)
            whole.save(target)
        return target.getvalue()

    def _printed(self, address: str, sheets: Sequence[tuple[str, str]]) -> bytes:
        data = {
            "address": address,
            "days": codes.DAYS,
            "sheets": [{"number": number, "code": codes.grouped(code)} for number, code in sheets],
        }
        return self._setter.pdf({"sheets": json.dumps(data, ensure_ascii=False)})


@lru_cache(maxsize=1)
def sheet_printer() -> SheetPrinter:
    """Return the printer of this process."""
    return SheetPrinter()
