"""The choice of language, and what a page tells browsers and search engines of its languages."""

from dataclasses import dataclass

from pyramid.request import Request

from stadtkern.content import Resource
from stadtkern.site.addresses import absolute, own_path, own_query
from stadtkern.web.languages import interface, spoken


@dataclass(frozen=True)
class Language:
    """A language that this page or at least the site has."""

    code: str
    name: str
    tag: str
    """For ``hreflang``."""
    written: str
    """The language of its own name, for ``lang``."""
    href: str
    current: bool
    missing: bool
    """Whether the page lacks a version in it: ``href`` leads to what is nearest."""


@dataclass(frozen=True)
class Alternate:
    """The same page in another language (HTML, 4.6.7.2; sitemaps say it the same way)."""

    hreflang: str
    href: str


def front(request: Request, locale: str) -> str:
    """Return the address of a language's front page."""
    return "/" if locale == request.tenant.default_locale else f"/{locale}"


def languages(request: Request, resource: Resource | None) -> list[Language]:
    """Return the switch: to the translation, else as the town has set it.

    ``ancestor``: to the nearest page above that is translated; ``front``: to the front page;
    ``hide``: the language is not offered on this page.
    """
    tenant = request.tenant
    if len(tenant.locales) < 2:  # noqa: PLR2004
        return []
    fallback = request.settings_of("site").get("untranslated") or "ancestor"
    on_route = resource is None and getattr(request, "matched_route", None) is not None
    found = []
    for locale in tenant.locales:
        known = spoken(locale)
        missing = False
        if on_route:
            href = f"{request.path_info}?lang={locale}"
        elif resource is None:
            href = front(request, locale)
        elif locale in resource.translations or locale == request.locale_name:
            href = resource.translations.get(locale, resource.path)
        elif fallback == "hide":
            continue
        else:
            missing = True
            steps = resource.lineage[::-1] if fallback == "ancestor" else []
            paths = (step.translations.get(locale) for step in steps)
            href = next((path for path in paths if path), front(request, locale))
            href += f"?untranslated={request.locale_name}"
        found.append(
            Language(
                code=locale,
                name=known.name,
                tag=known.tag,
                written=known.written,
                href=href,
                current=locale == request.locale_name,
                missing=missing,
            )
        )
    return found


def alternates(request: Request, resource: Resource | None) -> list[Alternate]:
    """Return the versions of this page, itself included; none where there is only one.

    ``x-default`` is the version in the tenant's own language.
    """
    tenant = request.tenant
    if own_query(request).get("page") or len(tenant.locales) < 2:  # noqa: PLR2004
        return []
    if resource is not None:
        found = _of_node(request, resource)
    elif getattr(request, "matched_route", None) is not None:
        found = _of_route(request)
    else:
        found = {}
    if len(found) < 2:  # noqa: PLR2004
        return []
    listed = [Alternate(spoken(locale).tag, href) for locale, href in found.items()]
    if tenant.default_locale in found:
        listed.append(Alternate("x-default", found[tenant.default_locale]))
    return listed


def _of_node(request: Request, resource: Resource) -> dict[str, str]:
    if getattr(request, "view_name", ""):
        return {}
    paths = resource.translations
    return {
        locale: absolute(request, paths[locale])
        for locale in request.tenant.locales
        if locale in paths
    }


def _of_route(request: Request) -> dict[str, str]:
    """Return the versions of a page whose words come from catalogues: one for each of those."""
    path, default = own_path(request), interface(request.tenant.default_locale)
    return {
        locale: absolute(request, path, {} if locale == default else {"lang": locale})
        for locale in request.tenant.locales
        if interface(locale) == locale
    }


def came_untranslated(request: Request) -> str | None:
    """Return the language that the visitor came from for want of a translation, if so."""
    code = request.GET.get("untranslated")
    return code if code in request.tenant.locales and code != request.locale_name else None
