"""Captions: WebVTT (W3C, Web Video Text Tracks), read strictly and written anew.

Only cues are kept. Style sheets, regions and notes are left out, so that nothing but text and the
eight text elements of the format reaches a browser.
"""

import re
from dataclasses import dataclass

from stadtkern.media.errors import MediaRefused
from stadtkern.web.i18n import _

MAX_CUES = 20_000
MAX_CUE = 2_000
"""Characters of one cue."""

TIMING = re.compile(
    r"((?:\d{2,4}:)?[0-5]\d:[0-5]\d\.\d{3})[ \t]+-->[ \t]+((?:\d{2,4}:)?[0-5]\d:[0-5]\d\.\d{3})"
    r"((?:[ \t]+\S+)*)[ \t]*"
)
SETTING = re.compile(
    r"(?:vertical:(?:rl|lr)|line:-?\d{1,3}(?:\.\d+)?%?(?:,(?:start|center|end))?"
    r"|position:\d{1,3}(?:\.\d+)?%(?:,(?:line-left|center|line-right))?"
    r"|size:\d{1,3}(?:\.\d+)?%|align:(?:start|center|end|left|right))"
)
TAG = re.compile(
    r"</?(?:c|i|b|u|ruby|rt|v|lang)(?:\.[^\s.<>&]{1,40}){0,8}(?:[ \t]+[^<>\n]{0,200})?>"
)
STAMP = re.compile(r"<(?:\d{2,4}:)?[0-5]\d:[0-5]\d\.\d{3}>")
ENTITY = re.compile(r"&(?:amp|lt|gt|lrm|rlm|nbsp|#\d{1,7}|#x[0-9a-fA-F]{1,6});")
CONTROL = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f]")


@dataclass(frozen=True)
class Cue:
    """Words and when they are shown, in milliseconds from the beginning."""

    start: int
    end: int
    settings: str
    text: str


def read(data: bytes) -> list[Cue]:
    """Return the cues of a WebVTT file; ``MediaRefused`` with the line where it is none."""
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise MediaRefused(
            _("The captions are not stored as UTF-8. Please export them again as WebVTT.")
        ) from error
    lines = text.replace("\r\n", "\n").replace("\r", "\n").split("\n")
    if not re.fullmatch(r"WEBVTT(?:[ \t].*)?", lines[0]) or CONTROL.search(text):
        raise MediaRefused(
            _(
                "These are no captions in the format WebVTT. The file must begin with the word "
                "WEBVTT; programs for subtitles export it."
            )
        )
    cues: list[Cue] = []
    for number, block in _paragraphs(lines):
        cue = _cue(block, number, cues[-1].start if cues else 0)
        if cue is not None:
            cues.append(cue)
    if not cues or len(cues) > MAX_CUES:
        raise MediaRefused(_("The captions hold no text, or too much of it."))
    return cues


def _paragraphs(lines: list[str]) -> list[tuple[int, list[str]]]:
    """Return what stands between blank lines with the number of its first line; no header."""
    found: list[tuple[int, list[str]]] = []
    block: list[str] = []
    header = True
    for number, line in enumerate([*lines, ""], start=1):
        if line.strip():
            block.append(line)
            continue
        if block and not header:
            found.append((number - len(block), block))
        if block:
            header = False
        block = []
    return found


def _cue(block: list[str], number: int, earliest: int) -> Cue | None:
    if re.match(r"NOTE(?:[ \t]|$)|STYLE[ \t]*$|REGION[ \t]*$", block[0]):
        return None
    at = 0 if "-->" in block[0] else 1
    timing = TIMING.fullmatch(block[at].strip()) if len(block) > at else None
    if timing is None:
        raise MediaRefused(
            _(
                "Line ${line} of the captions should hold a time such as 00:01.000 --> "
                "00:04.000. Please mend the file and choose it again.",
                mapping={"line": number + at},
            )
        )
    start, end = (_milliseconds(part) for part in timing.group(1, 2))
    if start >= end or start < earliest:
        raise MediaRefused(
            _(
                "In line ${line} of the captions the time does not go forward. Please mend the "
                "file and choose it again.",
                mapping={"line": number + at},
            )
        )
    settings = timing.group(3).split()
    text = "\n".join(block[at + 1 :])
    if len(text) > MAX_CUE or "-->" in text or not _is_plain(text):
        raise MediaRefused(
            _(
                "After line ${line} of the captions stands a mark that captions do not have, or "
                "more than 2,000 characters. Please mend the file and choose it again.",
                mapping={"line": number + at},
            )
        )
    # Regions are left out, so a cue that names one stands where captions usually do.
    return Cue(start, end, " ".join(one for one in settings if SETTING.fullmatch(one)), text)


def _is_plain(text: str) -> bool:
    rest = ENTITY.sub("", STAMP.sub("", TAG.sub("", text)))
    return not any(mark in rest for mark in "<&")


def _milliseconds(stamp: str) -> int:
    clock, _dot, thousandths = stamp.partition(".")
    parts = [int(part) for part in clock.split(":")]
    hours, minutes, seconds = [0, *parts][-3:]
    return ((hours * 60 + minutes) * 60 + seconds) * 1000 + int(thousandths)


def write(cues: list[Cue]) -> bytes:
    """Return cues as a WebVTT file."""
    parts = ["WEBVTT"]
    for cue in cues:
        settings = f" {cue.settings}" if cue.settings else ""
        parts.append(f"{_stamp(cue.start)} --> {_stamp(cue.end)}{settings}\n{cue.text}")
    return ("\n\n".join(parts) + "\n").encode()


def _stamp(milliseconds: int) -> str:
    seconds, thousandths = divmod(milliseconds, 1000)
    minutes, seconds = divmod(seconds, 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours:02}:{minutes:02}:{seconds:02}.{thousandths:03}"


def plain_text(cues: list[Cue]) -> str:
    """Return the words alone, one cue a line: the beginning of a transcript."""
    return "\n".join(" ".join(TAG.sub("", STAMP.sub("", cue.text)).split()) for cue in cues)
