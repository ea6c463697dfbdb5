"""Opening hours in OpenStreetMap's notation, right for Hessian holidays.

Source: wiki.openstreetmap.org/wiki/Key:opening_hours/specification. The text that an editor or a
file gave is what is stored; everything here is computed from it.
"""

from stadtkern_cityguide.hours.evaluation import Day, Moment, days, is_open, moment
from stadtkern_cityguide.hours.notation import MAX_LENGTH, problem, repaired, uncertain

__all__ = [
    "MAX_LENGTH",
    "Day",
    "Moment",
    "days",
    "is_open",
    "moment",
    "problem",
    "repaired",
    "uncertain",
]
