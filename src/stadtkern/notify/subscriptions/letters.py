"""Mails with news: one to each subscriber, in their language, with the ways to end it."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote
from zoneinfo import ZoneInfo

from babel.dates import format_date
from pyramid.registry import Registry
from sqlalchemy.orm import Session

from stadtkern.mail import compose
from stadtkern.notify.subscriptions import services
from stadtkern.notify.subscriptions.models import Subscriber, Subscription
from stadtkern.tenants import Tenant, mail_origin
from stadtkern.web.i18n import _, speaker
from stadtkern.web.languages import spoken

SHOWN = 20
"""Pages of one subscription that a mail names; beyond them it says how many there are."""
LIST = "List-Id"
"""The header (RFC 2919) that all these mails have, and no other mail of ours."""
MANAGE, END = "/abonnieren/verwalten", "/abonnieren/abmelden"


@dataclass(frozen=True)
class Part:
    """What is new of one subscription; ``title`` is translatable, ``rows`` the newest first."""

    subscription: Subscription
    title: Any
    rows: Sequence[Any]


def send(
    session: Session, registry: Registry, tenant: Tenant, person: Subscriber, parts: Sequence[Part]
) -> None:
    """Put a mail into the outbox. A page that several subscriptions have is told once."""
    say = speaker(registry, person.locale)
    known: set[int] = set()
    lines: list[str] = []
    number = 0
    first = None
    for part in parts:
        rows = [row for row in part.rows if row.id not in known]
        known.update(row.id for row in rows)
        if not rows:
            continue
        number += len(rows)
        first = first or rows[0]
        lines += [say(part.title), ""]
        for row in rows[:SHOWN]:
            lines += _entry(tenant, mail_origin(registry, tenant), person.locale, row)
        if len(rows) > SHOWN:
            lines += [say(_("… and ${n} more", n=len(rows) - SHOWN)), ""]
    subject = (
        f"{tenant.name}: {first.title}"
        if number == 1 and first is not None
        else say(_("${town}: ${n} new pages", mapping={"town": tenant.name, "n": number}))
    )
    one = parts[0].subscription if len(parts) == 1 else None
    ending = end_address(session, registry, tenant, person, one)
    lines += _foot(session, registry, tenant, person, parts, say, ending)
    compose(
        session,
        registry["outbox"],
        recipient=services.address(session, registry, person),
        subject=subject,
        body="\n".join(lines),
        headers={
            # RFC 2369 and RFC 8058: mail programs show a button of their own.
            "List-Unsubscribe": f"<{ending}>",
            "List-Unsubscribe-Post": "List-Unsubscribe=One-Click",
            LIST: f"<news.{tenant.host}>",
        },
        keep=False,
    )


def _entry(tenant: Tenant, start: str, locale: str, row: Any) -> list[str]:
    day = ""
    if row.sort_at is not None:
        local = row.sort_at.astimezone(ZoneInfo(tenant.timezone)).date()
        day = f" ({format_date(local, 'long', locale=spoken(locale).interface)})"
    lines = [f"{' '.join(row.title.split())}{day}"]
    if row.summary:
        lines.append(" ".join(row.summary.split()))
    return [*lines, f"{start}{quote(row.path)}", ""]


def end_address(
    session: Session,
    registry: Registry,
    tenant: Tenant,
    person: Subscriber,
    subscription: Subscription | None,
) -> str:
    """Return the address that ends one subscription, or (None) all of a subscriber."""
    of: type[object] = Subscriber if subscription is None else Subscription
    nonce = person.nonce if subscription is None else subscription.nonce
    key = services.key_of(session, registry, tenant.id, of, nonce)
    return f"{mail_origin(registry, tenant)}{END}/{key}{_language(tenant, person)}"


def _language(tenant: Tenant, person: Subscriber) -> str:
    if person.locale == tenant.default_locale or person.locale not in tenant.locales:
        return ""
    return f"?lang={person.locale}"


def _foot(
    session: Session,
    registry: Registry,
    tenant: Tenant,
    person: Subscriber,
    parts: Sequence[Part],
    say: Callable[..., str],
    ending: str,
) -> list[str]:
    lines = ["-- ", say(_("You get this mail because you asked for it:"))]
    for part in parts:
        lines.append(f"- {say(part.title)}")
        if len(parts) > 1:
            own = end_address(session, registry, tenant, person, part.subscription)
            lines.append("  " + say(_("End this one:")) + " " + own)
    every = say(_("End all subscriptions:") if len(parts) > 1 else _("End this subscription:"))
    manage = f"{mail_origin(registry, tenant)}{MANAGE}{_language(tenant, person)}"
    return [*lines, "", every, ending, "", say(_("Change what you get:")), manage, ""]


def parts_of(
    rows: Sequence[Subscription],
    news: Sequence[Any],
    titles: Callable[[Subscription], Any],
    sections: Mapping[int, Any],
    fitting: Callable[[Subscription], set[int]],
) -> list[Part]:
    """Return what is new of each subscription, those without anything left out."""
    found = []
    for row in rows:
        fits = matcher(row, sections, fitting)
        own = [one for one in news if one.at > row.told_until and fits(one)]
        if own:
            found.append(Part(row, titles(row), own))
    return found


def matcher(
    row: Subscription, sections: Mapping[int, Any], fitting: Callable[[Subscription], set[int]]
) -> Callable[[Any], bool]:
    """Return what tells whether a page belongs to a subscription."""
    if row.kind == "section":
        section = sections.get(row.node_id or 0)
        if section is None:
            return lambda _one: False
        base = f"{section.path.rstrip('/')}/"
        return lambda one: one.path.startswith(base) and one.language == section.language
    if row.kind == "type":
        return lambda one: one.type == row.type and one.language == row.language
    wanted = fitting(row)
    return lambda one: one.id in wanted
