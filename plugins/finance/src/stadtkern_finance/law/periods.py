"""Months and days as civil law counts them (§§ 187, 188 BGB; § 108 (1) AO).

Two kinds of period: one that an *event* starts (a notice arrives on the 31st: a month later is the
30th) and one that a *day itself* starts (interest from the 10th: the month is full at the end of
the 9th).
"""

from calendar import monthrange
from datetime import date

_MONTHS = 12


def months_after(event: date, months: int) -> date:
    """Return the last day of a period of ``months`` that an event on ``event`` starts.

    It is the day of the same number, or the month's last day where there is none
    (§ 187 (1), § 188 (2) first alternative, (3) BGB). Not moved to a working day.
    """
    index = event.year * _MONTHS + event.month - 1 + months
    year, month = divmod(index, _MONTHS)
    return date(year, month + 1, min(event.day, monthrange(year, month + 1)[1]))


def end_of_months(start: date, months: int) -> date:
    """Return the last day of a period of ``months`` >= 1 that begins with the day ``start``.

    It is the day before the one of the same number, or the month's last day where there is none
    (§ 187 (2), § 188 (2) second alternative, (3) BGB).
    """
    if start.day == 1:
        last = months_after(start, months - 1)
        return last.replace(day=monthrange(last.year, last.month)[1])
    last = months_after(start.replace(day=1), months)
    return last.replace(day=min(start.day - 1, monthrange(last.year, last.month)[1]))


def full_months(start: date, end: date) -> int:
    """Return how many months are full from the day ``start`` to the end of the day ``end``.

    Months that only began do not count (§ 238 (1) sentence 2 AO); 0 where ``end`` is too early.
    """
    if end < start:
        return 0
    months = (end.year - start.year) * _MONTHS + end.month - start.month + 1
    while months > 0 and end_of_months(start, months) > end:
        months -= 1
    return months


def started_months(due: date, paid: date) -> int:
    """Return how many months have begun after the day ``due`` when ``paid`` comes.

    A day that is not after ``due`` gives 0 (§ 240 (1) sentence 1 AO).
    """
    if paid <= due:
        return 0
    months = max((paid.year - due.year) * _MONTHS + paid.month - due.month, 1)
    while months_after(due, months) < paid:
        months += 1
    return months


def interest_days(start: date, end: date) -> int:
    """Return the days of interest from ``start`` to the end of ``end``, both counted.

    Each month has 30 days and each year 360 (§ 238 (1b) sentence 3 AO); the last day of a month
    stands for its 30th.
    """
    if end < start:
        return 0
    last = 30 if end.day == monthrange(end.year, end.month)[1] else min(end.day, 30)
    first = min(start.day, 30)
    months = (end.year - start.year) * _MONTHS + end.month - start.month
    return months * 30 + last - first + 1
