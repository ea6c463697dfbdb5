"""Working days in Hesse (§ 108 (3) AO, § 193 BGB)."""

from datetime import date, timedelta
from functools import lru_cache

from stadtkern.tenants.holidays import easter_sunday, holiday_name, public_holidays

__all__ = ["easter_sunday", "holiday_name", "is_working_day", "working_day"]

_SATURDAY = 5
_DAY = timedelta(days=1)


def is_working_day(day: date) -> bool:
    """Tell whether ``day`` is no Saturday, Sunday or public holiday of Hesse."""
    return day.weekday() < _SATURDAY and day not in public_holidays(day.year)


@lru_cache(maxsize=4096)
def working_day(day: date) -> date:
    """Return ``day``, or the next working day where it is none (§ 108 (3) AO)."""
    while not is_working_day(day):
        day += _DAY
    return day
