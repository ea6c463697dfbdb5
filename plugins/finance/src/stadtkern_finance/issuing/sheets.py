"""The sheets with codes that are put behind letters, all of a stack in one run of Typst."""

import json
from collections.abc import Sequence
from functools import lru_cache
from pathlib import Path
from threading import Lock

import typst

from stadtkern_finance.issuing import codes


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
