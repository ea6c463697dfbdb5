"""``stadtkern exchange …``: what has come in and gone out, as it was."""

import os
import sys
import tempfile
from collections.abc import Iterator
from hashlib import sha256
from pathlib import Path
from typing import Any, NamedTuple

import click
from sqlalchemy.orm import Session

from stadtkern import audit
from stadtkern.db import bind_tenant, work
from stadtkern.exchange import queries
from stadtkern.exchange.keeping import store_of
from stadtkern.exchange.kinds import areas
from stadtkern.exchange.services.sending import outgoing_of
from stadtkern.exchange.values import released_bytes
from stadtkern.storage import FileStore
from stadtkern.tenants import Tenant, TenantRefused, tenant_by_slug
from stadtkern.web.console import Console, Refused, json_option

CHUNK = 1 << 20
LISTED = 100

tenant_option = click.option(
    "--tenant", "slug", required=True, help="Short name of the municipality."
)


class Kept(NamedTuple):
    """Bytes as they are kept: what they are, their hash, and where they lie or what they are."""

    what: str
    kind: str
    number: int
    sha: str
    data: bytes | Path

    def pieces(self) -> Iterator[bytes]:
        """Yield the bytes, however many."""
        if isinstance(self.data, bytes):
            yield self.data
            return
        with self.data.open("rb") as stream:
            while piece := stream.read(CHUNK):
                yield piece


@click.group(name="exchange")
def group() -> None:
    """Deliveries of other systems, and what was sent on."""


def _town(console: Console, session: Session, slug: str, area: str) -> Tenant:
    known = areas(console.registry())
    if area not in known:
        raise Refused(
            f"There is no area {area}. There are: {', '.join(sorted(known)) or 'none'}. Where one "
            "of a plugin is missing, `stadtkern plugins doctor` says why."
        )
    with console.refusing(TenantRefused):
        tenant = tenant_by_slug(session, slug)
    bind_tenant(session, tenant.id)
    return tenant


@group.command("deliveries")
@click.argument("area")
@tenant_option
@json_option
@click.pass_obj
def deliveries(console: Console, *, area: str, slug: str, as_json: bool) -> None:
    """List the newest deliveries of AREA (such as finance), with the ids that `replay` takes."""
    console.registry()
    with work(console.database(), write=False) as session:
        _town(console, session, slug, area)
        rows = [
            {
                "id": row.id,
                "name": row.name,
                "received": row.received_at.isoformat(timespec="seconds"),
                "state": row.state,
                "records": row.staged,
                "size": row.size,
                "sha256": row.sha,
            }
            for row in queries.deliveries(session, area, limit=LISTED)
        ]
    columns = ("id", "name", "received", "state", "records", "size", "sha256")
    console.table(rows, columns, as_json=as_json)


@group.command("replay")
@click.argument("area")
@tenant_option
@click.option("--delivery", type=int, help="Id of a delivery: the bytes that came.")
@click.option("--dispatch", type=int, help="Id of a dispatch: what was released, as JSON.")
@click.option(
    "--out",
    type=click.Path(dir_okay=False, path_type=Path),
    help="File to write, one that is not there yet; without it standard output.",
)
@json_option
@click.pass_obj
def replay(
    console: Console,
    *,
    area: str,
    slug: str,
    delivery: int | None,
    dispatch: int | None,
    out: Path | None,
    as_json: bool,
) -> None:
    """Hand out the identical bytes of a delivery to AREA, or of what was released and sent on.

    Of a dispatch: the canonical JSON [payload, decisions, proposal] that the release is bound to;
    its SHA-256 is the hash that was released. The bytes are held against their SHA-256 first;
    where they are others by now, nothing is handed out. The history notes it.
    """
    if (delivery is None) == (dispatch is None):
        raise Refused("Name either --delivery or --dispatch, by its id.")
    if as_json and out is None:
        raise Refused("--json needs --out: standard output holds either bytes or the report.")
    if out is not None and out.exists():
        raise Refused(f"{out} is there already. Choose another file.")
    registry = console.registry()
    with work(console.database()) as session:
        session.info["origin"] = "cli"
        tenant = _town(console, session, slug, area)
        if delivery is not None:
            kept = _delivery(session, store_of(registry, tenant.id), area, delivery)
        else:
            kept = _dispatch(session, area, dispatch or 0)
        size = _checked(kept)
        audit.record(session, "exchange.download", kept.kind, kept.number)
    if out is None:
        stream = sys.stdout.buffer
        for piece in kept.pieces():
            stream.write(piece)
        stream.flush()
        return
    _write(kept, out)
    facts = {"tenant": slug, "area": area, "id": kept.number, "size": size, "sha256": kept.sha}
    said = f"{out}: {kept.what} of {area}, {size} bytes, SHA-256 {kept.sha}."
    console.say(said, {"file": str(out), "kind": kept.kind, **facts}, as_json=as_json)


def _delivery(session: Session, store: FileStore, area: str, number: int) -> Kept:
    row = queries.delivery(session, area, number)
    if row is None:
        raise Refused(
            f"There is no delivery {number} in {area}. `stadtkern exchange deliveries {area}` "
            "lists them."
        )
    if not row.size:
        raise Refused(f"Nothing of delivery {number} was kept: it was turned away before it came.")
    return Kept(f"delivery {number}", "exchange_delivery", number, row.sha, store.path(row.sha))


def _dispatch(session: Session, area: str, number: int) -> Kept:
    found = queries.sent(session, area, number)
    if found is None:
        raise Refused(f"There is no dispatch {number} in {area}.")
    row, record = found
    one = outgoing_of(row, record)
    data = released_bytes(one.payload, one.decisions, one.proposal)
    if row.payload_hash != record.payload_hash:
        raise Refused(
            f"The record of dispatch {number} was changed after it was sent: what was sent is not "
            "kept. The delivery that it came in is: replay that one."
        )
    return Kept(f"dispatch {number}", "exchange_dispatch", number, row.payload_hash, data)


def _checked(kept: Kept) -> int:
    """Return how many bytes there are; refuse those that are not what they were."""
    digest, size = sha256(), 0
    try:
        for piece in kept.pieces():
            digest.update(piece)
            size += len(piece)
    except OSError:
        raise Refused(
            f"The bytes of {kept.what} are not in the storage any more. Restore "
            f"{kept.sha[:12]}… from your backup."
        ) from None
    if digest.hexdigest() != kept.sha:
        raise Refused(
            f"The bytes of {kept.what} are not what came: their SHA-256 is {digest.hexdigest()}, "
            f"not {kept.sha}. Nothing was handed out; restore them from your backup."
        )
    return size


def _write(kept: Kept, out: Path) -> None:
    """Write a file that appears under its name only when it is whole."""
    temporary: Any = None
    try:
        handle, name = tempfile.mkstemp(dir=out.absolute().parent, prefix=f".{out.name}.")
        temporary = Path(name)
        with os.fdopen(handle, "wb") as stream:
            for piece in kept.pieces():
                stream.write(piece)
        temporary.replace(out)
    except OSError as error:
        raise Refused(f"{out} cannot be written: {error.strerror}.") from None
    finally:
        if temporary is not None:
            temporary.unlink(missing_ok=True)
