"""The calls to ELSTER-Transfer: list, fetch, confirm. It reads nothing of what it carries."""

import hashlib
import json
import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any, BinaryIO
from urllib.parse import quote

from stadtkern.web.egress import Answer, EgressError
from stadtkern_finance.transfer.configuration import Port

LIST_BYTES = 5_000_000
MOST_PAGES = 10_000
"""Beyond that a list has no end."""
_ID = re.compile(r"[A-Za-z0-9._:-]{1,200}")
_SHA256 = re.compile(r"[0-9a-f]{64}")
Call = Callable[..., Answer]


class TransferFailed(Exception):  # noqa: N818 - the word that operators read
    """ELSTER-Transfer did not answer, or not as it should: ``code`` says how, without data."""

    def __init__(self, code: str, detail: str = "") -> None:
        """Name what went wrong."""
        super().__init__(f"{code}: {detail}" if detail else code)
        self.code = code


class Incomplete(TransferFailed):
    """Other bytes came than were promised; they are fetched again at the next time."""


class NotKept(TransferFailed):
    """A file came whole and cannot be kept here, such as an empty one; ``reason`` is for people."""

    def __init__(self, code: str, reason: Any) -> None:
        super().__init__("refused", code)
        self.reason = reason


@dataclass(frozen=True)
class Waiting:
    """One file that waits. ``size`` in bytes and ``sha256``: None if the other side is silent."""

    id: str
    kind: str
    name: str
    size: int | None
    sha256: str | None


class _Measured:
    """A stream that counts and hashes what goes into another one."""

    def __init__(self, into: BinaryIO) -> None:
        self._into = into
        self.size = 0
        self.hash = hashlib.sha256()

    def write(self, data: bytes) -> int:
        self.size += len(data)
        self.hash.update(data)
        return self._into.write(data)


class TransferClient:
    """One town's ELSTER-Transfer. ``call``: as ``stadtkern.web.egress.fetch``, its registry given.

    The guard's settings decide which addresses may be called (``egress.networks`` for a server in
    the town's own network).
    """

    def __init__(self, port: Port, call: Call) -> None:
        """Take the port's settings and the way out."""
        self.port = port
        self._call = call

    def waiting(self) -> Iterator[Waiting]:
        """Yield what waits, page by page, each file once, in the order in which it is listed.

        Raises ``TransferFailed``, also for a list without end.
        """
        seen: set[str] = set()
        after = ""
        for _page in range(MOST_PAGES):
            entries = self._page(after)
            fresh = [one for one in entries if one.id not in seen]
            for one in fresh:
                if one.id not in seen:
                    seen.add(one.id)
                    yield one
            if len(entries) < self.port.page:
                return
            if not fresh:
                raise TransferFailed("endless", "a page names nothing new")
            after = entries[-1].id
        raise TransferFailed("endless", f"more than {MOST_PAGES} pages")

    def fetch(self, one: Waiting, into: BinaryIO) -> None:
        """Write a file's bytes; ``Incomplete`` where size or hash are not as promised."""
        measured = _Measured(into)
        answer = self._ask(
            "fetch", id=one.id, into=measured, max_bytes=self.port.largest_mb * 1_000_000
        )
        told = answer.headers.get("content-length", "")
        promised = {size for size in (one.size, int(told) if told.isdigit() else None) if size}
        if any(measured.size != size for size in promised):
            raise Incomplete("half", f"{measured.size} bytes instead of {max(promised)}")
        if one.sha256 is not None and measured.hash.hexdigest() != one.sha256:
            raise Incomplete("hash", "not the bytes that were promised")

    def confirm(self, one: Waiting) -> None:
        """Say that a file is kept here. Twice says it once; never before our own commit."""
        self._ask("confirm", id=one.id, method=self.port.confirm_method, body=b"")

    def _page(self, after: str) -> list[Waiting]:
        answer = self._ask("list", after=after, limit=str(self.port.page), max_bytes=LIST_BYTES)
        try:
            read = json.loads(answer.body)
        except (ValueError, RecursionError) as error:
            raise TransferFailed("list", "no JSON") from error
        entries = read.get(self.port.names["items"]) if isinstance(read, dict) else read
        if not isinstance(entries, list) or len(entries) > self.port.page:
            raise TransferFailed("list", "no list of entries, or more than were asked for")
        return [self._entry(entry) for entry in entries]

    def _entry(self, entry: Any) -> Waiting:
        if not isinstance(entry, Mapping):
            raise TransferFailed("list", "an entry is no object")
        found = {name: entry.get(theirs) for name, theirs in self.port.names.items()}
        number, size, sha = str(found["id"] or ""), found["size"], found["sha256"]
        if not _ID.fullmatch(number):
            raise TransferFailed("list", "an entry has no usable id")
        if size is not None and (type(size) is not int or size < 0):
            raise TransferFailed("list", "an entry's size is no number")
        if sha is not None and not _SHA256.fullmatch(str(sha).lower()):
            raise TransferFailed("list", "an entry's hash is none")
        return Waiting(
            id=number,
            kind=str(found["kind"] or ""),
            name=str(found["name"] or number)[:200],
            size=size,
            sha256=None if sha is None else str(sha).lower(),
        )

    def _ask(self, name: str, **kw: Any) -> Answer:
        values: dict[str, str] = {
            key: quote(kw.pop(key), safe="") for key in ("id", "after", "limit") if key in kw
        }
        try:
            answer = self._call(
                self.port.url + self.port.paths[name].format(**values),
                seconds=float(self.port.seconds),
                redirects=0,
                certificate=self.port.certificate,
                **kw,
            )
        except EgressError as error:
            raise TransferFailed(name, error.code) from error
        if not 200 <= answer.status < 300:  # noqa: PLR2004 - good answers of HTTP
            raise TransferFailed(name, f"status {answer.status}")
        return answer
