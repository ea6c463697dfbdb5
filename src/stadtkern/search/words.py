"""From texts to the words that are compared: folded, stemmed, compounds taken apart.

Both databases store and are asked for the same words, made here, so that they find the same.
Pure: no database, no request.
"""

import re
import threading
import unicodedata
from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

import Stemmer

VERSION = 3
"""Rises when the same text gives other words: what was indexed before is stale then."""

LONGEST = 40
"""Letters of a word that are looked at."""
SHORTEST_COMPOUND = 7
SHORTEST_PART = 3
SHORTEST_UNKNOWN = 4
"""Letters of a part that stands in no list beside one that does."""
SHORTEST_LEARNT = 3
SHORTEST_KNOWN = 4
"""Letters of a part that only the town's own texts know."""

_WORD = re.compile(r"[^\W_]+(?:[.,][0-9]+)*", re.UNICODE)
_HYPHENATED = re.compile(r"[^\W_]+(?:[-‐‑][^\W_]+)+", re.UNICODE)
_FOLD = str.maketrans({"ä": "a", "ö": "o", "ü": "u", "ß": "ss", "æ": "ae", "œ": "oe", "ø": "o"})
_LINKS = ("", "s", "n", "en", "es", "er", "e", "ns")
_ONLY_KNOWN = frozenset({"e", "es", "er", "ns"})
"""What joins only words that we know."""

_HERE = Path(__file__).parent


def _lines(name: str) -> frozenset[str]:
    text = (_HERE / name).read_text("utf-8")
    lines = (line.partition("#")[0] for line in text.splitlines())
    return frozenset(word for line in lines for word in line.split())


STOP_WORDS = {language: _lines(f"stop_words_{language}.txt") for language in ("de", "en")}
BASE_WORDS = _lines("base_words_de.txt")
"""German words of which compounds are made, folded; see the file."""
_NO_PART = _lines("no_parts_de.txt")
_WHOLE = _lines("whole_words_de.txt")

ALGORITHMS = {
    "de": "german", "en": "english", "ar": "arabic", "da": "danish", "el": "greek",
    "es": "spanish", "fi": "finnish", "fr": "french", "hu": "hungarian", "it": "italian",
    "nl": "dutch", "no": "norwegian", "pl": "polish", "pt": "portuguese", "ro": "romanian",
    "ru": "russian", "sr": "serbian", "sv": "swedish", "tr": "turkish", "fa": "persian",
}  # fmt: skip
"""Snowball's stemmers by language; texts in others are compared word by word."""
GERMAN = frozenset({"de", "gsg"})

_local = threading.local()


def base_language(language: str) -> str:
    """Return the language that counts here: ``de`` for ``de-simple``."""
    base = language.partition("-")[0]
    return "de" if base in GERMAN else base


def _stemmer(language: str) -> Stemmer.Stemmer | None:
    """Return the stemmer of a language; each thread has its own, they are not safe to share."""
    name = ALGORITHMS.get(language)
    if name is None:
        return None
    stemmers: dict[str, Stemmer.Stemmer] | None = getattr(_local, "stemmers", None)
    if stemmers is None:
        stemmers = _local.stemmers = {}
    if name not in stemmers:
        # A town's words come again and again: the stemmer's own memory is the cheapest.
        stemmers[name] = Stemmer.Stemmer(name, 30_000)
    return stemmers[name]


def clean(text: str) -> str:
    """Return a text in one spelling, without control characters and soft hyphens."""
    text = unicodedata.normalize("NFKC", text.replace("\xad", ""))
    return text if text.isprintable() else "".join(c if c.isprintable() else " " for c in text)


def words(text: str) -> list[str]:
    """Return a text's words in lower case, in their order."""
    return [word[:LONGEST] for word in _WORD.findall(clean(text).lower())]


def joined(text: str) -> list[str]:
    """Return what is written with hyphens as one word, too: ``e-mail`` is ``email``."""
    return [
        re.sub(r"[-‐‑]", "", found)[:LONGEST] for found in _HYPHENATED.findall(clean(text).lower())
    ]


def fold(word: str) -> str:
    """Return a word without accents; ``ä`` as ``a``, ``ß`` as ``ss``."""
    word = word.translate(_FOLD)
    if word.isascii():
        return word
    plain = unicodedata.normalize("NFKD", word)
    return "".join(char for char in plain if not unicodedata.combining(char))


