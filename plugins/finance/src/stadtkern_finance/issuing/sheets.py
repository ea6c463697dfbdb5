"""The sheets with codes that are put behind letters, some in one run of Typst."""

import io
import json
from collections.abc import Sequence
from functools import lru_cache
from pathlib import Path
from threading import Lock

import pypdfium2
import typst

from stadtkern_finance.issuing import codes

AT_ONCE = 25
"""Sheets of one run. Typst remembers its last ten runs or so: with whole stacks that is half a
gigabyte, with these 50 MB."""


class SheetPrinter:
    """A Typst compiler with the template; safe to share between threads."""

    def __init__(self) -> None:
        folder = Path(__file__).parent
        self._compiler = typst.Compiler(
            input=str(folder / "sheet.typ"), root=str(folder), ignore_system_fonts=True
        )
        self._lock = Lock()

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
        inputs = {"sheets": json.dumps(data, ensure_ascii=False)}
        with self._lock:
            made = self._compiler.compile(format="pdf", sys_inputs=inputs)
        if not isinstance(made, bytes):
            raise TypeError("Typst gave no PDF")
        return made


@lru_cache(maxsize=1)
def sheet_printer() -> SheetPrinter:
    """Return the printer of this process."""
    return SheetPrinter()
