"""Sends a message to the devices that want its topic, through the guard of outgoing calls."""

import json
from typing import Any

from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import load_der_private_key
from pyramid.config import Configurator

from stadtkern.db import utcnow
from stadtkern.jobs import Job
from stadtkern.vault import open_
from stadtkern.web.egress import EgressError, fetch
from stadtkern_cityguide.i18n import _
from stadtkern_cityguide.push import queries, services
from stadtkern_cityguide.push.models import WARNINGS, Message
from stadtkern_cityguide.push.sealing import Address, authorization, encrypted

DAY = 86_400
GONE = frozenset({404, 410})
GOOD = range(200, 300)
SECONDS = 10.0
SILENT = 20
"""So many devices of one service in a row got no answer: those behind them are not asked, since
anybody can name a service that lets us wait, and a warning must not wait for it."""
KEY = "cityguide.push_key"


def send(job: Job, *, message: int) -> None:
    """Send; after a crash it goes on behind the last chunk of devices that was noted."""
    if job.tenant is None:
        raise ValueError("a job of a municipality's own")
    registry = job.registry
    silent: dict[str, int] = {}
    while not job.cancelled():
        with job.work(write=False) as session:
            row = session.get(Message, message)
            key = queries.key(session)
            if row is None or key is None or row.finished_at is not None:
                return
            private = open_(session, registry, job.tenant.id, key.sealed, key.context)
            devices = [
                (one.id, services.address(session, registry, one))
                for one in queries.next_devices(session, row.topic, row.last_device)
            ]
            payload, urgent = _payload(row), row.topic == WARNINGS
        signer = load_der_private_key(private, password=None)
        if not isinstance(signer, ec.EllipticCurvePrivateKey):
            raise TypeError("the town's key is of another kind")
        states = {
            number: _post(job, signer, address, payload, silent, urgent=urgent)
            for number, address in devices
        }
        with job.work(write=True) as session:
            _note(session, message, states)


def _note(session: Any, message: int, states: dict[int, int]) -> None:
    """Store what became of a chunk; an empty one ends the message."""
    row = session.get(Message, message)
    gone = {number for number, state in states.items() if state in GONE}
    good = sum(1 for state in states.values() if state in GOOD)
    queries.forget(session, gone)
    row.reached += good
    row.failed += len(states) - good - len(gone)
    if states:
        row.last_device = max(states)
    else:
        row.finished_at = utcnow()


def _payload(row: Message) -> bytes:
    told = {"title": row.title, "text": row.text, "path": row.path, "tag": f"message-{row.id}"}
    return json.dumps(told, ensure_ascii=False).encode()


def _post(
    job: Job,
    signer: ec.EllipticCurvePrivateKey,
    address: Address,
    payload: bytes,
    silent: dict[str, int],
    *,
    urgent: bool,
) -> int:
    """Hand a message to one device's service; return its answer's status, 0 for none.

    ``silent``: how often in a row each service did not answer, noted here.
    """
    assert job.tenant is not None  # noqa: S101 - checked by who calls
    service = address.service
    if silent.get(service, 0) >= SILENT:
        return 0
    headers = {
        "Authorization": authorization(signer, address.origin, f"https://{job.tenant.host}"),
        "Content-Encoding": "aes128gcm",
        "Content-Type": "application/octet-stream",
        "TTL": str(DAY),
        "Urgency": "high" if urgent else "normal",
    }
    try:
        answer = fetch(
            job.registry,
            address.endpoint,
            method="POST",
            headers=headers,
            body=encrypted(payload, address),
            seconds=SECONDS,
            max_bytes=10_000,
            whole=False,
            redirects=0,
        )
    except EgressError:
        silent[service] = silent.get(service, 0) + 1
        return 0
    silent[service] = 0
    return answer.status


def ensure_key(job: Job) -> None:
    """Make the key of a town that offers messages."""
    if job.tenant is None:
        raise ValueError("a job of a municipality's own")
    with job.work(write=False) as session:
        settings = job.registry["plugin_states"].of_id(job.tenant.id, session).settings("cityguide")
        if not settings.get("push") or queries.key(session) is not None:
            return
    with job.work(write=True) as session:
        services.ensure_key(session, job.registry, job.tenant.id)


def includeme(config: Configurator) -> None:
    """Register both jobs."""
    config.add_job(services.SEND, send, title=_("Send a message to devices"))
    config.add_job(KEY, ensure_key, title=_("Make the key for messages to devices"))
    config.add_schedule(KEY, job=KEY, cron="*/5 * * * *")
