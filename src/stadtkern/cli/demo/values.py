"""Days that never age: ``+14d 19:00`` counts from the day of loading.

A word behind it moves on to the next such day: ``weekday`` (Monday to Friday), ``saturday``,
``sunday``.
"""

import re
from datetime import datetime, timedelta

RELATIVE = re.compile(r"([+-]\d+)d(?: (\d{2}):(\d{2}))?(?: (weekday|saturday|sunday))?")
DAYS = {"weekday": range(5), "saturday": (5,), "sunday": (6,)}


def moment_of(text: str, now: datetime) -> str:
    """Return ISO wall time; ``text`` is absolute or relative to ``now`` (local time)."""
    match = RELATIVE.fullmatch(text.strip())
    if match is None:
        return text
    day = now + timedelta(days=int(match.group(1)))
    while match.group(4) and day.weekday() not in DAYS[match.group(4)]:
        day += timedelta(days=1)
    hour, minute = int(match.group(2) or 0), int(match.group(3) or 0)
    return day.replace(hour=hour, minute=minute, second=0, microsecond=0).strftime("%Y-%m-%dT%H:%M")
