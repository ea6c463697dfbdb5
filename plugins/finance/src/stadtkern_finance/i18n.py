"""The plugin's texts: English in the code, other languages in its catalogues."""

from pyramid.i18n import TranslationStringFactory
from pyramid.request import Request

_ = TranslationStringFactory("stadtkern_finance")


def language_of(request: Request) -> str:
    """Return the one of our two languages that the page's reader knows."""
    return "de" if request.locale_name.startswith("de") else "en"
