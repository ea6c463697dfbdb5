"""Languages: which one a request gets, and where its texts come from.

English stands in the code; other languages in gettext catalogues, one domain for each package.
"""

from collections.abc import Callable, Mapping
from typing import Any

from pyramid.config import Configurator
from pyramid.i18n import TranslationString, TranslationStringFactory, make_localizer
from pyramid.interfaces import ILocalizer, ITranslationDirectories
from pyramid.registry import Registry
from pyramid.request import Request

from stadtkern.web.languages import LANGUAGES, interface, spoken
from stadtkern.web.machine import API

DOMAIN = "stadtkern"
_ = TranslationStringFactory(DOMAIN)

OFFICE = frozenset({"admin", "login", "logout", "account"})


def is_office(path: str) -> bool:
    """Tell whether a path belongs to the back office: there the reader's own language counts."""
    return path[1:].partition("/")[0] in OFFICE


INTERFACE_LOCALES = ("de", "en")


class Words(dict[tuple[str, str], str]):
    """Translated messages by language. Texts of settings pass here, too: bounded."""

    maximum = 10_000

    def __setitem__(self, key: tuple[str, str], text: str) -> None:
        """Remember; start anew when full."""
        if len(self) >= self.maximum:
            self.clear()
        super().__setitem__(key, text)


def negotiate_locale(request: Request) -> str:
    """Choose the request's language.

    API: what the client asks for. Back office: the account's, then the browser's. Public pages:
    the parameter ``lang``, then the path's first segment (``/en/…``), then the tenant's own; never
    the browser's, so that an address shows everyone the same page.
    """
    tenant = getattr(request, "tenant", None)
    if tenant is None:
        return request.accept_language.lookup(INTERFACE_LOCALES, default="de")
    path = request.path_info
    if path.startswith(API):
        # Programs say whose language they need; pages are the same for all (see below).
        return request.accept_language.lookup(
            INTERFACE_LOCALES, default=interface(tenant.default_locale)
        )
    if is_office(path):
        own = getattr(request.identity, "locale", None) if hasattr(request, "tm") else None
        return own or request.accept_language.lookup(
            INTERFACE_LOCALES, default=interface(tenant.default_locale)
        )
    wanted = request.GET.get("lang")
    if wanted in tenant.locales:
        return str(wanted)
    first = path[1:].partition("/")[0]
    if first in tenant.locales[1:]:
        return first
    return str(tenant.default_locale)


def localise(
    request: Request,
    message: str,
    mapping: Mapping[str, Any] | None = None,
    plural: str | None = None,
    number: int | None = None,
) -> str:
    """Translate ``message``; plain strings are looked up in all catalogues.

    ``${name}`` in the text is replaced from ``mapping`` (and from the translation string's own).
    """
    if plural is None and type(message) is str:
        # Most words of a page: looked up once per language and process.
        words = request.registry["words"]
        key = (request.locale_name, message)
        if key not in words:
            words[key] = _look_up(request, message, None, None, None)
        if mapping is None:
            return str(words[key])
        parts = _spoken_parts(request, message, mapping)
        return str(TranslationString(words[key], mapping=parts).interpolate())
    mapping = _spoken_parts(request, message, mapping)
    if (
        mapping is None
        and plural is None
        and isinstance(message, TranslationString)
        and not (message.mapping or message.default or message.context)
    ):
        # Titles and help of forms: the same words on each of a page's thirty blocks.
        words = request.registry["words"]
        key = (request.locale_name, f"{message.domain}\0{message}")
        if key not in words:
            words[key] = _look_up(request, message, None, None, None)
        return str(words[key])
    return _look_up(request, message, mapping, plural, number)


def _spoken_parts(
    request: Request, message: str, mapping: Mapping[str, Any] | None
) -> Mapping[str, Any] | None:
    """Return what is put into a message, itself translated where it is a message, too."""
    own = getattr(message, "mapping", None)
    parts = {**(own or {}), **(mapping or {})}
    if not any(isinstance(part, TranslationString) for part in parts.values()):
        return mapping
    return {
        name: localise(request, part) if isinstance(part, TranslationString) else part
        for name, part in parts.items()
    }


