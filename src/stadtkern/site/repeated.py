"""What surrounds pages on which people type something: the same, whatever they have typed."""

import time
from collections import OrderedDict
from typing import Any

from markupsafe import Markup
from pyramid.request import Request

from stadtkern.site.cache import GENERATIONS, MAX_AGE, Options

MAX_PARTS = 1_024


def repeats(request: Request) -> bool:
    """Tell whether the page's address holds what people type, and nothing else that is its own.

    No other page is made twice before something published changes: it lies in the page cache.
    """
    options: Options | None = getattr(request, "page_cache_options", None)
    return (
        options is not None
        and options.aside
        and getattr(request, "exception", None) is None
        and request.site.resource is None
        and not request.site.keyed
        and "stadtkern.preview" not in request.environ
    )


class Parts:
    """Masthead and footer by tenant, language and path, as long as pages may be kept."""

    def __init__(self) -> None:
        self._parts: OrderedDict[tuple[Any, ...], tuple[float, Markup]] = OrderedDict()

    def get(self, request: Request, name: str, context: object) -> Markup:
        """Return ``_{name}.jinja2`` as it stands on the request's page."""
        tenant = request.tenant
        key = (
            name,
            tenant.id,
            tenant.generation(*GENERATIONS),
            request.locale_name,
            request.script_name,
            request.path_info,
        )
        kept = self._parts.get(key)
        now = time.monotonic()
        if kept is not None and now <= kept[0]:
            return kept[1]
        template = request.registry["jinja"].get_template(
            f"stadtkern.site:templates/_{name}.jinja2"
        )
        part = Markup(  # noqa: S704 - a template's, which escapes
            template.render(request=request, site=request.site, context=context)
        )
        self._parts[key] = now + MAX_AGE, part
        while len(self._parts) > MAX_PARTS:
            self._parts.popitem(last=False)
        return part
