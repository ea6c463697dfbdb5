"""What opening hours say at a time: open or not, until when, and the days to come.

All times are naive and mean the clock on the town's wall.
"""

from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from functools import lru_cache

from opening_hours import OpeningHours, State, validate

from stadtkern.tenants.holidays import holiday_name
from stadtkern_cityguide.hours.holidays import written_for, written_out

_DAY = timedelta(days=1)
HORIZON_DAYS = 366
"""A change that is farther away than this is none to tell people about."""


@dataclass(frozen=True)
class Moment:
    """The state at a time. ``comment``: the words beside it, such as “by appointment”.

    ``changes``: when it ends, None if not within ``HORIZON_DAYS``. ``always``: open for good.
    """

    open: bool
    comment: str
    changes: datetime | None
    certain: bool = True

    @property
    def always(self) -> bool:
        """Whether it never closes."""
        return self.open and self.changes is None and not self.comment


@dataclass(frozen=True)
class Day:
    """One day: its spans ``(from, to, comment)`` and the public holiday that it is, if any.

    Times are texts such as ``09:00``; what ends at midnight ends at ``24:00``.
    """

    day: date
    spans: tuple[tuple[str, str, str], ...]
    holiday: str | None


@lru_cache(maxsize=4096)
def _read(text: str, year: int) -> OpeningHours | None:
    written = written_out(text, year)
    if written is None or not validate(written):
        return None
    return OpeningHours(written, max_interval_days=HORIZON_DAYS)


def moment(text: str, when: datetime) -> Moment | None:
    """Return the state at a time; None where the text cannot be read or hangs on the unknown."""
    hours = _read(text, when.year)
    if hours is None:
        return None
    state, comment = hours.state(when)
    changes: datetime | None = hours.next_change(when)
    # A second rule that goes on with the same state is no change to visitors.
    for _again in range(10):
        if changes is None or hours.state(changes) != (state, comment):
            break
        changes = hours.next_change(changes)
    return Moment(state == State.OPEN, comment, changes, certain=state != State.UNKNOWN)


@lru_cache(maxsize=20_000)
def _read_for(text: str, day: date) -> OpeningHours | None:
    written = written_for(text, day)
    return OpeningHours(written) if written is not None and validate(written) else None


def is_open(text: str, when: datetime) -> bool:
    """Tell whether it is open at a time, as far as is known; quick, since lists ask for many."""
    hours = _read_for(text, when.date())
    return hours is not None and hours.state(when)[0] == State.OPEN


def days(text: str, first: date, count: int = 7) -> list[Day]:
    """Return ``count`` days from ``first`` on; an empty list where nothing can be said."""
    start = datetime.combine(first, time())
    hours = _read(text, first.year)
    if hours is None:
        return []
    spans: dict[date, list[tuple[str, str, str]]] = {
        first + number * _DAY: [] for number in range(count)
    }
    for begin, end, state, comment in hours.intervals(start - _DAY, start + count * _DAY):
        if state == State.CLOSED:
            continue
        for day, opens, closes in _pieces(begin, end or start + count * _DAY):
            if day in spans:
                spans[day].append((opens, closes, comment))
    return [Day(day, tuple(found), holiday_name(day)) for day, found in spans.items()]


def _pieces(begin: datetime, end: datetime) -> list[tuple[date, str, str]]:
    """Return an interval by the days that people count it to: a night belongs to its evening."""
    if end - begin < _DAY:
        closes = "24:00" if end.time() == time() else f"{end:%H:%M}"
        return [(begin.date(), f"{begin:%H:%M}", closes)]
    found = []
    while begin < end:
        midnight = datetime.combine(begin.date() + _DAY, time())
        closes = "24:00" if midnight <= end else f"{end:%H:%M}"
        found.append((begin.date(), f"{begin:%H:%M}", closes))
        begin = midnight
    return found