@lru_cache(maxsize=60_000)
def stem(word: str, language: str) -> str:
    """Return the stem of one word in lower case, folded."""
    if language == "de" and len(word) > SHORTEST_COMPOUND:
        word = _as_verb(word)
    stemmer = _stemmer(language)
    return fold(word if stemmer is None else stemmer.stemWord(word))


def _as_verb(word: str) -> str:
    """Let ``Verlängerung`` have the stem of ``verlängern``, which Snowball keeps apart."""
    for ending in ("ungen", "ung"):
        if word.endswith(("er" + ending, "el" + ending)):
            return word[: -len(ending)] + "n"
    return word


def is_stop_word(word: str, language: str) -> bool:
    """Tell whether a word says nothing about a page."""
    known = STOP_WORDS.get(language)
    return known is not None and word in known


def split(word: str, language: str, known: Collection[str] = ()) -> tuple[str, ...]:
    """Return the parts of a German compound in lower case; nothing for other words.

    ``known``: folded words that the town's texts have by themselves. One part must stand in our
    list of base words, or both in ``known``. What joins them (``s``, ``en`` …) is dropped. The
    first two are what it is made of at its main seam: ``kinder`` and ``gartenplatz``.
    """
    if language != "de" or len(word) < SHORTEST_COMPOUND or not word.isalpha():
        return ()
    if not known:
        return _split_by_itself(word)
    folded = fold(word)
    return () if folded in _WHOLE else _split(folded, known, 0)


@lru_cache(maxsize=20_000)
def _split_by_itself(word: str) -> tuple[str, ...]:
    """Split by our list alone, as searches do: what people look for comes again and again."""
    folded = fold(word)
    return () if folded in _WHOLE else _split(folded, (), 0)


def _split(word: str, known: Collection[str], depth: int) -> tuple[str, ...]:
    best = max(_cuts(word, known), default=None)
    if best is None:
        return ()
    _sure, _length, head, tail = best
    if depth:
        return (head, tail)
    # The two of the main seam side by side, then what they are made of themselves.
    parts = [head, tail]
    for part in (head, tail):
        if len(part) > SHORTEST_COMPOUND + 1 and part not in BASE_WORDS:
            parts += _split(part, known, 1)
    return tuple(dict.fromkeys(parts))


def _cuts(word: str, known: Collection[str]) -> Iterator[tuple[int, int, str, str]]:
    """Yield every way to cut a word in two, with how good it is: how sure, how long."""
    for cut in range(SHORTEST_PART, len(word) - SHORTEST_PART + 1):
        tail = word[cut:]
        tail_rank = _rank(tail, known)
        for link in _LINKS:
            if not word.endswith(link, 0, cut) or cut - len(link) < SHORTEST_PART:
                continue
            head = word[: cut - len(link)]
            if link == "s" and not tail_rank and _S_BELONGS.match(tail):
                continue
            head_rank = _rank(head, known)
            if not head_rank and link in _ONLY_KNOWN:
                continue
            if _plausible(head, tail, head_rank, tail_rank):
                # Of equally sure ones the longest tail: it says what the thing is.
                length = len(tail) if tail_rank else len(head) + len(link)
                yield head_rank + tail_rank, length, head, tail


def _rank(part: str, known: Collection[str]) -> int:
    """Return 2 for one of our words, 1 for one of the town's, 0 for an unknown one."""
    if part in BASE_WORDS or _singular(part) in BASE_WORDS:
        return 2
    return 1 if len(part) >= SHORTEST_KNOWN and part in known else 0


def _singular(part: str) -> str:
    """Return a part without its ending, where what is left is a word of our list."""
    for ending in ("en", "n", "e", "er"):
        if part.endswith(ending) and part[: -len(ending)] in BASE_WORDS:
            return part[: -len(ending)]
    return part


def _plausible(head: str, tail: str, head_rank: int, tail_rank: int) -> bool:
    if head in _NO_PART or tail in _NO_PART:
        return False
    if head_rank and tail_rank:
        return head_rank == tail_rank or max(head_rank, tail_rank) == 2  # noqa: PLR2004
    if head_rank == 2:  # noqa: PLR2004
        return len(head) >= SHORTEST_UNKNOWN and _like_a_word(tail)
    return tail_rank == 2 and len(tail) >= SHORTEST_UNKNOWN and _like_a_word(head)  # noqa: PLR2004


