"""Delivering to a town, and looking at what has come of it."""

import io
import zipfile
from pathlib import Path
from typing import Any

from sqlalchemy import select

from stadtkern import exchange
from stadtkern.exchange.models import Delivery, Finding, Record
from stadtkern.testing.town import Town
from stadtkern_finance.synthetic import Order, write

INBOX = "/admin/exchange/finance"


def deliver(town: Town, data: bytes, name: str = "lieferung.zip") -> Delivery:
    with town.session() as session:
        got = exchange.receiving.receive(
            session,
            town.registry,
            area="finance",
            stream=io.BytesIO(data),
            name=name,
            source="command",
        )
        number = got.delivery.id
    town.run_jobs()
    with town.session(write=False) as session:
        row = session.get(Delivery, number)
        assert row is not None
        session.expunge(row)
    return row


def made(tmp_path: Path, **order: Any) -> bytes:
    target = tmp_path / "made.zip"
    write(Order(**({"records": 30, "seed": 5} | order)), target)
    return target.read_bytes()


def records(town: Town) -> list[Record]:
    with town.session(write=False) as session:
        rows = list(session.scalars(select(Record).order_by(Record.id)))
        session.expunge_all()
    return rows


def codes(town: Town) -> list[tuple[str, str]]:
    with town.session(write=False) as session:
        rows = session.execute(select(Finding.severity, Finding.code).order_by(Finding.id)).all()
        return [tuple(row) for row in rows]


def zipped(**files: bytes) -> bytes:
    target = io.BytesIO()
    with zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data in files.items():
            archive.writestr(name, data)
    return target.getvalue()


def notice(extra: str = "", **values: str) -> bytes:
    """Return one GMBX notice as XML; fields are named as in the mapping, ``extra`` is XML."""
    fields = {
        "VorgangsId": "V-1",
        "Aktenzeichen": "4011223344556677",
        "AGS": "06439015",
        "ArtDerWirtschaftlichenEinheit": "2",
        "DatumDesMessbetragsbescheids": "06022026",
        "AbweichendeGueltigkeit": "01012026",
        "GrundDerVeranlagung": "1",
        "Messbetrag": "9600",
    } | values
    body = "".join(f"<{name}>{text}</{name}>" for name, text in fields.items() if text)
    return (
        '<?xml version="1.0" encoding="UTF-8"?><GrundsteuerMessbescheide '
        f'xmlns="urn:stadtkern:gmbx:1"><Messbescheid>{body}{extra}</Messbescheid>'
        "</GrundsteuerMessbescheide>"
    ).encode()
