"""Schemathesis asks all that the OpenAPI document allows, and what it does not: all checks."""

import os
from collections.abc import Callable, Iterable, Iterator
from typing import Any

import pytest
import schemathesis
from schemathesis.config import SchemathesisConfig
from schemathesis.engine import events, from_schema
from schemathesis.transport.wsgi import WSGITransport
from structlog.testing import capture_logs

from stadtkern.testing.databases import on_sqlite
from stadtkern.testing.town import Town

pytestmark = [
    on_sqlite,
    # Of long documents that it quotes.
    pytest.mark.filterwarnings("ignore:Generating overly large repr"),
]
TYPES = ("event", "link", "service")
BLOCKS = ("text", "call", "teasers")
WRITTEN = {"PATCH", "PUT", "POST"}
"""Nothing is deleted: the others would find nothing then."""

REFUSED = ["401", "403", "404", "412", "422"]
"""What a schema cannot say: which ids, versions and addresses there are, and which are free."""


TOO_MANY = 429
"""Would look like a refusal of what was asked, though it is none."""


class Client:
    """The application, asked by a client that has read the present version of what it writes."""

    def __init__(self, town: Town) -> None:
        self.town = town
        self.answers: dict[int, int] = {}

    def version(self, path: str) -> str | None:
        """Return the ETag of what an address names, as somebody would read it before."""
        parts = path.removeprefix("/api/v1/").split("/")
        if len(parts) < 2:
            return None
        found = self.town.api("GET", f"/{parts[0]}/{parts[1]}", token=self.token, status="*")
        return found.headers.get("ETag")

    def __call__(self, environ: dict[str, Any], start: Callable[..., Any]) -> Iterable[bytes]:
        """Answer; every other well-formed If-Match becomes the present version."""
        environ["HTTP_HOST"] = self.town.host
        seen = environ.get("HTTP_IF_MATCH", "")
        plain = all(33 <= ord(sign) < 127 for sign in seen)
        formed = len(seen) > 2 and seen[0] == seen[-1] == '"' and '"' not in seen[1:-1]
        if environ["REQUEST_METHOD"] in WRITTEN and plain and formed and len(seen) % 2:
            environ["HTTP_IF_MATCH"] = self.version(environ["PATH_INFO"]) or seen

        def counted(status: str, headers: Any, *rest: Any) -> Any:
            number = int(status[:3])
            self.answers[number] = self.answers.get(number, 0) + 1
            return start(status, headers, *rest)

        return self.town.wsgi(environ, counted)

    token = ""


def fewer(document: dict[str, Any]) -> dict[str, Any]:
    """Return the document with some content types and blocks: the others are made alike."""
    schemas = document["components"]["schemas"]
    post = document["paths"]["/nodes"]["post"]["requestBody"]["content"]["application/json"]
    post["schema"]["oneOf"] = [{"$ref": f"#/components/schemas/New.{name}"} for name in TYPES]
    del post["schema"]["discriminator"]
    items = schemas["NewBlocks"]["items"]
    items["oneOf"] = [{"$ref": f"#/components/schemas/NewBlock.{name}"} for name in BLOCKS]
    return document


def run(town: Town, document: dict[str, Any], *, examples: int) -> tuple[list[str], Client]:
    """Ask all of a document; return what is wrong, and the client that asked."""
    client = Client(town)
    client.token = town.token(town.account("administrator"))
    config = SchemathesisConfig.from_dict(
        {
            "seed": 7,
            "headers": {"Authorization": f"Bearer {client.token}"},
            "generation": {"max-examples": examples, "deterministic": True, "database": "none"},
            "phases": {"stateful": {"enabled": False}},
            "parameters": {
                "path.id": town.node("/bild").id,
                "path.number": 1,
                "path.owner": "content",
                "path.name": "finance",
                # A cursor is a word without meaning to clients: only those given out are valid.
                "query.cursor": "",
            },
            "checks": {
                "positive_data_acceptance": {"expected-statuses": ["2xx", *REFUSED]},
                "missing_required_header": {"expected-statuses": ["428"]},
                "negative_data_rejection": {
                    "expected-statuses": ["400", "405", "413", "415", "428", *REFUSED]
                },
            },
        }
    )
    schema = schemathesis.openapi.from_dict(document, config=config)
    schema.app = client
    schema.location = "/api/v1/openapi.json"
    wrong: dict[tuple[str, str, str], str] = {}
    for event in from_schema(schema).execute():
        if isinstance(event, events.ScenarioFinished):
            for checks in event.recorder.checks.values():
                for check in checks:
                    if check.failure_info is not None:
                        failure = check.failure_info.failure
                        text = f"{failure.message}\n{check.failure_info.code_sample}"
                        wrong.setdefault((check.name, failure.title, failure.operation), text)
        elif isinstance(event, events.NonFatalError | events.FatalError):
            wrong.setdefault(
                (type(event).__name__, str(getattr(event, "label", "")), ""), str(event)
            )
    return [f"{' · '.join(key)}\n{text[:2_000]}" for key, text in wrong.items()], client


@pytest.fixture
def asked(make_town: Any, monkeypatch: pytest.MonkeyPatch) -> Iterator[Town]:
    """Return a town with a page and a picture, whose log is quiet."""
    plain = WSGITransport.send

    def send(self: Any, case: Any, *, session: Any = None, **options: Any) -> Any:
        # The check of ignored authentication passes options on that only sockets know.
        for name in ("max_redirects", "verify", "cert", "proxies"):
            options.pop(name, None)
        return plain(self, case, session=session, **options)

    monkeypatch.setattr(WSGITransport, "send", send)
    # A fast machine asks more than 10,000 times within a minute, the most that a town can allow.
    monkeypatch.setattr("stadtkern.api.asking._count", lambda *_asked: None)
    town: Town = make_town()
    town.page("Seite", blocks=[{"id": "aaaa", "type": "text", "data": {"html": "<p>x</p>"}}])
    stored = {"sha": "0" * 64, "name": "bild.svg", "type": "image/svg+xml", "size": 1}
    town.add("image", "Bild", published=False, fields={"stored": stored})
    with capture_logs():
        yield town


def document_of(town: Town) -> dict[str, Any]:
    found: dict[str, Any] = town.api("GET", "/openapi.json").json
    return found


def test_whatever_is_asked_the_document_is_true(asked: Town) -> None:
    wrong, client = run(asked, fewer(document_of(asked)), examples=4)
    assert "\n\n".join(wrong) == ""
    # It has not only been refused.
    assert {200, 201, 400, 401, 404, 405, 412, 415, 422, 428} <= set(client.answers)
    assert not [status for status in client.answers if status == TOO_MANY or status >= 500]


@pytest.mark.thorough
def test_whatever_is_asked_the_whole_document_is_true(asked: Town) -> None:
    for name in sorted(asked.registry["plugins"]):
        asked.enable(name)
    examples = int(os.environ.get("SCHEMATHESIS_EXAMPLES", "40"))
    wrong, client = run(asked, document_of(asked), examples=examples)
    assert not [status for status in client.answers if status == TOO_MANY or status >= 500]
    assert "\n\n".join(wrong) == ""
