"""An inbox for tests: timetables of buses, one line a departure, and the two who mind them."""

import io
from collections.abc import Iterator, Sequence
from typing import Any

from pyramid.config import Configurator
from pyramid.i18n import TranslationStringFactory
from sqlalchemy import select

from stadtkern import exchange
from stadtkern.accounts import Permission
from stadtkern.exchange import Checked, Desk, Found, Mend, Outgoing, Parsed, Question, Receipt
from stadtkern.exchange.models import Delivery, Finding, Record
from stadtkern.testing.town import Town

_ = TranslationStringFactory("stadtkern")
INBOX = "/admin/exchange/bus"
HEAD = b"#bus\n"


class Away:
    """A target that tests command: what it got, and what it answers."""

    def __init__(self) -> None:
        self.got: list[Outgoing] = []
        self.answer: Any = Receipt()

    def __call__(self, _desk: Desk, outgoing: Sequence[Outgoing]) -> Sequence[Receipt]:
        """Take records, or fail as the test has said."""
        if isinstance(self.answer, Exception):
            raise self.answer
        self.got += outgoing
        return [self.answer for _one in outgoing]


def detect(source: exchange.Source) -> bool:
    return source.head(len(HEAD)) == HEAD


def read(source: exchange.Source) -> Iterator[Parsed]:
    for number, line in enumerate(source.path.read_text("utf-8").splitlines()[1:], 1):
        if line == "broken":
            raise exchange.DeliveryRefused(f"line {number}", _("This line is broken."))
        name, minute, stop, *more = line.split(";")
        found = []
        if more:
            found.append(Found.warning("bus.unknown", "unmapped", _("A column too many.")))
        payload = {"line": name, "stop": stop, "minute": int(minute)}
        if more:
            payload["unmapped"] = {"column 4": more}
        yield Parsed(payload, source.name, number, tuple(found), len(more))


def check(desk: Desk, questions: Sequence[Question]) -> list[Checked]:
    """Find what is late, and what is nobody's stop; one query, whatever the number."""
    desk.session.execute(select(Delivery.id).limit(1))
    return [_one(question) for question in questions]


def _one(question: Question) -> Checked:
    fields = question.payload
    found = []
    if fields.get("minute", 0) >= 60:
        offer = Mend(_("Make it the last minute"), fields={"minute": 59})
        text = _("There is no minute ${n}.", mapping={"n": fields["minute"]})
        found.append(Found.error("bus.minute", "minute", text, offer))
    if fields.get("stop") == "Nirgends" and not question.decisions.get("stop"):
        offer = Mend(_("It is the depot"), decisions={"stop": "depot"})
        found.append(Found.warning("bus.stop", "stop", _("Which stop is this?"), offer))
    return Checked(
        key=f"{fields['line']}/{fields['stop']}",
        kind="departure",
        subject=str(fields["line"]),
        summary=f"{fields['stop']}, {fields.get('minute')}",
        findings=tuple(found),
        state="aside" if str(fields["line"]).startswith("X") else "open",
        proposal={"departs": fields.get("minute")},
    )


def configure(config: Configurator) -> Any:
    """Open the inbox."""
    away = Away()
    config.registry["bus_target"] = away
    config.add_exchange_area(
        "bus", title="Fahrpläne", read="bus.read", edit="bus.edit", release="bus.release"
    )
    config.add_exchange_format(
        "bus.lines",
        title="Abfahrten",
        area="bus",
        detect=detect,
        read=read,
        check=check,
        excerpt=lambda source, _entry, number: source.path.read_text().splitlines()[number],
        count=lambda source: source.path.read_text().count("\n") - 1,
        show=lambda _request, row: f"<p>Abfahrt {int(row.proposal['departs'])}</p>",
        fields={
            "line": exchange.Field("Linie"),
            "stop": exchange.Field("Halt"),
            "minute": exchange.Field("Minute", "whole"),
        },
    )
    config.add_exchange_target("bus.board", title="Anzeigetafel", area="bus", send=away)
    config.add_role(
        "bus_clerk",
        title="Fahrplan",
        permissions=(Permission.OFFICE, Permission.EXCHANGE, "bus.read", "bus.edit"),
    )
    config.add_role(
        "bus_second",
        title="Freigabe",
        permissions=(
            *(Permission.OFFICE, Permission.EXCHANGE),
            *("bus.read", "bus.edit", "bus.release"),
        ),
    )


def lines(*departures: str) -> bytes:
    return HEAD + "\n".join(departures).encode() + b"\n"


def many(number: int, start: int = 0) -> bytes:
    return lines(*(f"{n};{n % 60};Halt {n}" for n in range(start, start + number)))


def deliver(town: Town, data: bytes, name: str = "plan.txt", *, run: bool = True) -> int:
    """Let a delivery come in by a command; return its id."""
    with town.session() as session:
        got = exchange.receiving.receive(
            session,
            town.registry,
            area="bus",
            stream=io.BytesIO(data),
            name=name,
            source="command",
        )
        number = got.delivery.id
    if run:
        town.run_jobs()
    return number


def deliveries(town: Town) -> list[Delivery]:
    with town.session(write=False) as session:
        rows = list(session.scalars(select(Delivery).order_by(Delivery.id)))
        session.expunge_all()
    return rows


def stored(town: Town) -> list[Record]:
    """Return all records in the order of their ids."""
    with town.session(write=False) as session:
        rows = list(session.scalars(select(Record).order_by(Record.id)))
        session.expunge_all()
    return rows


def found(town: Town) -> list[tuple[str, str, str]]:
    """Return severity, code and the record's subject of all findings."""
    with town.session(write=False) as session:
        rows = session.execute(
            select(Finding.severity, Finding.code, Record.subject)
            .join(Record, Record.id == Finding.record_id)
            .order_by(Record.id, Finding.id)
        ).all()
        return [tuple(row) for row in rows]


def desk(town: Town, session: Any) -> Desk:
    return Desk(session, town.registry, town.tenant)


def do(town: Town, number: int, name: str, *, status: int = 302, **fields: str) -> Any:
    """Press a button on a record's page, having just seen it."""
    with town.session(write=False) as session:
        version = session.scalars(select(Record.version).where(Record.id == number)).one()
    seen = {"version": str(version), "do": name} | fields
    return town.post(f"{INBOX}/records/{number}", seen, status=status)
