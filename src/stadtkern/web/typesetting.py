"""PDFs and pictures from Typst templates: what rooms and plugins print.

One compiler is kept for each template: it has read template and fonts, and remembers what did not
change. Fonts are those that Typst brings (SIL Open Font License); fonts of the system are not
looked at, so that the same data are the same file everywhere.
"""

from collections.abc import Sequence
from datetime import datetime
from pathlib import Path
from threading import Lock
from typing import Any

import typst


class Typesetter:
    """A Typst compiler with a template; safe to share between threads, one document at a time."""

    def __init__(self, template: Path, *, standards: Sequence[str] = ()) -> None:
        """Read a template later, with files of its own folder alone.

        Args:
            standards: of the PDFs, as Typst names them: ``a-3a``, ``ua-1`` …

        """
        self._compiler = typst.Compiler(
            input=str(template), root=str(template.parent), ignore_system_fonts=True
        )
        self._standards: Any = list(standards)
        self._lock = Lock()

    def pdf(self, inputs: dict[str, str], *, timestamp: datetime | None = None) -> bytes:
        """Return the document as PDF; the same inputs and timestamp give the same bytes.

        ``inputs`` are ``sys.inputs`` in the template. Raises ``typst.TypstError`` where the
        template fails or a standard could not be kept.
        """
        wanted: dict[str, Any] = {} if timestamp is None else {"timestamp": timestamp}
        if self._standards:
            wanted["pdf_standards"] = self._standards
        return self._compiled("pdf", inputs, **wanted)

    def png(self, inputs: dict[str, str]) -> bytes:
        """Return the template's one page as PNG, a pixel a point; otherwise as ``pdf``."""
        return self._compiled("png", inputs, ppi=72.0)

    def _compiled(self, form: Any, inputs: dict[str, str], **wanted: Any) -> bytes:
        with self._lock:
            made = self._compiler.compile(format=form, sys_inputs=inputs, **wanted)
        if not isinstance(made, bytes):
            raise TypeError(f"Typst gave no {form}")
        return made
