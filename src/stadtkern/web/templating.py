"""The Jinja2 environment that all rooms and plugins share."""

from datetime import UTC, date, datetime
from functools import lru_cache
from typing import Any
from zoneinfo import ZoneInfo

import jinja2
from babel.dates import format_date, format_time
from babel.numbers import format_decimal
from jinja2.runtime import Context
from markupsafe import Markup
from pyramid.config import Configurator
from pyramid.csrf import get_csrf_token
from pyramid.request import Request
from pyramid.threadlocal import get_current_request

from stadtkern.web.i18n import localise
from stadtkern.web.languages import interface, spoken

# Babel parses its patterns anew each time; a page of dates would cost more than its queries.
day_text = lru_cache(maxsize=4_096)(format_date)
time_text = lru_cache(maxsize=2_048)(format_time)
number_text = lru_cache(maxsize=4_096)(format_decimal)


def _request(context: Context) -> Request:
    # Macros are imported without context, so that they are evaluated once, not per page.
    return context.get("request") or get_current_request()


def _forms(context: Context) -> str:
    """Return the language whose forms of dates and numbers the page uses."""
    return interface(_request(context).locale_name)


def _local(context: Context, value: datetime) -> datetime:
    tenant = getattr(_request(context), "tenant", None)
    return value.astimezone(ZoneInfo(tenant.timezone) if tenant is not None else UTC)


@jinja2.pass_context
def date_filter(context: Context, value: date | datetime | None, width: str = "long") -> str:
    """Write a day in the page's language, in the tenant's time zone."""
    if value is None:
        return ""
    if isinstance(value, datetime):
        value = _local(context, value).date()
    return day_text(value, format=width, locale=_forms(context))


@jinja2.pass_context
def datetime_filter(context: Context, value: datetime | None, width: str = "medium") -> str:
    """Write a point in time to the minute, in the page's language and the tenant's time zone."""
    if value is None:
        return ""
    local, locale = _local(context, value), _forms(context)
    day = day_text(local.date(), format=width, locale=locale)
    return f"{day}, {time_text(local.time(), format='short', locale=locale)}"


@jinja2.pass_context
def time_filter(context: Context, value: datetime | None) -> str:
    """Write the time of day, to the minute."""
    if value is None:
        return ""
    return time_text(_local(context, value).time(), format="short", locale=_forms(context))


@jinja2.pass_context
def local_filter(context: Context, value: datetime) -> datetime:
    """Return the point in time in the tenant's zone, for parts of it."""
    return _local(context, value)


@jinja2.pass_context
def number_filter(context: Context, value: float, digits: int = 0) -> str:
    """Write a number in the page's language, rounded to ``digits`` decimals."""
    pattern = "#,##0" + ("." + "0" * digits if digits else "")
    return number_text(round(value, digits), format=pattern, locale=_forms(context))


@jinja2.pass_context
def csrf_input(context: Context) -> Markup:
    """Return the hidden field that proves that a form came from us."""
    return Markup('<input type="hidden" name="csrf_token" value="{}">').format(
        get_csrf_token(_request(context))
    )


@jinja2.pass_context
def translate(context: Context, message: str, **mapping: Any) -> str:
    """Translate a message, template texts and translation strings of any domain alike."""
    return localise(_request(context), message, mapping or None)


@jinja2.pass_context
def translate_plural(
    context: Context, singular: str, plural: str, number: int, **mapping: Any
) -> str:
    """Translate a message that counts."""
    return localise(_request(context), singular, {"num": number, **mapping}, plural, number)


@jinja2.pass_context
def lang_of(context: Context, code: str) -> Markup:
    """Return the attribute ``lang`` for words in a town's language; none if the page's is the same.

    Screen readers pronounce titles of other languages by it (WCAG 3.1.2).
    """
    written = spoken(code).written
    if written == _request(context).language.written:
        return Markup()
    return Markup(' lang="{}"').format(written)


def configure(config: Configurator) -> None:
    """Set up escaping, strictness, translation and the filters of all templates."""
    config.add_settings(
        {
            "jinja2.undefined": "strict",
            "jinja2.trim_blocks": True,
            "jinja2.lstrip_blocks": True,
            "jinja2.filters": {
                "date": date_filter,
                "datetime": datetime_filter,
                "time": time_filter,
                "local": local_filter,
                "number": number_filter,
            },
            "jinja2.globals": {"csrf_input": csrf_input, "lang_of": lang_of},
        }
    )
    config.add_jinja2_renderer(".jinja2")

    def install() -> None:
        environment = config.get_jinja2_environment()
        # Ours look a message up in every room's and plugin's catalogue.
        environment.install_gettext_callables(translate, translate_plural, newstyle=False)
        environment.globals["_"] = translate
        config.registry["jinja"] = environment

    config.action(("stadtkern", "templating"), install, order=1)
