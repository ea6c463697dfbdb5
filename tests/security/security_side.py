"""One town of the wall tests, what is asked of it, and what it answers."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from json import dumps
from typing import Any
from urllib.parse import unquote

import webtest

from stadtkern.testing.town import Town

CODE = "ABCDE-FGHJK"
SUBMISSION_CODE = "ABCD-EFGH-JKLM"
NEW_PASSWORD = "Moor-Laterne-Kupfer-29-Segel"

Fields = list[tuple[str, Any]]


@dataclass(frozen=True)
class Ask:
    """A request as a browser would send it, but for the proof of origin."""

    path: str
    fields: Fields | None = None
    """None: GET; a list: POST."""
    multipart: bool = False
    packed: str = ""
    """What a field holds in a packed form, in clear."""
    method: str = ""
    """Of a request to the API, with a token instead of a login; empty: a browser's."""
    json: Any = None
    machine: bool = False
    """Whether it goes to an endpoint that asks for no proof of origin (``machine=True``)."""
    headers: Mapping[str, str] = field(default_factory=dict)
    """Of a request with ``method``, beside the usual ones."""
    seen: str = ""
    """The version for ``If-Match``."""

    @property
    def words(self) -> str:
        """Return all that the asker has written: an echo of it is no leak."""
        written = [unquote(self.path), self.packed, dumps(self.json, ensure_ascii=False)]
        for _name, value in self.fields or ():
            if isinstance(value, webtest.Upload):
                written += [value.filename, value.content.decode("utf-8", "replace")]
            else:
                written.append(str(value))
        return " ".join(written).lower()


@dataclass(frozen=True)
class Answer:
    """What came back; ``text`` holds headers and body, of the page behind a redirect too."""

    status: int
    text: str
    words: str

    def markers(self, prefix: str) -> set[str]:
        """Return the markers of a town that the asker had not written."""
        found = set(re.findall(rf"{prefix}[a-z0-9-]+", self.text.lower()))
        return {marker for marker in found if marker not in self.words}

    @property
    def good(self) -> bool:
        """Whether the request succeeded."""
        return 200 <= self.status < 400


@dataclass
class Side:
    """One town with its administrator (an operator, too) and the ids of what was planted."""

    town: Town
    prefix: str
    admin: Any = None
    member: Any = None
    ticket: str = ""
    ids: dict[str, int] = field(default_factory=dict)
    paths: dict[str, str] = field(default_factory=dict)

    def word(self, name: str) -> str:
        """Return this town's marker for something."""
        return f"{self.prefix}{name}"

    def browser(self, *, login: bool, ticket: str | None = None) -> webtest.TestApp:
        """Return a new browser at this town's host."""
        made = webtest.TestApp(self.town.wsgi, extra_environ={"HTTP_HOST": self.town.host})
        if login:
            made.set_cookie(self.town.ticket_cookie, ticket or self.ticket)
        return made

    def form(self, path: str, having: str, *, login: bool = True, **changes: Any) -> Fields:
        """Return the fields that a browser would send of the form that has the field ``having``.

        ``changes``: values by field name; ``do`` names the pressed button.
        """
        page = self.browser(login=login).get(path)
        form = next(form for form in page.forms.values() if having in form.fields)
        fields = [
            (name, changes.pop(name, value))
            for name, value in form.submit_fields()
            if name not in {"csrf_token", "do"}
        ]
        return fields + list(changes.items())
