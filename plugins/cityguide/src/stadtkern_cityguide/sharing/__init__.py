"""Tours that one municipality offers and others adopt, as copies of their own.

What crosses from town to town is a row of ``cityguide_offer``: one JSON text with what was public
when somebody offered it, and the hashes of its media. Nobody reads another town's tree: the giving
town writes the text in its own session, the taking town makes pages of it in its own.
"""

from pyramid.config import Configurator

from stadtkern_cityguide.i18n import _
from stadtkern_cityguide.sharing import services
from stadtkern_cityguide.sharing.errors import ShareRefused
from stadtkern_cityguide.sharing.models import Adoption, Offer

__all__ = ["Adoption", "Offer", "ShareRefused", "includeme"]


def includeme(config: Configurator) -> None:
    """Withdraw what leaves the site; name deeds and what travels with a town."""
    for event in ("NodeUnpublished", "NodeDeleted", "NodePurged"):
        config.add_subscriber(services.follow, f"stadtkern.content.events.{event}")
    config.add_audit_kind("cityguide_adoption", title=_("Adopted tour"), of="node")
    for deed, title in (
        ("cityguide.offer", _("offered to other towns")),
        ("cityguide.withdraw", _("no longer offered to other towns")),
        ("cityguide.adopt", _("adopted from another town")),
        ("cityguide.take", _("another town's changes taken over")),
    ):
        config.add_audit_deed(deed, title=title)
    # An offer's number means nothing elsewhere: there an adopted tour is a tour of the town's own.
    config.add_town_data(
        "cityguide_adoption",
        Adoption,
        references={"node_id": "node"},
        leave_out=("offer_id",),
    )
