"""Sixty queries and the page that must come first."""

from datetime import UTC, date, datetime, time
from pathlib import Path
from typing import Any

import pytest
import yaml

from stadtkern.testing.town import Town

DATA = Path(__file__).parent.parent / "data" / "search"
ENOUGH = 55


def fill(town: Town) -> None:
    """Publish the corpus."""
    with town.content() as content:
        front = content.by_path("/")
        assert front is not None
        for page in yaml.safe_load((DATA / "corpus.yaml").read_text("utf-8")):
            kind = page.get("type", "page")
            fields: dict[str, Any] = {}
            if kind == "service":
                fields["names"] = "\n".join(page.get("names", []))
            elif kind == "news":
                fields["date"] = page["date"]
            elif kind == "event":
                day: date = page["date"]
                fields["starts"] = datetime.combine(day, time(18), tzinfo=UTC)
            text = {"type": "text", "data": {"html": f"<p>{page['text']}</p>"}}
            node = content.create(
                front,
                kind,
                title=page["title"],
                summary=page.get("summary", ""),
                fields=fields,
                blocks=[text],
            )
            content.publish(node.id)


def first(town: Town, query: str) -> list[str]:
    """Return the titles of the first results."""
    page = town.get("/suche", params={"q": query})
    return [link.get_text() for link in page.html.select("ol.list > li > a")]


@pytest.mark.filterwarnings("error")
def test_what_was_meant_comes_first(town: Town) -> None:
    fill(town)
    queries = yaml.safe_load((DATA / "queries.yaml").read_text("utf-8"))
    wrong = {
        query: (wanted, found[:4])
        for query, wanted in queries
        if (found := first(town, query))[:1] != [wanted]
    }
    for query, (wanted, found) in wrong.items():
        print(f"{query!r}: {wanted!r}, not {found}")  # noqa: T201 - shown when it fails
    assert len(queries) == 60
    assert len(queries) - len(wrong) >= ENOUGH, wrong
