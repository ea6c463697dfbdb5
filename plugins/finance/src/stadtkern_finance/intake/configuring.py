"""What the intake tells the exchange room."""

from pathlib import Path

from pyramid.config import Configurator

from stadtkern_finance.cases.people import may_release
from stadtkern_finance.formats.pack import SETTING, load_pack
from stadtkern_finance.i18n import _
from stadtkern_finance.intake import paper, reading, renaming
from stadtkern_finance.intake.checking import check
from stadtkern_finance.intake.fields import CODES, FIELDS
from stadtkern_finance.intake.proposing import show
from stadtkern_finance.intake.tile import tile
from stadtkern_finance.permissions import FinancePermission
from stadtkern_finance.stock.booking import book

AREA = "finance"
NUMBERS = {"account": "finance_account", "confirms": "exchange_record"}
"""What decisions and proposals name by number, and where that stands."""


def includeme(config: Configurator) -> None:
    """Open the inbox and name its formats, with the operator's mappings and schemas."""
    folder = config.get_settings().get(SETTING)
    pack = load_pack(Path(folder) if folder else None)
    config.add_exchange_area(
        AREA,
        title=_("Base notices"),
        read=FinancePermission.READ,
        edit=FinancePermission.EDIT,
        release=FinancePermission.RELEASE,
        allow=may_release,
    )
    config.add_dashboard_tile(
        AREA, title=_("Base notices"), render=tile, permission=FinancePermission.READ
    )
    for order, (family, title) in enumerate(
        (
            ("gmbx", _("Property tax base amounts (GMBX)")),
            ("gewst", _("Trade tax base amounts")),
            ("csv", _("List with a heading line (CSV)")),
        )
    ):
        config.add_exchange_format(
            f"{AREA}.{family}",
            title=title,
            area=AREA,
            detect=reading.detects(family, pack),
            read=reading.reads(family, pack),
            check=check,
            excerpt=reading.excerpt,
            count=reading.count,
            show=show,
            fields=FIELDS,
            codes=CODES,
            numbers=NUMBERS,
            order=order + 1,
        )
    config.add_exchange_format(
        paper.FORMAT,
        title=_("Notice typed from paper"),
        area=AREA,
        detect=paper.detect,
        read=paper.read,
        check=check,
        excerpt=paper.excerpt,
        show=show,
        fields=FIELDS,
        codes=CODES,
        numbers=NUMBERS,
        # Before the others: they refuse what only begins as JSON does.
        order=0,
    )
    config.add_exchange_format(
        f"{AREA}.gmbax",
        title=_("Renamed file numbers (GMBAX)"),
        area=AREA,
        detect=reading.detects("gmbax", pack),
        read=reading.reads("gmbax", pack),
        check=renaming.check,
        excerpt=reading.excerpt,
        count=reading.count,
        show=renaming.show,
        fields=renaming.FIELDS,
        codes=CODES,
        order=10,
    )
    config.add_exchange_target(
        f"{AREA}.stock",
        title=_("Accounts of this town"),
        area=AREA,
        send=book,
        formats=(f"{AREA}.{family}" for family in ("gmbx", "gewst", "csv", "paper")),
        local=True,
    )
    config.add_exchange_target(
        f"{AREA}.numbers",
        title=_("File numbers of this town"),
        area=AREA,
        send=renaming.rename,
        formats=(f"{AREA}.gmbax",),
        local=True,
        batch=renaming.AT_ONCE,
    )
