"""The codes of the standard's lists, and which go with which part of a message."""

from collections.abc import Mapping

from stadtkern_finance.notices.xunternehmen.model import Kind

BLOCKS: Mapping[str, tuple[str, ...]] = {
    "0001": ("taxes", "late_filing", "late_payment"),
    "0002": ("interest",),
    "0003": ("prepayments",),
    "0010": ("taxes", "late_filing", "late_payment", "interest", "prepayments"),
    "0021": ("taxes", "late_filing", "late_payment", "interest", "prepayments"),
}
"""Which parts a message may have; of the first three the first part is required."""
STRICT = (Kind.TAX, Kind.INTEREST, Kind.PREPAYMENT)

DUTIES: Mapping[str, tuple[str, ...]] = {
    "taxes": ("GV",),
    "late_filing": ("VS",),
    "late_payment": ("SZ",),
    "interest": ("ZS",),
    "prepayments": ("VZ", "VN", "JV"),
}
"""Abgabeart: assessment, surcharges for late filing and late payment, interest, prepayments."""
CALCULATED: Mapping[str, tuple[str, ...]] = {
    "taxes": ("GB",),
    "late_filing": (),
    "late_payment": (),
    "interest": (),
    "prepayments": ("JB",),
}
"""Those that only calculate, for insolvency."""
YEARLY = ("JV", "JB")
"""What a year's prepayments are set at or come to; they demand nothing."""
MANNERS = ("EF", "AE", "EB")
"""Festsetzungsart: first assessment, change, first calculation."""
BASES = ("SOLL", "IST")
REPEATED = ("VJ", "HJ", "GJ")
"""Each quarter, half-year, year."""
INTEREST = ("NZ", "EZ", "MN", "ME", "HZ", "PZ", "SZ")
"""Zinsart: arrears, refund, reductions of both, evasion, litigation, deferral."""
STATUS: Mapping[str, int] = {"OFFEN": 1, "GETILGT": -1, "INFO": 0, "UNBEKANNT": 0}
"""Festsetzungsstatus, and by what an amount counts with it."""
SHORT = ("AH", "EG")
PURPOSES = ("E", "F", "U")
QUARTERS = range(1, 5)
REPRESENTS = tuple(f"{number:02d}" for number in range(1, 22))
"""Art der Vertretung, such as 01 tax adviser, 02 authorised recipient, 11 insolvency."""
