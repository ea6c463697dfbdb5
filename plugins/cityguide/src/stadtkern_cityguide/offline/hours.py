"""Opening hours as a rule in words, for pages that are read weeks later.

A list of the coming days would make every place's page new each morning.
"""

import re
from datetime import date

from babel.dates import format_date
from pyramid.request import Request

from stadtkern.web.i18n import localise
from stadtkern_cityguide.i18n import _

_DAYS = {name: number for number, name in enumerate(("Mo", "Tu", "We", "Th", "Fr", "Sa", "Su"), 1)}
_MONTHS = (*("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"),)
_WORDS = {
    "PH": _("public holidays"),
    "SH": _("school holidays"),
    "off": _("closed"),
    "closed": _("closed"),
    "24/7": _("around the clock"),
}
_TOKEN = re.compile(r'"[^"]*"|24/7|[A-Za-z]+')


def in_words(request: Request, text: str) -> str:
    """Return OpenStreetMap's notation with days, months and words of the page's language."""
    language = request.language.interface

    def say(match: re.Match[str]) -> str:
        token = match.group()
        if token in _DAYS:
            # 2024 began with a Monday.
            return format_date(date(2024, 1, _DAYS[token]), format="ccc", locale=language)
        if token in _MONTHS:
            return format_date(
                date(2024, _MONTHS.index(token) + 1, 1), format="LLL", locale=language
            )
        if token in _WORDS:
            return str(localise(request, _WORDS[token], None))
        return token.strip('"')

    return _TOKEN.sub(say, text).replace(";", "; ").replace(";  ", "; ")
