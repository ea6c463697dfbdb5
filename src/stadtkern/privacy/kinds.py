"""What rooms and plugins say of persons: ``add_personal_data`` and ``add_retention_rule``."""

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from pyramid.config import Configurator
from pyramid.exceptions import ConfigurationError
from pyramid.registry import Registry
from sqlalchemy.orm import Session

from stadtkern.plugins import PluginState, owner_of
from stadtkern.privacy.holding import Holds, mark_of
from stadtkern.tenants import Tenant

ERASE, ANONYMISE, KEEP, BLOCK = "erase", "anonymise", "keep", "block"
FATES = (ERASE, ANONYMISE, KEEP, BLOCK)
"""What erasure does: delete, cut off from the person, leave alone, or not take place at all."""

MAX_NAME = 60
LONGEST_DAYS = 36_500
AFTER_DATA = 10
"""Order of the rules' actions: all personal data of the same commit are known by then."""
_NAME = re.compile(r"[a-z][a-z0-9_]*(\.[a-z][a-z0-9_]*)*")


@dataclass(frozen=True)
class Subject:
    """Whose data are asked for: a mail address (lower case), and their account as far as this
    municipality knows it. ``mark``: the keyed hash that stands for the address.
    """  # noqa: D205

    mail: str
    account_id: int | None
    mark: str = ""


@dataclass(frozen=True)
class Part:
    """Rows of one kind that are about a person, and what erasure does with them.

    ``why`` is said for what is kept or stands in the way, and where data are cut off instead of
    deleted. ``kind`` and ``ids`` (as legal holds name objects) where single ones can be held.
    """

    title: str
    number: int
    fate: str = ERASE
    why: str = ""
    kind: str = ""
    ids: tuple[int | str, ...] = ()


@dataclass(frozen=True)
class Due:
    """One row whose time is over, with whom it is about where that is known."""

    id: int | str
    mail: str | None = None
    account_id: int | None = None


@dataclass(frozen=True)
class Desk:
    """Where handlers work: the town's session, and what is held."""

    session: Session
    registry: Registry
    tenant: Tenant
    now: datetime
    holds: Holds

    def held(self, kind: str) -> frozenset[str]:
        """Return the ids of held objects of a kind, as texts: erasure leaves them alone."""
        return self.holds.objects.get(kind, frozenset())

    def is_held(self, kind: str, row: Due) -> bool:
        """Tell whether a hold stands on a row, or on the person it is about."""
        if str(row.id) in self.held(kind) or row.account_id in self.holds.accounts:
            return True
        if row.mail is None or not self.holds.marks:
            return False
        return self.mark(row.mail) in self.holds.marks

    def mark(self, mail: str) -> str:
        """Return the keyed hash that stands for a mail address here."""
        return mark_of(self.session, self.registry, self.tenant.id, mail)


@dataclass(frozen=True)
class Handed:
    """A file among the values of an exported record: the archive holds a copy of it.

    ``read`` returns its bytes when they are packed; ``FileNotFoundError`` if they are lost.
    """

    name: str
    read: Callable[[], bytes]


Words = Mapping[str, str] | Callable[[Registry, str], str]
"""What stored codes mean: by code, or asked code by code. Unknown ones are shown as they are."""
Find = Callable[[Desk, Subject], Sequence[Part]]
Export = Callable[[Desk, Subject], Sequence[Mapping[str, Any]]]
Erase = Callable[[Desk, Subject], object]
FindDue = Callable[[Desk, datetime, Any, int], Sequence[Due]]
EraseDue = Callable[[Desk, Sequence[Any]], object]


@dataclass(frozen=True)
class PersonalData:
    """One processing of personal data, as ``add_personal_data`` declares it."""

    name: str
    title: str
    purpose: str
    people: str
    data: str
    basis: str
    recipients: str
    kept: str | Callable[[PluginState], str]
    notice: tuple[str, str] | None
    find: Find | None
    export: Export | None
    erase: Erase | None
    labels: Mapping[str, str] = field(default_factory=dict)
    words: Mapping[str, Words] = field(default_factory=dict)
    held: tuple[str, ...] = ()
    order: int = 0
    owner: str | None = None


@dataclass(frozen=True)
class RetentionRule:
    """When rows of one kind are deleted by themselves, as ``add_retention_rule`` declares it."""

    name: str
    title: str
    data: str
    days: int
    basis: str
    kind: str
    due: FindDue
    erase: EraseDue
    least: int
    most: int
    owner: str | None


def personal_data(registry: Registry) -> list[PersonalData]:
    """Return all declared processings, in the order in which they are shown."""
    found: dict[str, PersonalData] = registry["personal_data"]
    return sorted(found.values(), key=lambda one: (one.order, one.owner or "", one.name))


def rules(registry: Registry) -> dict[str, RetentionRule]:
    """Return all retention rules of this application by name."""
    found: dict[str, RetentionRule] = registry["retention_rules"]
    return found


def rules_of(registry: Registry, enabled: frozenset[str]) -> list[RetentionRule]:
    """Return the rules that count in a town with these plugins, by name."""
    found = (rule for _name, rule in sorted(rules(registry).items()))
    return [rule for rule in found if rule.owner is None or rule.owner in enabled]


