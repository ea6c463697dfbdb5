"""What is handed out to a person: one ZIP with JSON for programs and a page for people."""

import io
import json
import re
import zipfile
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any
from urllib.parse import quote
from zoneinfo import ZoneInfo

from markupsafe import Markup, escape
from pyramid.registry import Registry
from sqlalchemy.orm import Session
from translationstring import TranslationString

from stadtkern.db import utcnow
from stadtkern.privacy.kinds import Handed, PersonalData, Subject, Words
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
        files = _packed(packed, found)
        packed.writestr("data.json", _as_json(tenant, subject, found, now, files))
        words = _Words(registry, say, locale or tenant.default_locale, tenant.timezone, files)
        packed.writestr("data.html", _as_page(tenant, subject, found, kept, words, now))
    return held.getvalue()


def file_name(say: Callable[..., str], day: date) -> str:
    """Return what the archive is called when it is saved."""
    name = say(_("subject-access"))
    return f"{name}-{day:%Y-%m-%d}.zip"


def _packed(packed: zipfile.ZipFile, found: Found) -> dict[int, str]:
    """Put copies of all files into the archive (Art. 15 (3) GDPR); return their places by id."""
    places: dict[int, str] = {}
    values = (
        one
        for _data, records in found
        for record in records
        for value in record.values()
        for one in (value if isinstance(value, list | tuple) else [value])
    )
    for file in values:
        if not isinstance(file, Handed):
            continue
        name = re.sub(r'[\\/:*?"<>|\x00-\x1f]', "_", file.name).strip(". ")[-100:] or "_"
        place = f"files/{len(places) + 1:03}-{name}"
        try:
            packed.writestr(place, file.read())
        except FileNotFoundError:
            place = ""
        places[id(file)] = place
    return places


def _plain(value: Any, files: Mapping[int, str]) -> Any:
    if isinstance(value, Handed):
        return {"name": value.name, "file": files[id(value)] or None}
    if isinstance(value, datetime | date):
        return value.isoformat()
    return str(value)


def _as_json(
    tenant: Tenant, subject: Subject, found: Found, now: datetime, files: Mapping[int, str]
) -> str:
    document = {
        "format": FORMAT,
        "municipality": {"name": tenant.name, "ags": tenant.ags, "host": tenant.host},
        "created": now.isoformat(timespec="seconds"),
        "person": subject.mail,
        "data": {data.name: records for data, records in found},
    }
    return json.dumps(
        document, ensure_ascii=False, indent=2, default=lambda value: _plain(value, files)
    )


def _as_page(
    tenant: Tenant,
    subject: Subject,
    found: Found,
    kept: dict[str, str],
    words: "_Words",
    now: datetime,
) -> str:
    """Return a page that any browser shows, and paper too: headings, terms and values."""
    say, locale = words.say, words.locale
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
                when=f"{now.astimezone(words.zone):%d.%m.%Y %H:%M}",
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
                shown = words.of(value, data.words.get(key))
                parts.append(Markup("<dt>{}</dt><dd>{}</dd>\n").format(term, shown))
            parts.append(Markup("</dl>\n"))
    rights = _(
        "You may have wrong data corrected and data erased, have their use restricted, take them "
        "along and object to their use (Art. 16 to 21 GDPR). Complaints: the data protection "
        "commissioner of your Land."
    )
    parts.append(Markup("<h2>{}</h2>\n<p>{}</p>\n").format(say(_("Your rights")), say(rights)))
    parts.append(Markup("</main></body></html>\n"))
    return str(Markup("").join(parts))


@dataclass(frozen=True)
class _Words:
    """Writes stored values as people read them, in one language."""

    registry: Registry
    say: Callable[..., str]
    locale: str
    timezone: str
    files: Mapping[int, str]

    @property
    def zone(self) -> ZoneInfo:
        return ZoneInfo(self.timezone)

    def of(self, value: Any, known: Words | None = None) -> Markup:  # noqa: PLR0911 - one a kind
        if value is None or value == "":
            return Markup("–")
        if isinstance(value, Handed):
            place = self.files[id(value)]
            link = Markup('<a href="{}">{}</a>').format(quote(place), value.name)
            return link if place else escape(value.name)
        if isinstance(value, bool):
            return escape(self.say(_("yes") if value else _("no")))
        if isinstance(value, float):
            text = f"{value:.15g}"
            return escape(text if self.locale.startswith("en") else text.replace(".", ","))
        if isinstance(value, datetime):
            return escape(f"{value.astimezone(self.zone):%d.%m.%Y %H:%M}")
        if isinstance(value, date):
            return escape(f"{value:%d.%m.%Y}")
        if isinstance(value, list | tuple):
            return self._several(value, known)
        return self._text(value, known)

    def _several(self, value: Sequence[Any], known: Words | None) -> Markup:
        if value and all(isinstance(one, Mapping) and len(one) == 2 for one in value):  # noqa: PLR2004
            pairs = (list(one.values()) for one in value)
            rows = (
                Markup("<dt>{}</dt><dd>{}</dd>").format(self.of(term), self.of(words))
                for term, words in pairs
            )
            return Markup("<dl>{}</dl>").format(Markup("").join(rows))
        return Markup(", ").join(self.of(one, known) for one in value)

    def _text(self, value: Any, known: Words | None) -> Markup:
        if known is not None and isinstance(value, str):
            found = known(self.registry, value) if callable(known) else known.get(value, value)
            value = self.say(found)
        elif isinstance(value, TranslationString):
            value = self.say(value)
        return Markup("<br>").join(str(value).split("\n"))
