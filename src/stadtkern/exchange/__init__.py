"""Records that come in from other systems: checked, released by two persons, sent on.

The room knows deliveries, records, findings, releases and dispatches; what a record is about is
said by formats and targets of plugins (``add_exchange_area``, ``add_exchange_format``,
``add_exchange_target``).
"""

from datetime import datetime
from typing import Any

from pyramid.config import Configurator

from stadtkern.exchange import keeping, kinds, models, queries, travelling, values
from stadtkern.exchange.errors import DeliveryRefused, ExchangeRefused
from stadtkern.exchange.kinds import (
    Checked,
    Desk,
    Field,
    Found,
    Mend,
    Outgoing,
    Parsed,
    Question,
    Receipt,
    Source,
)
from stadtkern.exchange.models import Delivery, Record
from stadtkern.exchange.services import checking, receiving, records, releasing, sending, staging
from stadtkern.privacy import deleting, old
from stadtkern.web.i18n import _

__all__ = [
    "Checked",
    "Delivery",
    "DeliveryRefused",
    "Desk",
    "ExchangeRefused",
    "Field",
    "Found",
    "Mend",
    "Outgoing",
    "Parsed",
    "Question",
    "Receipt",
    "Record",
    "Source",
    "checking",
    "directives",
    "includeme",
    "keeping",
    "kinds",
    "models",
    "queries",
    "receiving",
    "records",
    "releasing",
    "sending",
    "staging",
    "values",
]

TEN_YEARS = 3_653
"""Days; what is booked from records is kept as long as vouchers are (§ 147 AO, GemHVO)."""


def directives(config: Configurator) -> None:
    """Offer ``add_exchange_area``, ``add_exchange_format`` and ``add_exchange_target``."""
    kinds.directives(config)


def _over(before: datetime) -> Any:
    return (Delivery.received_at < before) & Delivery.state.in_(models.ENDED)


def includeme(config: Configurator) -> None:
    """Register jobs, names of deeds, and how long things are kept."""
    config.add_job(receiving.STAGE, staging.stage, title=_("Read deliveries of other systems"))
    config.add_job(sending.SEND, sending.send, title=_("Send released records"))
    config.add_job(sending.REMIND, sending.remind, title=_("Send what has not arrived yet"))
    config.add_job(keeping.SWEEP, keeping.sweep, title=_("Throw away files of deleted deliveries"))
    config.add_schedule(sending.REMIND, job=sending.REMIND, cron="7 * * * *")
    config.add_schedule(keeping.SWEEP, job=keeping.SWEEP, cron="41 3 * * *")
    travelling.configure(config)
    for name, title in (
        ("exchange_delivery", _("Delivery of another system")),
        ("exchange_record", _("Record of another system")),
        ("exchange_batch", _("Batch of records")),
        ("exchange_release", _("Release of a record")),
        ("exchange_dispatch", _("Record on its way")),
        ("exchange_target", _("Target of records")),
    ):
        config.add_audit_kind(name, title=title)
    for deed, title in (
        ("exchange.receive", _("received")),
        ("exchange.stage", _("read to its end")),
        ("exchange.refuse", _("refused as a whole")),
        ("exchange.again", _("to be read once more")),
        ("exchange.change", _("corrected")),
        ("exchange.reject", _("rejected")),
        ("exchange.reopen", _("taken up again")),
        ("exchange.propose", _("proposed for release")),
        ("exchange.withdraw", _("proposal taken back")),
        ("exchange.release", _("released")),
        ("exchange.return", _("proposal given back")),
        ("exchange.receipt", _("receipts read")),
        ("exchange.replay", _("sent once more")),
        ("exchange.download", _("original handed out")),
        ("exchange.table", _("list handed out")),
    ):
        config.add_audit_deed(deed, title=title)
    config.add_personal_data(
        "exchange",
        title=_("Records of other systems"),
        purpose=_("Taking over what other authorities and systems report, with proof of it"),
        people=_("Whoever the records are about, and the staff who check and release them"),
        data=_("What the records hold, the files that they came in, who decided what and when"),
        basis=_("Art. 6 (1) (c) and (e) GDPR"),
    )
    config.add_retention_rule(
        "exchange",
        title=_("Deliveries of other systems with their records"),
        data="exchange",
        days=TEN_YEARS,
        basis=_("Kept like vouchers"),
        kind="exchange_delivery",
        due=old(Delivery, _over),
        erase=deleting(Delivery),
        least=30,
    )
