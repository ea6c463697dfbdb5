"""What bookings tell the rooms of the core."""

from pyramid.config import Configurator

from stadtkern_finance.i18n import _
from stadtkern_finance.ledger.models import BookedLine, StoredBatch, StoredProfile


def includeme(config: Configurator) -> None:
    """Name the tables in the history and in archives of a town."""
    for name, title in (
        ("finance_line", _("Booking")),
        ("finance_batch", _("Batch of bookings")),
        ("finance_profile", _("Profile of booking files")),
    ):
        config.add_audit_kind(name, title=title)
    config.add_audit_deed("finance.export", title=_("bookings exported"))
    config.add_audit_deed("finance.batch_file", title=_("booking file handed out"))
    config.add_town_data("finance_batch", StoredBatch, numbered=True)
    config.add_town_data(
        "finance_line",
        BookedLine,
        references={"account_id": "finance_account", "batch_id": "finance_batch"},
        numbered=True,
    )
    config.add_town_data("finance_profile", StoredProfile)
