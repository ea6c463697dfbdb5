"""What notices tell the rooms of the core."""

from collections.abc import Mapping
from typing import Any

from pyramid.config import Configurator

from stadtkern.tenants.events import TownImported
from stadtkern_finance.i18n import _
from stadtkern_finance.issuing import keeping, making, piling, providing
from stadtkern_finance.issuing.models import Letterhead, Pile, StoredNotice
from stadtkern_finance.transfer.job import SETTING


def _files(row: Mapping[str, Any]) -> list[str]:
    names = ("pdf_sha", "xml_sha", "file_sha")
    return [row[name] for name in names if row.get(name)]


def includeme(config: Configurator) -> None:
    """Name jobs, tables, deeds, and how notices travel."""
    config.add_job(making.JOB, making.run, title=_("Make notices"))
    config.add_job(piling.JOB, piling.run, title=_("Make a pile of letters"))
    config.add_job(providing.JOB, providing.run, title=_("Provide notices by ELSTER"), retries=3)
    config.add_job(providing.ASK, providing.ask_all, title=_("Ask ELSTER about notices"), retries=3)
    if config.get_settings().get(SETTING):
        config.add_schedule(providing.ASK, job=providing.ASK, cron="*/20 * * * *")
    config.add_job(keeping.SWEEP, keeping.sweep, title=_("Throw away files of notices"))
    config.add_schedule(keeping.SWEEP, job=keeping.SWEEP, cron="53 3 * * *")
    for name, title in (
        ("finance_letterhead", _("Letterhead and legal text")),
        ("finance_pile", _("Pile of letters")),
        ("finance_notice", _("Notice")),
    ):
        config.add_audit_kind(name, title=title)
    for deed, title in (
        ("finance.make_notices", _("had notices made")),
        ("finance.notice_file", _("notice handed out")),
        ("finance.pile_file", _("pile of letters handed out")),
        ("finance.posted", _("letters posted")),
        ("finance.provided", _("notice provided electronically")),
        ("finance.notice_seen", _("notice opened by its code")),
        ("finance.notice_again", _("notice to be made once more")),
    ):
        config.add_audit_deed(deed, title=title)
    config.add_town_data("finance_letterhead", Letterhead, numbered=True)
    config.add_town_data(
        "finance_pile",
        Pile,
        numbered=True,
        ordered=True,
        files=_files,
        store=keeping.store_of,
        version=2,
    )
    config.add_town_data(
        "finance_notice",
        StoredNotice,
        references={
            "assessment_id": "finance_assessment",
            "letterhead_id": "finance_letterhead",
            "pile_id": "finance_pile",
        },
        # Manifests of piles name notices by their numbers.
        numbered=True,
        ordered=True,
        # What could not be made is tried once more where the town comes in.
        only=lambda: StoredNotice.pdf_sha.is_not(None),
        files=_files,
        store=keeping.store_of,
        version=2,
    )
    registry = config.registry

    def go_on(event: TownImported) -> None:
        # The jobs that were writing them stayed behind.
        piling.go_on(event.session, registry, event.tenant)

    config.add_subscriber(go_on, TownImported)
    config.add_personal_data(
        "finance.notices",
        title=_("Notices of property and trade tax"),
        purpose=_("Telling taxpayers what they owe, by letter, electronically or by download"),
        people=_("Owners of plots, businesses, and who receives their notices"),
        data=_("Names, addresses, numbers of the tax office, amounts, days; no codes, only hashes"),
        basis=_("Art. 6 (1) (c) and (e) GDPR; §§ 29b, 30, 122, 122a AO"),
        recipients=_("A printer's, where letters are printed outside; ELSTER where it is wished"),
        kept=_("As long as the account is needed, then as tax law says (§ 147 AO)"),
    )
