"""What tests of the webhooks share: a receiver, and looks at what was sent."""

import base64
import hashlib
import hmac
import json
import socket
from datetime import timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

from sqlalchemy import select

from stadtkern.db import utcnow
from stadtkern.jobs.models import JobRow
from stadtkern.notify import webhooks
from stadtkern.notify.webhooks import WebhookDelivery, WebhookEndpoint
from stadtkern.testing.town import Town

ALL = [f"node.{verb}" for verb in ("published", "changed", "unpublished", "moved", "deleted")]


class Receiver(ThreadingHTTPServer):
    """A system that gets messages; ``status``: what it answers, ``fault``: how it misbehaves."""

    daemon_threads = True

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), Handler)
        self.got: list[tuple[dict[str, str], bytes]] = []
        self.paths: list[str] = []
        self.status = 204
        self.location = ""
        self.fault = ""

    @property
    def url(self) -> str:
        """Return its address."""
        return f"http://127.0.0.1:{self.server_port}/hook"

    @property
    def messages(self) -> list[Any]:
        """Return what came, read."""
        return [json.loads(body) for _headers, body in self.got]


class Handler(BaseHTTPRequestHandler):
    """Keeps what comes."""

    server: Receiver

    def log_message(self, *_arguments: Any) -> None:
        """Stay quiet."""

    def answer(self) -> None:
        """Take a message."""
        body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
        self.server.paths.append(f"{self.command} {self.path}")
        self.server.got.append(({k.lower(): v for k, v in self.headers.items()}, body))
        if self.server.fault == "hang up":
            self.connection.shutdown(socket.SHUT_RDWR)
            return
        self.send_response(self.server.status)
        if self.server.location:
            self.send_header("Location", self.server.location)
        if self.server.fault == "flood":
            self.end_headers()
            try:
                for _index in range(1_000):
                    self.wfile.write(b"x" * 65_536)
            except OSError:
                return
        else:
            self.send_header("Content-Length", "0")
            self.end_headers()

    do_POST = do_GET = answer  # noqa: N815 - names of the base class


def listen(town: Town, url: str, *events: str) -> tuple[int, str]:
    with town.session() as session:
        endpoint, secret = webhooks.add(
            session, town.registry, name="Archiv", url=url, events=events or ALL
        )
        return endpoint.id, secret


def log(town: Town) -> list[WebhookDelivery]:
    with town.session(write=False) as session:
        rows = list(session.scalars(select(WebhookDelivery).order_by(WebhookDelivery.id)))
        session.expunge_all()
    return rows


def endpoint(town: Town) -> WebhookEndpoint:
    with town.session(write=False) as session:
        row = session.scalars(select(WebhookEndpoint)).one()
        session.expunge_all()
    return row


def skip_waiting(town: Town) -> timedelta:
    """Let the job that waits be due, and return how long it would have waited."""
    with town.session() as session:
        row = session.scalars(select(JobRow).where(JobRow.state == "waiting")).one()
        waited = row.due_at - row.created_at
        row.due_at = utcnow()
    return waited


def signed_by(secret: str, headers: dict[str, str], body: bytes) -> str:
    """Work the signature out as a receiver would, from the standard's text alone."""
    key = base64.b64decode(secret.split("_", 1)[1])
    text = b".".join((headers["webhook-id"].encode(), headers["webhook-timestamp"].encode(), body))
    return "v1," + base64.b64encode(hmac.digest(key, text, hashlib.sha256)).decode()
