"""The register of processing activities (Art. 30 GDPR), written from what is switched on."""

import csv
import io
import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any

from pyramid.registry import Registry

from stadtkern.plugins import PluginState
from stadtkern.privacy.kinds import PersonalData, personal_data, rules_of
from stadtkern.privacy.retention import days_of
from stadtkern.tenants import Tenant
from stadtkern.web.i18n import _

Say = Callable[..., str]

MEASURES = _(
    "Every municipality's data are walled off in the database. Passwords are stored as slow "
    "hashes, secrets and what people send by forms are encrypted. Rights by role, a second factor "
    "where the municipality asks for it, logins end by themselves. Every change is noted in a "
    "chained audit without contents. Connections are encrypted; pages load nothing from third "
    "parties."
)
"""General description of the measures (Art. 30 (1) (g)), of the platform; the operator's come
on top."""


@dataclass(frozen=True)
class Activity:
    """One line of the register (Art. 30 (1) (b) to (g)), in one language."""

    name: str
    title: str
    purpose: str
    people: str
    data: str
    basis: str
    recipients: str
    third_countries: str
    kept: str
    plugin: str


@dataclass(frozen=True)
class Notice:
    """One paragraph of the privacy page: what visitors should know of a processing."""

    title: str
    text: str
    kept: str


def enabled_data(registry: Registry, state: PluginState) -> list[PersonalData]:
    """Return the processings that take place in a town: the core's and its plugins'."""
    return [one for one in personal_data(registry) if one.owner is None or state.has(one.owner)]


def periods(registry: Registry, state: PluginState, data: PersonalData, say: Say) -> str:
    """Return how long data are kept: by their rules, as the town has set them, and in words."""
    found = [
        say(_("${what}: ${n} days"), what=say(rule.title), n=days_of(state, rule))
        for rule in rules_of(registry, state.enabled)
        if rule.data == data.name
    ]
    if data.kept:
        found.insert(0, say(data.kept(state) if callable(data.kept) else data.kept))
    return "; ".join(found) or say(_("Until they are erased on request"))


def activities(registry: Registry, state: PluginState, say: Say) -> list[Activity]:
    """Return the register's lines."""
    plugins = registry["plugins"]
    return [
        Activity(
            name=data.name,
            title=say(data.title),
            purpose=say(data.purpose),
            people=say(data.people),
            data=say(data.data),
            basis=say(data.basis),
            recipients=say(data.recipients or _("Nobody outside of the municipality")),
            third_countries=say(_("None")),
            kept=periods(registry, state, data, say),
            plugin="" if data.owner is None else say(plugins[data.owner].plugin.title),
        )
        for data in enabled_data(registry, state)
    ]


def notices(registry: Registry, state: PluginState, say: Say) -> list[Notice]:
    """Return what the privacy page says of processings that concern visitors."""
    rules = rules_of(registry, state.enabled)
    found = []
    for data in enabled_data(registry, state):
        if data.notice is None:
            continue
        title, text = data.notice
        ruled = any(rule.data == data.name for rule in rules)
        kept = periods(registry, state, data, say) if ruled else ""
        found.append(Notice(say(title), say(text), kept))
    return found


def controller(tenant: Tenant, facts: Mapping[str, Any]) -> dict[str, str]:
    """Return who is responsible (Art. 30 (1) (a)), from the site's settings."""
    place = " ".join(part for part in (facts.get("postal_code"), facts.get("city")) if part)
    return {
        "organisation": facts.get("organisation") or tenant.name,
        "represented_by": facts.get("represented_by") or "",
        "address": ", ".join(part for part in (facts.get("street"), place) if part),
        "phone": facts.get("phone") or "",
        "mail": facts.get("mail") or "",
        "privacy_officer": facts.get("privacy_officer") or "",
    }


def as_json(
    tenant: Tenant, facts: Mapping[str, Any], lines: Sequence[Activity], now: datetime, say: Say
) -> str:
    """Return the register as JSON."""
    document = {
        "format": "stadtkern.register/1",
        "created": now.isoformat(timespec="seconds"),
        "controller": controller(tenant, facts),
        "measures": say(MEASURES),
        "activities": [asdict(line) for line in lines],
    }
    return json.dumps(document, ensure_ascii=False, indent=2)


def as_csv(lines: Sequence[Activity], say: Say) -> str:
    """Return the register as CSV for spreadsheets: semicolons, a byte order mark, no formulas."""
    held = io.StringIO()
    writer = csv.writer(held, delimiter=";", lineterminator="\r\n")
    writer.writerow([say(title) for title in COLUMNS.values()])
    for line in lines:
        values = asdict(line)
        writer.writerow([_harmless(values[name]) for name in COLUMNS])
    return "\ufeff" + held.getvalue()


def _harmless(value: str) -> str:
    return f"'{value}" if value[:1] in {"=", "+", "-", "@", "\t", "\r"} else value


COLUMNS = {
    "title": _("Processing"),
    "purpose": _("Purpose"),
    "people": _("Persons concerned"),
    "data": _("Categories of data"),
    "basis": _("Legal basis"),
    "recipients": _("Recipients"),
    "third_countries": _("Third countries"),
    "kept": _("Erased after"),
    "plugin": _("Plugin"),
}
