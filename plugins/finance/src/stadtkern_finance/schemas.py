"""Settings of the finance interface, one set for each municipality."""

import re
from typing import Any

import colander

from stadtkern.forms import fields as f
from stadtkern_finance.i18n import _

LOWEST_TRADE_RATE = 200
"""Percent; § 16 (4) GewStG: a municipality may not set less."""

HIGHEST_RATE = 10_000
"""Percent; more is a slip of the keyboard."""

_CREDITOR = re.compile(r"[A-Z]{2}[0-9]{2}[A-Z0-9]{4,31}")
_IBAN = re.compile(r"[A-Z]{2}[0-9]{2}[A-Z0-9]{11,30}")


def compact_iban(value: Any) -> Any:
    """Return an IBAN in capitals and without blanks; other values as they are."""
    return "".join(value.split()).upper() if isinstance(value, str) else value


def check_iban(node: Any, value: str) -> None:
    """Refuse an IBAN whose check digits do not fit (ISO 13616, modulo 97)."""
    if not value:
        return
    turned = value[4:] + value[:4]
    valid = _IBAN.fullmatch(value) and (
        int("".join(str(int(character, 36)) for character in turned)) % 97 == 1
    )
    if not valid:
        raise colander.Invalid(
            node, _("This IBAN is not valid. Please compare it with the bank's letter.")
        )


def iban_field(title: Any, *, required: bool = True) -> Any:
    """Return a field for an IBAN, with or without blanks."""
    node = f.line(title, maximum=42, required=required, validator=check_iban)
    node.preparer = compact_iban
    return node


def check_creditor_id(node: Any, value: str) -> None:
    """Refuse a creditor identifier whose check digits do not fit (EPC262-08, modulo 97)."""
    if not value:
        return
    # The three characters after the check digits are the creditor's own and do not count.
    turned = value[7:] + value[:4]
    valid = _CREDITOR.fullmatch(value) and (
        int("".join(str(int(character, 36)) for character in turned)) % 97 == 1
    )
    if not valid:
        raise colander.Invalid(
            node, _("This creditor identifier is not valid. It is on the letter of the Bundesbank.")
        )


def _creditor_id() -> Any:
    node = f.line(
        _("Creditor identifier (SEPA)"),
        maximum=42,
        required=False,
        validator=check_creditor_id,
        description=_("For direct debits. With name and IBAN it makes them possible."),
    )
    node.preparer = compact_iban
    return node


class FinanceSettings(colander.MappingSchema):
    """Rates of assessment in percent, where money goes, and what incoming files must name."""

    rate_a = f.number(
        _("Rate for property tax A (Hebesatz, percent)"),
        minimum=0,
        maximum=HIGHEST_RATE,
        required=False,
        description=_("For farms and forestry. Leave it empty as long as no rate is set."),
    )
    rate_b = f.number(
        _("Rate for property tax B (Hebesatz, percent)"),
        minimum=0,
        maximum=HIGHEST_RATE,
        required=False,
        description=_("For all other land."),
    )
    rate_trade = f.number(
        _("Rate for trade tax (Hebesatz, percent)"),
        minimum=LOWEST_TRADE_RATE,
        maximum=HIGHEST_RATE,
        required=False,
        description=_("At least 200 percent (§ 16 (4) of the trade tax act)."),
    )
    rates_valid_from = f.day(
        _("Rates valid from"),
        required=False,
        description=_("The first day of the year for which the council has set these rates."),
    )
    payee_name = f.line(_("Name of the payee"), maximum=70, required=False)
    payee_iban = iban_field(_("IBAN of the municipal treasury"), required=False)
    creditor_id = _creditor_id()
    check_ags = f.yes(
        _("Set files aside that name another municipality"),
        default=True,
        description=_(
            "Every assessment names the municipality key (AGS) that it is meant for. With this "
            "setting, files with another key than yours are never imported."
        ),
    )
