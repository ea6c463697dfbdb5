"""From an assessment to the files that are sent: PDF, and the XML that it carries."""

import re
from collections.abc import Iterator
from dataclasses import dataclass

from stadtkern_finance.calculation import Assessment
from stadtkern_finance.notices.facts import NoticeFacts
from stadtkern_finance.notices.letters.model import Attached, Letter
from stadtkern_finance.notices.letters.printing import Printer
from stadtkern_finance.notices.printed_message import message_letter
from stadtkern_finance.notices.property import property_letter
from stadtkern_finance.notices.towns import Town
from stadtkern_finance.notices.trade import trade_message
from stadtkern_finance.notices.xunternehmen.building import build
from stadtkern_finance.notices.xunternehmen.model import Kind, Message
from stadtkern_finance.notices.xunternehmen.names import file_name, stem
from stadtkern_finance.notices.xunternehmen.schema_pack import SchemaPack

_CALCULATING = ("trade_tax.", "interest.")
"""Steps that say how an amount comes about; others say when it is due."""


@dataclass(frozen=True, slots=True)
class Notice:
    """A notice as it is sent; ``xml`` only with trade tax, the same bytes as in the PDF."""

    stem: str
    pdf: bytes
    xml: bytes | None = None

    def files(self) -> Iterator[tuple[str, bytes]]:
        """Yield name and bytes of each file."""
        yield f"{self.stem}.pdf", self.pdf
        if self.xml is not None:
            yield f"{self.stem}.xml", self.xml


@dataclass(frozen=True, slots=True)
class Draft:
    """A notice that may be sent, before it is printed."""

    stem: str
    letter: Letter

    def printed(self, printer: Printer) -> Notice:
        """Return the notice with its PDF."""
        attached = self.letter.attached
        xml = None if attached is None else attached.data
        return Notice(self.stem, printer.print(self.letter), xml)


@dataclass(frozen=True, slots=True)
class Press:
    """What all notices of a run share: the town, and the official schema if it is at hand."""

    town: Town
    pack: SchemaPack | None = None

    def draft(self, assessment: Assessment, facts: NoticeFacts) -> Draft:
        """Return the notice of an assessment; raise BadInput where it may not be sent."""
        if assessment.record.is_property_tax:
            letter = property_letter(assessment, facts, self.town)
            return Draft(self._property_stem(facts), letter)
        message = trade_message(assessment, facts, self.town)
        steps = assessment.steps
        if message.kind is Kind.INSOLVENCY:
            # A calculation demands nothing, so when something would be due is left out.
            steps = tuple(step for step in steps if step.rule.name.startswith(_CALCULATING))
        return self.trade(message, tuple(step.text("de") for step in steps))

    def trade(self, message: Message, steps: tuple[str, ...] = ()) -> Draft:
        """Return the notice of a message: its XML past the gate, and the letter that carries it."""
        xml = build(message)
        if self.pack is not None:
            self.pack.check(xml)
        attached = Attached(file_name(message, "xml"), xml)
        return Draft(
            stem(message), message_letter(message, self.town, steps=steps, attached=attached)
        )

    def _property_stem(self, facts: NoticeFacts) -> str:
        """Return our own name after the pattern of trade tax, which alone is prescribed."""
        number = re.sub(r"[^0-9A-Za-z]+", "_", facts.booking_number)
        ags = self.town.municipality.ags
        return f"GRST-BS-{ags}-{number}-{facts.day.isoformat()}_{facts.message_id}"
