"""What a search must know of a town: its languages, and words that mean the same there."""

from collections import OrderedDict
from collections.abc import Mapping
from typing import Any

from pyramid.request import Request

from stadtkern.search import parse, words
from stadtkern.search.schemas import lines_of
from stadtkern.tenants import Tenant

MAX_TOWNS = 1_024


def town_with(
    tenant: Tenant, settings: Mapping[str, Any], language: str, *, alone: bool = False
) -> parse.Town:
    """Return a town's synonyms and languages, ``language`` first; or it ``alone``."""
    bases = [words.base_language(code) for code in (language, *(() if alone else tenant.locales))]
    languages = tuple(dict.fromkeys(bases))
    return parse.Town(languages, parse.synonyms_of(lines_of(settings.get("synonyms")), languages))


class Towns:
    """What searches must know of each town, until its settings change."""

    def __init__(self) -> None:
        self._towns: OrderedDict[tuple[Any, ...], tuple[parse.Town, parse.Town]] = OrderedDict()

    def of(self, request: Request, language: str) -> tuple[parse.Town, parse.Town]:
        """Return a town's synonyms and languages, that of the page first; and with it alone."""
        tenant = request.tenant
        key = (tenant.id, language, tenant.generation("plugins", "tenant"))
        found = self._towns.get(key)
        if found is None:
            whole = town_with(tenant, request.settings_of("search"), language)
            own = whole
            if len(whole.languages) > 1:
                own = town_with(tenant, request.settings_of("search"), language, alone=True)
            found = self._towns[key] = whole, own
            while len(self._towns) > MAX_TOWNS:
                self._towns.popitem(last=False)
        return found


def towns_of(request: Request) -> tuple[parse.Town, parse.Town]:
    """Return what a search must know of the request's town; and of the page's language alone."""
    towns: Towns = request.registry["search_towns"]
    return towns.of(request, request.locale_name)