_VOWEL = re.compile(r"[aeiouy]")
_ODD = re.compile(
    r"^(?:[bcdfgjklmnpqrtvwxz][bcdfghjkmnpqstvwxz](?!r)|s[bdfgjkmnqrsvwxz]|[^aeiouy]{4})"
)
_S_BELONGS = re.compile(r"[tpc]")
"""What an ``s`` before it makes one sound with: Grund-stück, not Grunds-tück."""


def _like_a_word(part: str) -> bool:
    return (
        len(part) >= SHORTEST_UNKNOWN
        and _VOWEL.search(part) is not None
        and _ODD.match(part) is None
        and part not in _NO_PART
    )


@dataclass(frozen=True, slots=True, eq=False)
class Term:
    """A word with all that is made of it; one object a word, so that it is its own key."""

    word: str
    folded: str
    stem: str
    pieces: tuple[str, ...]
    """A compound's parts."""
    parts: tuple[str, ...]
    """Their stems."""
    is_stop_word: bool
    is_learnt: bool
    """Whether it is one of the words that typing errors are compared with."""


class Terms(dict[str, Term]):
    """The words of texts in one language, each by itself in lower case; made when first asked for.

    A town's texts ask a million times for some thousand words. ``known`` as in ``split``.
    """

    def __init__(self, language: str, known: Collection[str] = ()) -> None:
        super().__init__()
        self.language = base_language(language)
        self.known = known
        self._learnt: dict[str, str | None] = {}

    def __missing__(self, word: str) -> Term:
        """Make what was not asked for before."""
        found = self[word] = self._made(word)
        return found

    def stems(self, found: Iterable[str]) -> Iterator[str]:
        """Yield the stems of words in their order."""
        return (self[word].stem for word in found)

    def learnt(self, word: str) -> str | None:
        """Return a word folded if it is one that typing errors are compared with, else None."""
        try:
            return self._learnt[word]
        except KeyError:
            learns = self._learns(word)
            found = self._learnt[word] = fold(word)[:LONGEST] if learns else None
            return found

    def _learns(self, word: str) -> bool:
        return (
            len(word) >= SHORTEST_LEARNT
            and word.isalpha()
            and not is_stop_word(word, self.language)
        )

    def _made(self, word: str) -> Term:
        pieces = split(word, self.language, self.known)
        return Term(
            word=word,
            folded=fold(word)[:LONGEST],
            stem=stem(word, self.language),
            pieces=pieces,
            parts=tuple(dict.fromkeys(stem(piece, self.language) for piece in pieces)),
            is_stop_word=is_stop_word(word, self.language),
            is_learnt=self._learns(word),
        )


def trigrams(word: str) -> set[str]:
    """Return the sequences of three letters of a word with its borders, as ``pg_trgm`` does."""
    padded = f"  {word} "
    return {padded[i : i + 3] for i in range(len(padded) - 2)}


def distance(one: str, other: str, limit: int) -> int:
    """Return how many letters differ, are missing, too many or swapped; ``limit + 1`` if more.

    Optimal string alignment (Damerau 1964, Levenshtein 1966), one band of the table.
    """
    if abs(len(one) - len(other)) > limit:
        return limit + 1
    before: list[int] = []
    row = list(range(len(other) + 1))
    for i, left in enumerate(one, 1):
        following = [i] + [0] * len(other)
        for j, right in enumerate(other, 1):
            cost = min(row[j] + 1, following[j - 1] + 1, row[j - 1] + (left != right))
            if i > 1 and j > 1 and left == other[j - 2] and one[i - 2] == right:
                cost = min(cost, before[j - 2] + 1)
            following[j] = cost
        if min(following) > limit:
            return limit + 1
        before, row = row, following
    return min(row[-1], limit + 1)


def tolerance(word: str) -> int:
    """Return how many letters may be wrong in a word of this length."""
    return 0 if len(word) < 5 else 1 if len(word) < 7 else 2 if len(word) < 13 else 3  # noqa: PLR2004
