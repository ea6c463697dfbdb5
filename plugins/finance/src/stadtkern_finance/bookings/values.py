"""The values that a profile may name, and the forms in which they are written."""

from collections.abc import Callable, Mapping
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from stadtkern_finance.bookings.model import BookingLine, ExportBatch
from stadtkern_finance.i18n import _
from stadtkern_finance.law.wording import plain
from stadtkern_finance.records.reading import refused

LINE_VALUES: Mapping[str, Callable[[BookingLine], Any]] = {
    "line_id": lambda one: one.line_id,
    "kind": lambda one: one.kind.value,
    "kassenzeichen": lambda one: one.kassenzeichen,
    "personenkonto": lambda one: one.personenkonto,
    "debtor_ref": lambda one: one.debtor.ref,
    "debtor_name": lambda one: one.debtor.name,
    "debtor_kind": lambda one: one.debtor.kind,
    "debtor_street": lambda one: one.debtor.street,
    "debtor_house_number": lambda one: one.debtor.house_number,
    "debtor_postcode": lambda one: one.debtor.postcode,
    "debtor_town": lambda one: one.debtor.town,
    "steuerart": lambda one: one.steuerart.value,
    "aktenzeichen": lambda one: one.aktenzeichen,
    "steuernummer": lambda one: one.steuernummer,
    "veranlagungsjahr": lambda one: one.veranlagungsjahr,
    "zeitraum": lambda one: one.zeitraum,
    "produkt": lambda one: one.produkt,
    "sachkonto": lambda one: one.sachkonto,
    "kostenstelle": lambda one: one.kostenstelle,
    "betrag": lambda one: one.betrag,
    "betrag_ohne_vorzeichen": lambda one: abs(one.betrag),
    "soll_haben": lambda one: "S" if one.betrag >= 0 else "H",
    "faelligkeit": lambda one: one.faelligkeit,
    "mahnsperre": lambda one: one.mahnsperre,
    "sepa_mandat": lambda one: one.sepa_mandat,
    "buchungstext": lambda one: one.buchungstext,
    "bescheid_ref": lambda one: one.bescheid_ref,
    "grundlagenbescheid_ref": lambda one: one.grundlagenbescheid_ref,
    "storno_of": lambda one: one.storno_of,
}
BATCH_VALUES: Mapping[str, Callable[[ExportBatch], Any]] = {
    "batch": lambda batch: batch.id,
    "number": lambda batch: batch.number,
    "tenant": lambda batch: batch.tenant,
    "created": lambda batch: batch.created,
    "day": lambda batch: batch.created.date(),
    "year": lambda batch: batch.created.year,
    "count": lambda batch: batch.totals.count,
    "sum_debit": lambda batch: batch.totals.sum_debit,
    "sum_credit": lambda batch: batch.totals.sum_credit,
    "hash": lambda batch: batch.hash,
    "prev_hash": lambda batch: batch.prev_hash,
}
"""Also what file names, preambles and trailers may name as ``${…}``."""

_DAYS = {"dd.mm.yyyy": "%d.%m.%Y", "yyyy-mm-dd": "%Y-%m-%d", "yyyymmdd": "%Y%m%d", "ddmm": "%d%m"}
_YES = {"ja-nein": ("ja", "nein"), "1-0": ("1", "0")}
FORMS: tuple[str, ...] = ("text", "amount", "cents", *_DAYS, *_YES)


def is_text(value: Any) -> bool:
    """Tell whether a value is words: only those can hold what a spreadsheet takes as formula."""
    return isinstance(value, str)


def written(value: Any, form: str, decimal: str, where: str) -> str:
    """Return a value in a form; refuse a form that does not fit, naming ``where``."""
    if value is None:
        return ""
    if form == "text":
        return _plain(value, decimal)
    if form == "amount" and isinstance(value, Decimal):
        return plain(value).replace(".", decimal)
    if form == "cents" and isinstance(value, Decimal):
        return str(int(value * 100))
    if form in _DAYS and isinstance(value, date):
        return value.strftime(_DAYS[form])
    if form in _YES and isinstance(value, bool):
        return _YES[form][0 if value else 1]
    raise refused(
        where,
        _("has the form “${value}”", mapping={"value": form}),
        _("a form that fits this kind of value"),
    )


def _plain(value: Any, decimal: str) -> str:
    if isinstance(value, bool):
        return "1" if value else "0"
    if isinstance(value, Decimal):
        return str(plain(value)).replace(".", decimal)
    if isinstance(value, datetime):
        return value.isoformat(timespec="seconds")
    return str(plain(value))
