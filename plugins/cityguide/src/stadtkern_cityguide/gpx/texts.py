"""Cleaning of texts that strangers wrote: no control characters, no mail addresses, no excess."""

from __future__ import annotations

import re
import unicodedata

_AT_SIGNS = ("@", "＠", "﹫", "%40", "&#64;", "&#x40;", "&commat;")
# Both begin at the first letter of a word, which keeps their time linear.
_SPELLED_AT = re.compile(
    r"(?<![^\s()\[\]{}])[^\s()\[\]{}]+\s{0,2}[(\[{]\s?(?:at|ät)\s?[)\]}]\s{0,2}[^\s()\[\]{}]{1,255}",
    re.IGNORECASE,
)
_SPACED_AT = re.compile(
    r"(?<!\S)[^\s@]+(?:\s{1,2}@\s{0,2}|@\s{1,2})[\w-]{1,63}(?:\.[\w-]{1,63}){1,8}"
)
# The last two are no characters at all; XML refuses them.
_INVISIBLE = frozenset("\u200b\u200e\u200f\u2028\u2029\u2060\ufeff\ufffe\uffff") | frozenset(
    chr(code) for code in (*range(0x202A, 0x202F), *range(0x2066, 0x206A))
)


def clean_text(text: str, limit: int, *, lines: bool = False) -> str:
    """Return plain text of at most ``limit`` characters, cut with an ellipsis.

    Control characters and marks that turn the direction of writing are removed, white space is
    collapsed; with ``lines`` single and double line breaks stay.
    """
    # Composing may lengthen a text at most threefold; cutting first keeps the work bounded.
    text = unicodedata.normalize("NFC", text[: 4 * limit].replace("\r\n", "\n").replace("\r", "\n"))
    kept = "".join(
        character
        for character in text
        if character in "\t\n"
        or (character not in _INVISIBLE and unicodedata.category(character) not in {"Cc", "Cs"})
    )
    if lines:
        rows = [" ".join(row.split()) for row in kept.split("\n")]
        kept = re.sub(r"\n{3,}", "\n\n", "\n".join(rows)).strip()
    else:
        kept = " ".join(kept.split())
    return kept if len(kept) <= limit else kept[: limit - 1].rstrip() + "…"


def drop_mail_addresses(text: str) -> str:
    """Return the text without words that are, or could be, a mail address.

    Rather a word too much than an address on a public page: each word with an at sign inside
    goes, in whatever notation, and so does what is written around "(at)".
    """
    text = _SPACED_AT.sub("", _SPELLED_AT.sub("", text))
    lowered = text.lower()
    if "mailto:" not in lowered and not any(sign in lowered for sign in _AT_SIGNS):
        return text
    return "".join(word for word in re.split(r"(\s+)", text) if not _is_address(word))


def _is_address(word: str) -> bool:
    """Tell whether a word holds an at sign between other characters, or a mail link."""
    lowered = word.lower()
    for sign in _AT_SIGNS:
        lowered = lowered.replace(sign, "@")
    return "mailto:" in lowered or "@" in lowered.strip("@.,;:!?()[]<>\"'")


def web_link(text: str) -> str:
    """Return the text if it is a web address, else an empty text."""
    return text if re.fullmatch(r"https?://[^\s<>\"'…]+", text) else ""
