"""Text with formatting, stored as HTML."""

import re
from collections.abc import Callable
from typing import Any

import colander
import deform.widget as w

from stadtkern.forms.fields.node import field
from stadtkern.forms.fields.texts import length


def richtext(
    title: str,
    *,
    clean: Callable[[str], str],
    maximum: int = 50_000,
    rows: int = 8,
    required: bool = True,
    **kw: Any,
) -> Any:
    """Return text with paragraphs, headings, lists and links, stored as HTML.

    ``clean`` makes what was posted safe to show; what it returns is what is stored. It is not
    asked for texts beyond ``maximum`` characters: those are refused. Without JavaScript the field
    is a textarea that takes plain paragraphs as well as HTML.
    """

    def prepare(value: Any) -> Any:
        return clean(value) if isinstance(value, str) and len(value) <= maximum else value

    return field(
        colander.String(),
        title,
        required=required,
        missing="",
        preparer=prepare,
        validator=length(maximum),
        widget=RichTextWidget(rows=rows),
        **kw,
    )


def is_rich(node: Any) -> bool:
    """Tell whether a schema's field holds HTML (``richtext``), not words as they were typed."""
    return isinstance(getattr(node, "widget", None), RichTextWidget)


_PARAGRAPHS = re.compile(r"(?:<p>(?:[^<>&\n]|<br>\n?|&amp;|&gt;|&nbsp;)*</p>\s*)+")


def as_plain(html: str) -> str | None:
    """Return paragraphs as plain text with blank lines between them.

    None where the HTML holds more than that, or where reading the text back would not give it
    (but for blanks at a paragraph's ends, which nobody sees).
    """
    if not _PARAGRAPHS.fullmatch(html):
        return None
    parts = [part.strip() for part in re.split(r"</?p>", html) if part.strip()]
    text = "\n\n".join(re.sub(r"<br>\n?", "\n", part) for part in parts)
    if "\n\n\n" in text or any(not line.strip() for part in parts for line in part.split("<br>")):
        return None
    return text.replace("&nbsp;", "\u00a0").replace("&gt;", ">").replace("&amp;", "&")


class RichTextWidget(w.TextAreaWidget):
    """A textarea that ``editor.js`` turns into an editor; plain paragraphs show without tags."""

    template = "richtext"
    item_template = "mapping_item"

    def serialize(self, field: Any, cstruct: Any, **kw: Any) -> Any:
        """Render the textarea; simple text as such, anything else as HTML."""
        if isinstance(cstruct, str):
            plain = as_plain(cstruct)
            cstruct = cstruct if plain is None else plain
        return super().serialize(field, cstruct, **kw)