def add_personal_data(
    config: Configurator,
    name: str,
    *,
    title: str,
    purpose: str,
    people: str,
    data: str,
    basis: str,
    recipients: str = "",
    kept: str | Callable[[PluginState], str] = "",
    notice: tuple[str, str] | None = None,
    find: Find | None = None,
    export: Export | None = None,
    erase: Erase | None = None,
    labels: Mapping[str, str] | None = None,
    words: Mapping[str, Words] | None = None,
    held: tuple[str, ...] = (),
    order: int = 0,
) -> None:
    """Declare a processing of personal data; it is found, handed out, erased and registered.

    Args:
        name: lower-case words with dots between; a plugin's begins with the plugin's name.
        title: what it is called in the register (Art. 30 GDPR), in previews and certificates.
        purpose: what the data are for.
        people: whose data they are, such as ``_("Visitors who write to the town")``.
        data: which data, such as ``_("Mail address, text of the message")``.
        basis: the legal basis.
        recipients: who gets them; empty: nobody outside of the municipality.
        kept: how long, in words, where no retention rule says it; or a function of the town's
            ``PluginState`` that returns the words, where settings count.
        notice: heading and text for the town's privacy page, where visitors are concerned.
        find: ``find(desk, subject)`` returns ``Part``s, without changing anything.
        export: ``export(desk, subject)`` returns mappings of plain values, one a record; a list
            of mappings with two values each shows as terms and values (questions and answers),
            a ``Handed`` is a file of which the archive holds a copy.
        erase: ``erase(desk, subject)`` does what ``find`` has announced, in the transaction that
            it is called in. Afterwards ``find`` must announce nothing to erase any more (but
            what ``desk.held(kind)`` names): else the whole erasure is taken back.
        labels: titles of the exported keys.
        words: by key, what exported codes mean to people: ``{"status": {"done": _("done")}}``.
        held: tables whose rows a legal hold can name though no retention rule has them.
        order: erased in this order, small numbers first; accounts come at 100.

    Without the three functions it stands in the register and on the privacy page only. A plugin
    that is switched off keeps its data: they are still found, handed out and erased.

    """
    owner = _checked("Personal data", config, name)
    if len({find is None, export is None, erase is None}) > 1:
        raise ConfigurationError(
            f"Personal data {name}: give find, export and erase, or none of them."
        )
    made = PersonalData(
        name=name,
        title=title,
        purpose=purpose,
        people=people,
        data=data,
        basis=basis,
        recipients=recipients,
        kept=kept,
        notice=notice,
        find=config.maybe_dotted(find),
        export=config.maybe_dotted(export),
        erase=config.maybe_dotted(erase),
        labels=dict(labels or {}),
        words=dict(words or {}),
        held=held,
        order=order,
        owner=owner,
    )

    def register() -> None:
        config.registry["personal_data"][name] = made

    intr = config.introspectable("personal data", name, str(title), "personal data")
    intr.update(name=name, title=title, basis=basis)
    config.action(("personal data", name), register, introspectables=(intr,))


def add_retention_rule(
    config: Configurator,
    name: str,
    *,
    title: str,
    data: str,
    days: int,
    basis: str,
    kind: str,
    due: FindDue | str,
    erase: EraseDue | str,
    least: int = 1,
    most: int = LONGEST_DAYS,
) -> None:
    """Let rows be deleted by themselves when they are old: each night, with a report.

    Args:
        name: lower-case words with dots between; a plugin's begins with the plugin's name.
        title: what is deleted, such as ``_("Answered questions")``.
        data: the name of the ``add_personal_data`` that the rows belong to.
        days: how long they are kept; each municipality can choose from ``least`` to ``most``.
        basis: why so long: the law, or what the data are needed for.
        kind: the table's name, by which legal holds and the audit call the rows.
        due: ``due(desk, before, after, limit)`` returns up to ``limit`` ``Due``s of rows that
            are older than ``before``, in the order of their ids, all of them greater than
            ``after`` (None at first).
        erase: ``erase(desk, ids)`` deletes these rows.

    A rule of a plugin runs only where the plugin is switched on.

    """
    owner = _checked("Retention rule", config, name)
    if not least <= days <= most or least < 0 or most > LONGEST_DAYS:
        raise ConfigurationError(
            f"Retention rule {name}: 0 ≤ least ≤ days ≤ most ≤ {LONGEST_DAYS} must hold."
        )
    rule = RetentionRule(
        name=name,
        title=title,
        data=data,
        days=days,
        basis=basis,
        kind=kind,
        due=config.maybe_dotted(due),
        erase=config.maybe_dotted(erase),
        least=least,
        most=most,
        owner=owner,
    )

    def register() -> None:
        if data not in config.registry["personal_data"]:
            raise ConfigurationError(
                f"Retention rule {name}: there are no personal data “{data}”: declare them by "
                "add_personal_data."
            )
        rules(config.registry)[name] = rule

    intr = config.introspectable("retention rules", name, str(title), "retention rule")
    intr.update(name=name, title=title, data=data, days=days, basis=basis)
    config.action(("retention rule", name), register, order=AFTER_DATA, introspectables=(intr,))


def _checked(what: str, config: Configurator, name: str) -> str | None:
    """Return who declares something; refuse names that are none or somebody else's."""
    owner = owner_of(config)
    if not _NAME.fullmatch(name) or len(name) > MAX_NAME:
        raise ConfigurationError(
            f"{what} “{name}”: a name is lower-case words with dots between, at most {MAX_NAME} "
            "characters."
        )
    if owner is not None and not name.startswith(f"{owner}."):
        raise ConfigurationError(f"{what} {name}: names of this plugin begin with “{owner}.”.")
    return owner


def directives(config: Configurator) -> None:
    """Offer both directives."""
    config.registry["personal_data"] = {}
    config.registry["retention_rules"] = {}
    config.add_directive("add_personal_data", add_personal_data)
    config.add_directive("add_retention_rule", add_retention_rule)
