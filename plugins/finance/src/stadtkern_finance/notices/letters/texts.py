"""The German texts of notices, from the file that comes with the plugin."""

from datetime import date
from functools import lru_cache
from pathlib import Path
from string import Template
from typing import Any

import yaml

from stadtkern_finance.notices.letters.model import Section


@lru_cache(maxsize=1)
def texts() -> dict[str, Any]:
    """Return all texts of ``texts.yaml``."""
    data = yaml.safe_load(Path(__file__).with_name("texts.yaml").read_text("utf-8"))
    return dict(data)


def text(path: str, **facts: str) -> str:
    """Return the text at a dotted path with its facts; a fact that is missing is an error."""
    found: Any = texts()
    for name in path.split("."):
        found = found[name]
    return Template(found).substitute(facts)


@lru_cache(maxsize=1)
def standard_remedies() -> tuple[tuple[date, str], ...]:
    """Return the instructions on remedies that come with the plugin, oldest first."""
    return tuple((row["since"], row["text"]) for row in texts()["remedies"])


def plain_sections(kind: str, **facts: str) -> tuple[Section, ...]:
    """Return the page in plain words for ``property`` or ``trade``."""
    return tuple(
        Section(
            row["title"],
            tuple(Template(paragraph).substitute(facts) for paragraph in row["paragraphs"]),
        )
        for row in texts()["plain"][kind]
    )
