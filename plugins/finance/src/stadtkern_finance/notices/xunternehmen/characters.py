"""The characters that messages may hold (DIN 91379, data type C).

The standard allows letters of Latin script and a few signs. German quotation marks and dashes are
not among them, so they are written with the signs of a keyboard; other scripts are refused.
"""

import unicodedata

_TYPOGRAPHY = str.maketrans(
    {
        "„": '"',
        "“": '"',
        "”": '"',
        "‚": "'",
        "‘": "'",
        "›": "'",
        "‹": "'",
        "–": "-",
        "—": "-",
        "‑": "-",
        "−": "-",
        "…": "...",
        "•": "-",
        "\N{NARROW NO-BREAK SPACE}": "\N{NO-BREAK SPACE}",
        "\N{THIN SPACE}": " ",
        "\N{SOFT HYPHEN}": None,
    }
)
_CONTROL = "\t\n\r"
_SIGNS = "’‡€"
_PLAIN = range(0x20, 0x7F)
_LATIN = range(0xA0, 0x0250)
_MODIFIERS = range(0x02B9, 0x0370)
_ADDITIONAL = range(0x1E00, 0x1F00)


def latin(text: str) -> str:
    """Return a text composed (NFC) and with the standard's own quotation marks and dashes."""
    if text.isascii():
        return text
    return unicodedata.normalize("NFC", text).translate(_TYPOGRAPHY)


def foreign(text: str) -> str | None:
    """Return the first character that a message cannot hold, None where all fit.

    The ranges are a little wider than the standard's list; its schema has the last word.
    """
    for character in latin(text):
        place = ord(character)
        if not (
            place in _PLAIN
            or place in _LATIN
            or place in _MODIFIERS
            or place in _ADDITIONAL
            or character in _CONTROL
            or character in _SIGNS
        ):
            return character
    return None
