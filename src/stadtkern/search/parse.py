"""From what somebody typed to what is looked for. Pure: no database, no request."""

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace

from stadtkern.search import words

LONGEST_QUERY = 200
"""Characters that are read; nobody types more, and programs need not."""
MOST_WORDS = 10
SHORTEST_START = 4
"""Letters that a word must have for longer ones that begin with it."""
MOST_ALTERNATIVES = 24

_QUOTED = re.compile(r"[\"“”„»«]([^\"“”„»«]{2,})[\"“”„»«]")

Stems = tuple[str, ...]
"""Stems that must all occur (a synonym of two words)."""
Synonyms = Mapping[Stems, Sequence[Stems]]
"""For each word (or sequence of words) those that mean the same, by stems."""


@dataclass(frozen=True)
class Group:
    """One thing that is looked for: a word with all that may stand in its place."""

    word: str
    """As it was typed, in lower case; empty for a phrase."""
    exact: tuple[str, ...]
    """Its stem, in each language of the town."""
    phrase: Stems = ()
    """Stems that must follow each other."""
    same: tuple[Stems, ...] = ()
    """What means the same."""
    parts: Stems = ()
    """Of a compound, the smallest ones too."""
    pair: Stems = ()
    """The two that it is made of at its main seam; the second says what the thing is."""
    near: tuple[str, ...] = ()
    """Stems of other spellings and of longer words, where the word itself was not found."""
    start: str = ""
    """With what longer words may begin, where the word itself was not found."""
    share: float = 1.0
    """How much it counts beside the others."""


@dataclass(frozen=True)
class Query:
    """What is looked for; all groups must occur, or, when ``loose``, any."""

    groups: tuple[Group, ...]
    titles_only: bool = False
    """Nothing but words that stand everywhere: only titles are looked at."""
    loose: bool = False
    beginning: str = ""
    """The last word, folded, of which only the beginning was typed."""
    cut: bool = False
    """Whether it was longer than ``LONGEST_QUERY``."""

    def __bool__(self) -> bool:
        """Tell whether there is anything to look for."""
        return bool(self.groups or self.beginning)

    @property
    def terms(self) -> tuple[str, ...]:
        """Return the words that may be counted: none that could name a person or a case."""
        return tuple(
            words.fold(group.word) for group in self.groups if group.word and group.word.isalpha()
        )

    def loosely(self, groups: Iterable[Group]) -> "Query":
        """Return the same search with groups of which any may occur."""
        return replace(self, groups=tuple(groups), loose=True)


@dataclass(frozen=True)
class Town:
    """What a search must know of the town."""

    languages: tuple[str, ...]
    """Base languages, the one of the page first."""
    synonyms: Synonyms = field(default_factory=dict)


def parse(text: str, town: Town) -> Query:
    """Read a query. Operators have no meaning: what is no letter or digit parts words.

    Words in quotation marks must follow each other.
    """
    cut = len(text) > LONGEST_QUERY
    text = words.clean(text[:LONGEST_QUERY])
    phrases: list[Group] = []
    for quoted in _QUOTED.findall(text):
        inner = words.words(quoted)
        if len(inner) > 1:
            phrases.append(_phrase(inner, town))
    rest = _QUOTED.sub(lambda m: " " if len(words.words(m[1])) > 1 else m[0], text)
    found = list(dict.fromkeys(words.words(rest)))[: MOST_WORDS * 2]
    telling = [word for word in found if not _says_nothing(word, town.languages)]
    titles_only = not telling and not phrases
    chosen = (telling or ([] if phrases else found))[:MOST_WORDS]
    groups = _merged(chosen, town)
    return Query((*phrases, *groups)[:MOST_WORDS], titles_only=titles_only, cut=cut)


def begin(text: str, town: Town) -> Query:
    """Read what somebody is still typing: the last word may go on."""
    text = words.clean(text[:LONGEST_QUERY])
    found = words.words(text)[:MOST_WORDS]
    if not found:
        return Query(())
    last = found[-1]
    before = [word for word in found[:-1] if not _says_nothing(word, town.languages)]
    groups = [_group(word, town) for word in before]
    beginning = words.fold(last)
    same: list[Stems] = []
    for stems, others in town.synonyms.items():
        if len(last) >= words.SHORTEST_PART and len(stems) == 1 and stems[0].startswith(beginning):
            same += others
    near = Group(last, (), same=tuple(dict.fromkeys(same))[:MOST_ALTERNATIVES])
    return Query((*groups, near), beginning=beginning)


def _says_nothing(word: str, languages: Sequence[str]) -> bool:
    return any(words.is_stop_word(word, language) for language in languages[:1]) or (
        len(word) == 1 and not word.isdigit()
    )


def _stems(word: str, town: Town) -> tuple[str, ...]:
    return tuple(dict.fromkeys(words.stem(word, language) for language in town.languages))


def _phrase(inner: Sequence[str], town: Town) -> Group:
    language = town.languages[0]
    stems = tuple(words.stem(w, language) for w in inner if not words.is_stop_word(w, language))
    return Group("", (), phrase=stems or tuple(words.stem(w, language) for w in inner))


def _group(word: str, town: Town) -> Group:
    exact = _stems(word, town)
    parts: Stems = ()
    pair: Stems = ()
    for language in town.languages:
        split = words.split(word, language)
        if split:
            stems = tuple(words.stem(part, language) for part in split)
            parts, pair = tuple(dict.fromkeys(stems)), stems[:2] if len(stems) > 1 else ()
            break
    same = [other for one in exact for other in town.synonyms.get((one,), ())]
    if not same and pair:
        same = _same_by_part(pair, town)
    return Group(
        word, exact, same=tuple(dict.fromkeys(same))[:MOST_ALTERNATIVES], parts=parts, pair=pair
    )


def _same_by_part(parts: Stems, town: Town) -> list[Stems]:
    """Return what a compound means with one part said otherwise: Abfall- for Müllgebühren."""
    found: list[Stems] = []
    for index, part in enumerate(parts):
        before, after = parts[:index], parts[index + 1 :]
        found += [(*before, *other, *after) for other in town.synonyms.get((part,), ())]
    return found[:6]


def _merged(chosen: Sequence[str], town: Town) -> list[Group]:
    """Return the groups of words; several together may have a synonym of their own."""
    groups: list[Group] = []
    index = 0
    language = town.languages[0]
    while index < len(chosen):
        for length in (3, 2):
            piece = chosen[index : index + length]
            key = tuple(words.stem(word, language) for word in piece)
            if len(piece) == length and key in town.synonyms:
                same = (key, *town.synonyms[key])
                groups.append(Group(" ".join(piece), (), same=same[:MOST_ALTERNATIVES]))
                index += length
                break
        else:
            groups.append(_group(chosen[index], town))
            index += 1
    return groups


def synonyms_of(lines: Iterable[str], languages: Sequence[str]) -> dict[Stems, list[Stems]]:
    """Return what means the same, from lines of words with commas between them."""
    found: dict[Stems, list[Stems]] = {}
    for line in lines:
        group: list[Stems] = []
        for item in line.split(","):
            inner = words.words(item)[:4]
            for language in languages:
                stems = tuple(words.stem(word, language) for word in inner)
                if stems and stems not in group:
                    group.append(stems)
        for stems in group:
            known = found.setdefault(stems, [])
            known += [other for other in group if other != stems and other not in known]
    return found
