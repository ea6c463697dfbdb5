"""What bookings tell the rooms of the core."""

from pyramid.config import Configurator

from stadtkern_finance.i18n import _
from stadtkern_finance.ledger import delivering
from stadtkern_finance.ledger.models import (
    BookedLine,
    Collection,
    Mandate,
    SentBefore,
    StoredBatch,
    StoredProfile,
    StoredReceipt,
    Way,
)


def includeme(config: Configurator) -> None:
    """Name the tables in the history and in archives of a town."""
    for name, title in (
        ("finance_line", _("Booking")),
        ("finance_batch", _("Batch of bookings")),
        ("finance_profile", _("Profile of booking files")),
        ("finance_sent_before", _("Booking sent once more")),
        ("finance_receipt", _("Receipt of the accounting system")),
        ("finance_way", _("Delivery of booking files")),
        ("finance_mandate", _("SEPA mandate")),
        ("finance_collection", _("Use of a SEPA mandate")),
    ):
        config.add_audit_kind(name, title=title)
    config.add_audit_deed("finance.export", title=_("bookings exported"))
    config.add_audit_deed("finance.batch_file", title=_("booking file handed out"))
    config.add_audit_deed("finance.deliver", title=_("sent to the accounting system"))
    config.add_audit_deed("finance.receipt", title=_("receipt read"))
    config.add_audit_deed("finance.again", title=_("to be sent once more"))
    config.add_audit_deed("finance.settle", title=_("dealt with"))
    config.add_audit_deed("finance.debits", title=_("direct debits handed out"))
    config.add_audit_deed("finance.debits.back", title=_("direct debits taken back"))
    config.add_audit_deed("finance.mandate", title=_("mandate entered"))
    config.add_audit_deed("finance.mandate.end", title=_("mandate ended"))
    config.add_job(delivering.JOB, delivering.run, title=_("Deliver booking files"))
    for column in (Way.secret, Mandate.iban):
        config.add_vault_field(column, context=lambda row: row.context)
    config.add_town_data("finance_batch", StoredBatch, numbered=True, ordered=True)
    config.add_town_data(
        "finance_line",
        BookedLine,
        references={"account_id": "finance_account", "batch_id": "finance_batch"},
        numbered=True,
        # A batch's hash goes over its lines in their order.
        ordered=True,
    )
    config.add_town_data(
        "finance_sent_before",
        SentBefore,
        references={"line_id": "finance_line", "batch_id": "finance_batch"},
    )
    config.add_town_data("finance_profile", StoredProfile)
    config.add_town_data("finance_receipt", StoredReceipt)
    # Another installation delivers elsewhere, and has no use for a password of this one.
    config.add_town_data("finance_way", Way, leave_out=("secret",))
    config.add_town_data(
        "finance_mandate",
        Mandate,
        references={"account_id": "finance_account"},
        numbered=True,
    )
    config.add_town_data(
        "finance_collection",
        Collection,
        references={"batch_id": "finance_batch", "mandate_id": "finance_mandate"},
    )
