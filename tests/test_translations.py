"""Every text that people see has a German translation that fits."""

import io
import re
from importlib.metadata import entry_points
from importlib.util import find_spec
from pathlib import Path

import pytest
from babel.messages.extract import extract
from babel.messages.pofile import read_po

PLACEHOLDER = re.compile(r"\$\{(\w+)\}")
KEYWORDS = {"_": None, "gettext": None, "translate": None, "ngettext": (1, 2)}
PACKAGES = sorted(
    {
        "stadtkern",
        *(point.module.partition(".")[0] for point in entry_points(group="stadtkern.plugins")),
    }
)


def folder_of(package: str) -> Path:
    spec = find_spec(package)
    assert spec is not None
    return Path(next(iter(spec.submodule_search_locations or ())))


def messages(package: str) -> dict[str | tuple[str, ...], str]:
    """Return every text of a package's code and templates with one place where it stands."""
    folder = folder_of(package)
    found: dict[str | tuple[str, ...], str] = {}
    for path in sorted(folder.rglob("*")):
        method = {".py": "python", ".jinja2": "jinja2.ext:babel_extract"}.get(path.suffix)
        if method is None or "scaffold" in path.parts:
            continue
        options = {"silent": "false"} if path.suffix == ".jinja2" else {}
        source = io.BytesIO(path.read_bytes())
        for line, message, *_rest in extract(method, source, KEYWORDS, options=options):
            if message:
                found.setdefault(message, f"{path.relative_to(folder)}:{line}")
    return found


def catalogue(package: str):
    path = folder_of(package) / "locale" / "de" / "LC_MESSAGES" / f"{package}.po"
    assert path.is_file(), f"{package} has no German catalogue"
    with path.open("rb") as file:
        return read_po(file, locale="de")


def known_elsewhere(package: str) -> set:
    """Return what the core has translated, which plugins may use too."""
    if package == "stadtkern":
        return set()
    return {message.id for message in catalogue("stadtkern") if message.string}


@pytest.mark.parametrize("package", PACKAGES)
def test_every_text_has_a_german_translation(package) -> None:
    german = catalogue(package)
    core = known_elsewhere(package)
    missing = []
    for message, place in messages(package).items():
        entry = german.get(message[0] if isinstance(message, tuple) else message)
        strings = () if entry is None else entry.string
        strings = strings if isinstance(strings, tuple) else (strings,)
        if message not in core and not (strings and all(strings)):
            missing.append(f"{place}: {message!r}")
    assert missing == []


@pytest.mark.parametrize("package", PACKAGES)
def test_translations_are_finished_and_keep_their_placeholders(package) -> None:
    german = catalogue(package)
    fuzzy = [message.id for message in german if message.id and message.fuzzy]
    assert fuzzy == []
    wrong = []
    for message in german:
        if not message.id:
            continue
        sources = message.id if isinstance(message.id, tuple) else (message.id,)
        targets = message.string if isinstance(message.string, tuple) else (message.string,)
        wanted = set().union(*(PLACEHOLDER.findall(text) for text in sources))
        wrong += [
            f"{sources[0]!r} -> {text!r}"
            for text in targets
            if text and set(PLACEHOLDER.findall(text)) != wanted
        ]
    assert wrong == []


@pytest.mark.parametrize("package", PACKAGES)
def test_nothing_is_translated_that_no_longer_exists(package) -> None:
    used = {text for one in messages(package) for text in ((one,) if isinstance(one, str) else one)}
    # Messages of libraries (colander, deform) may be translated here, too.
    ours = {
        message.id if isinstance(message.id, str) else message.id[0]
        for message in catalogue(package)
        if message.id and not message.auto_comments
    }
    stale = sorted(ours - used)
    assert stale == [], "take these out, or say in a comment (#.) where they come from"


def test_templates_leave_no_german_in_the_code() -> None:
    # The source is English: an umlaut in a msgid is a German sentence that nobody can translate.
    german = [
        f"{place}: {message}"
        for package in PACKAGES
        for message, place in messages(package).items()
        if isinstance(message, str) and re.search(r"[äöüß]", message, re.IGNORECASE)
    ]
    assert german == []


def test_one_thing_has_one_german_word() -> None:
    """The glossary stands in docs/developers/README.md."""
    others = re.compile(r"\bBl(?:ock|ocks|öcken?)\b|\bMediensammlung\b|\bMedienbibliothek\b")
    texts = [str(message.string) for message in catalogue("stadtkern")]
    assert [text for text in texts if others.search(text)] == []
