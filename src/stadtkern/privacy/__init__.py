"""Data protection: what is stored of persons, how long, and how it is handed out and erased.

Every room and plugin that holds data of persons says so once, by ``add_personal_data``; from that
come subject access, erasure with preview and certificate, the register of processing activities
and the town's privacy page. ``add_retention_rule`` lets old rows go by themselves.
"""

from pyramid.config import Configurator

from stadtkern.privacy import below, kinds, retention, travelling
from stadtkern.privacy.holds import PrivacyRefused, held_ids
from stadtkern.privacy.kinds import (
    ANONYMISE,
    BLOCK,
    ERASE,
    KEEP,
    Desk,
    Due,
    Handed,
    Part,
    Subject,
)
from stadtkern.privacy.models import LegalHold
from stadtkern.privacy.rows import deleting, old
from stadtkern.privacy.schemas import PrivacySettings
from stadtkern.web.i18n import _

__all__ = [
    "ANONYMISE",
    "BLOCK",
    "ERASE",
    "KEEP",
    "Desk",
    "Due",
    "Handed",
    "Part",
    "PrivacyRefused",
    "Subject",
    "deleting",
    "directives",
    "held_ids",
    "includeme",
    "old",
]


def directives(config: Configurator) -> None:
    """Offer ``add_personal_data`` and ``add_retention_rule``."""
    kinds.directives(config)


def includeme(config: Configurator) -> None:
    """Declare what the rooms below hold, and run the rules each night."""
    config.add_settings_schema("privacy", PrivacySettings, _("Data protection"))
    for column in (LegalHold.sealed_mail, LegalHold.sealed_reason):
        config.add_vault_field(column, context=lambda row: row.context)
    for name, title in (
        ("legal_hold", _("Legal hold")),
        ("privacy_certificate", _("Certificate of erasure")),
        ("retention_run", _("Report of deletion")),
        ("person", _("Person, by keyed hash")),
    ):
        config.add_audit_kind(name, title=title)
    for deed, title in (
        ("privacy.look", _("stored data looked at")),
        ("privacy.run", _("started by hand")),
        ("privacy.export", _("stored data handed out")),
        ("privacy.erase", _("stored data erased")),
        ("privacy.retention", _("deleted after its retention period")),
        ("hold.place", _("legal hold placed")),
        ("hold.lift", _("legal hold lifted")),
    ):
        config.add_audit_deed(deed, title=title)
    below.configure(config)
    retention.configure(config)
    travelling.configure(config)
