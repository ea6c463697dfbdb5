"""What is handed out to a person: one ZIP with JSON for programs and a page for people."""

import io
import json
import zipfile
from collections.abc import Callable, Sequence
from datetime import date, datetime
from typing import Any
from zoneinfo import ZoneInfo

from markupsafe import Markup, escape
from pyramid.registry import Registry
from sqlalchemy.orm import Session

from stadtkern.db import utcnow
from stadtkern.privacy.kinds import PersonalData, Subject
from stadtkern.privacy.persons import hand_out
from stadtkern.privacy.register import periods
from stadtkern.tenants import Tenant
from stadtkern.web.i18n import _, speaker

FORMAT = "stadtkern.person/1"

Found = Sequence[tuple[PersonalData, list[dict[str, Any]]]]


def archive(
    session: Session, registry: Registry, tenant: Tenant, mail: str, *, locale: str | None = None
) -> bytes:
    """Return the ZIP about a person, and note in the audit that it was made.

    ``locale``: the language of titles; the town's first one without it.
    """
    subject, found = hand_out(session, registry, tenant, mail)
    say = speaker(registry, locale or tenant.default_locale)
    state = registry["plugin_states"].of_id(tenant.id, session)
    now = utcnow()
    kept = {data.name: periods(registry, state, data, say) for data, _records in found}
    held = io.BytesIO()
    with zipfile.ZipFile(held, "w", zipfile.ZIP_DEFLATED) as packed:
        packed.writestr("data.json", _as_json(tenant, subject, found, now))
        page = _as_page(tenant, subject, found, kept, say, locale or tenant.default_locale, now)
        packed.writestr("data.html", page)
    return held.getvalue()


def _plain(value: Any) -> Any:
    if isinstance(value, datetime | date):
        return value.isoformat()
    return str(value)


def _as_json(tenant: Tenant, subject: Subject, found: Found, now: datetime) -> str:
    document = {
        "format": FORMAT,
        "municipality": {"name": tenant.name, "ags": tenant.ags, "host": tenant.host},
        "created": now.isoformat(timespec="seconds"),
        "person": subject.mail,
        "data": {data.name: records for data, records in found},
    }
    return json.dumps(document, ensure_ascii=False, indent=2, default=_plain)


def _as_page(
    tenant: Tenant,
    subject: Subject,
    found: Found,
    kept: dict[str, str],
    say: Callable[..., str],
    locale: str,
    now: datetime,
) -> str:
    """Return a page that any browser shows, and paper too: headings, terms and values."""
    zone = ZoneInfo(tenant.timezone)
    title = say(_("What ${town} stores about you"), town=tenant.name)
    parts = [
        Markup('<!doctype html>\n<html lang="{}"><head><meta charset="utf-8">').format(locale),
        Markup('<meta name="viewport" content="width=device-width, initial-scale=1">'),
        Markup("<title>{}</title></head><body><main>\n").format(title),
        Markup("<h1>{}</h1>\n<p>{}</p>\n").format(
            title,
            say(
                _("On ${mail}, as of ${when}. Information under Art. 15 GDPR."),
                mail=subject.mail,
                when=f"{now.astimezone(zone):%d.%m.%Y %H:%M}",
            ),
        ),
    ]
    if not found:
        parts.append(Markup("<p>{}</p>\n").format(say(_("Nothing is stored about you."))))
    for data, records in found:
        parts.append(Markup("<h2>{}</h2>\n<dl>\n").format(say(data.title)))
        for term, value in (
            (_("What for"), say(data.purpose)),
            (_("Legal basis"), say(data.basis)),
            (_("Recipients"), say(data.recipients or _("Nobody outside of the municipality"))),
            (_("How long"), kept[data.name]),
        ):
            parts.append(Markup("<dt>{}</dt><dd>{}</dd>\n").format(say(term), value))
        parts.append(Markup("</dl>\n"))
        for number, record in enumerate(records, 1):
            heading = say(_("Record ${n} of ${all}"), n=number, all=len(records))
            parts.append(Markup("<h3>{}</h3>\n<dl>\n").format(heading))
            for key, value in record.items():
                term = say(data.labels.get(key, key))
                parts.append(
                    Markup("<dt>{}</dt><dd>{}</dd>\n").format(term, _words(value, say, zone))
                )
            parts.append(Markup("</dl>\n"))
    rights = _(
        "You may have wrong data corrected and data erased, have their use restricted, take them "
        "along and object to their use (Art. 16 to 21 GDPR). Complaints: the data protection "
        "commissioner of your Land."
    )
    parts.append(Markup("<h2>{}</h2>\n<p>{}</p>\n").format(say(_("Your rights")), say(rights)))
    parts.append(Markup("</main></body></html>\n"))
    return str(Markup("").join(parts))


def _words(value: Any, say: Callable[..., str], zone: ZoneInfo) -> Markup:
    if value is None or value == "":
        return Markup("–")
    if isinstance(value, bool):
        return escape(say(_("yes") if value else _("no")))
    if isinstance(value, datetime):
        return escape(f"{value.astimezone(zone):%d.%m.%Y %H:%M}")
    if isinstance(value, date):
        return escape(f"{value:%d.%m.%Y}")
    if isinstance(value, list | tuple):
        return Markup(", ").join(_words(one, say, zone) for one in value)
    return escape(str(value))