def in_english(message: str) -> str:
    """Return a message as it stands in the code, with what is put into it put in.

    Parts that are messages themselves get their own parts. For commands, which have no request.
    """
    if not isinstance(message, TranslationString):
        return str(message)
    parts = {
        name: in_english(part) if isinstance(part, TranslationString) else part
        for name, part in (message.mapping or {}).items()
    }
    text = message.default or str(message)
    return str(TranslationString(text, mapping=parts).interpolate())


def _look_up(
    request: Request,
    message: str,
    mapping: Mapping[str, Any] | None,
    plural: str | None,
    number: int | None,
) -> str:
    localizer = request.localizer
    domains = (
        (message.domain,)
        if isinstance(message, TranslationString)
        else tuple(request.registry["locale_domains"])
    )
    if plural is not None:
        for domain in domains:
            text = localizer.pluralize(message, plural, number, domain=domain, mapping=mapping)
            source = localizer.pluralize(message, plural, number, domain="-", mapping=mapping)
            if text != source:
                return str(text)
        return str(localizer.pluralize(message, plural, number, domain="-", mapping=mapping))
    if isinstance(message, TranslationString):
        return str(localizer.translate(message, mapping=mapping))
    for domain in domains:
        text = localizer.translate(message, domain=domain)
        if text != message:
            message = text
            break
    return str(TranslationString(message, mapping=mapping).interpolate()) if mapping else message


def speaker(registry: Registry, locale: str) -> Callable[..., str]:
    """Return ``translate(message, **mapping)`` for a language, where there is no request.

    For mails and jobs: the reader's language counts there, not that of whoever caused them.
    """
    directories = registry.queryUtility(ITranslationDirectories, default=[])
    localizer = make_localizer(interface(locale), directories)

    def translate(message: str, **mapping: Any) -> str:
        if not isinstance(message, TranslationString):
            return message
        # What is put into a message is itself translated where it is a message, too.
        parts = {
            name: translate(part) if isinstance(part, TranslationString) else part
            for name, part in {**(message.mapping or {}), **mapping}.items()
        }
        return str(localizer.translate(message, mapping=parts or None))

    return translate


def _lend_catalogues(config: Configurator) -> None:
    """Let languages without catalogues of their own speak with those of another one."""
    registry = config.registry
    directories = registry.queryUtility(ITranslationDirectories, default=[])
    for language in LANGUAGES.values():
        if language.interface != language.code:
            localizer = make_localizer(language.interface, directories)
            registry.registerUtility(localizer, ILocalizer, name=language.code)


def directives(config: Configurator) -> None:
    """Offer ``add_locale_dir``."""
    config.registry["locale_domains"] = [DOMAIN]
    config.registry["words"] = Words()
    config.add_directive("add_locale_dir", add_locale_dir)


def add_locale_dir(config: Configurator, package: str) -> None:
    """Take the catalogues of ``package:locale`` into use; the domain is the package's name."""
    domains: list[str] = config.registry["locale_domains"]
    if package not in domains:
        domains.append(package)
    config.add_translation_dirs(f"{package}:locale")


def configure(config: Configurator) -> None:
    """Choose languages by ``negotiate_locale`` and load the core's catalogues."""
    config.set_locale_negotiator(negotiate_locale)
    config.add_translation_dirs("stadtkern:locale")
    config.action(("stadtkern", "localizers"), lambda: _lend_catalogues(config), order=9_000)
    config.add_request_method(lambda request: spoken(request.locale_name), "language", reify=True)
    config.add_request_method(
        lambda request, message, **mapping: localise(request, message, mapping or None),
        "translate",
    )


def as_stored(message: Any) -> dict[str, Any]:
    """Return a message with its values as it is stored as JSON; messages within it, too."""
    if not isinstance(message, TranslationString):
        return {"text": str(message)}
    made: dict[str, Any] = {"domain": message.domain or "", "text": str(message)}
    if message.mapping:
        made["values"] = {
            name: as_stored(value) if isinstance(value, TranslationString) else value
            for name, value in message.mapping.items()
        }
    return made


def as_message(stored: Mapping[str, Any]) -> TranslationString:
    """Return a stored message, to be translated."""
    values = {
        name: as_message(value) if isinstance(value, dict) else value
        for name, value in (stored.get("values") or {}).items()
    }
    return TranslationString(
        stored["text"], domain=stored.get("domain") or DOMAIN, mapping=values or None
    )
