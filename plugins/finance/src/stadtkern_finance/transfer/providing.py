"""Handing notices to ELSTER-Transfer and asking what became of them (Bereitstellung).

No description of the interface was at hand: paths, names of fields and the words for states are
settings, and the defaults are what a public third-party client shows. An order has the notice's
own id, so that the same order again is none.
"""

import hashlib
import json
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from typing import Any
from urllib.parse import quote

from stadtkern.web.egress import Answer, EgressError
from stadtkern_finance.transfer.client import Call, TransferFailed
from stadtkern_finance.transfer.configuration import Port

ANSWER_BYTES = 100_000
DUPLICATE = 409
"""HTTP: it is there already; so it has arrived before, and its answer was lost."""
NOT_KNOWN = 404
OTHERS_FAULT = 500
"""From here on the other side is broken; below it says no."""
TOO_MANY, TOO_SLOW = 429, 408


class Stage(StrEnum):
    """How far an order is."""

    WAITING = "waiting"
    PROVIDED = "provided"
    REFUSED = "refused"
    GONE = "gone"
    """The other side does not know it."""
    UNCLEAR = "unclear"
    """Its answer has a word that nobody has named, or a day that cannot be."""


@dataclass(frozen=True)
class Status:
    """What became of an order; ``day`` where it was provided, ``word`` as it was said."""

    stage: Stage
    day: date | None = None
    word: str = ""


class OrderRefused(TransferFailed):
    """The other side does not take a notice; it goes another way."""


class Provider:
    """One town's ELSTER-Transfer, outbound. ``call``: as ``stadtkern.web.egress.fetch``."""

    def __init__(self, port: Port, call: Call) -> None:
        """Take the port's settings and the way out."""
        self.port = port
        self._call = call

    def provide(self, number: str, name: str, data: bytes, tax_number: str) -> None:
        """Upload a file and order that it is provided; both again change nothing.

        Raises ``OrderRefused`` where the other side says no, ``TransferFailed`` where it did not
        answer: then nobody knows whether it has arrived, and it is sent once more.
        """
        self._put("upload", data, "application/pdf", id=number, name=name)
        names = self.port.names
        order = {
            names["id"]: number,
            names["name"]: name,
            names["size"]: len(data),
            names["sha256"]: hashlib.sha256(data).hexdigest(),
            names["recipient"]: tax_number,
        }
        body = json.dumps(order, ensure_ascii=False, sort_keys=True).encode()
        self._put("order", body, "application/json", id=number, name=name)

    def status(self, number: str) -> Status:
        """Return what became of an order; ``TransferFailed`` where nobody answers."""
        answer = self._ask("status", "GET", None, {}, id=number, name="")
        if answer.status == NOT_KNOWN:
            return Status(Stage.GONE)
        if not 200 <= answer.status < 300:  # noqa: PLR2004 - good answers of HTTP
            raise TransferFailed("status", f"status {answer.status}")
        try:
            read = json.loads(answer.body)
        except (ValueError, RecursionError) as error:
            raise TransferFailed("status", "no JSON") from error
        if not isinstance(read, dict):
            raise TransferFailed("status", "no object")
        word = str(read.get(self.port.names["status"]) or "")[:40]
        stage = next((name for name, words in self.port.states.items() if word in words), None)
        if stage != Stage.PROVIDED:
            return Status(Stage.UNCLEAR if stage is None else Stage(stage), word=word)
        try:
            day = date.fromisoformat(str(read.get(self.port.names["provided_on"]))[:10])
        except ValueError:
            return Status(Stage.UNCLEAR, word=word)
        return Status(Stage.PROVIDED, day, word)

    def _put(self, call: str, body: bytes, kind: str, **values: str) -> None:
        method = self.port.methods[call]
        answer = self._ask(call, method, body, {"Content-Type": kind}, **values)
        if 200 <= answer.status < 300 or answer.status == DUPLICATE:  # noqa: PLR2004
            return
        said = f"status {answer.status}"
        if answer.status >= OTHERS_FAULT or answer.status in {TOO_MANY, TOO_SLOW}:
            raise TransferFailed(call, said)
        raise OrderRefused(call, said)

    def _ask(
        self, call: str, method: str, body: bytes | None, headers: dict[str, str], **values: Any
    ) -> Answer:
        quoted = {key: quote(str(value), safe="") for key, value in values.items()}
        try:
            return self._call(
                self.port.url + self.port.paths[call].format(**quoted),
                method=method,
                body=body,
                headers=headers,
                seconds=float(self.port.seconds),
                redirects=0,
                max_bytes=ANSWER_BYTES,
                certificate=self.port.certificate,
            )
        except EgressError as error:
            raise TransferFailed(call, error.code) from error
