"""When a notice counts as announced (Bekanntgabe), and how long one may object (§§ 122, 122a AO).

Whether the rules for electronic notices hold for a municipality's own is for its lawyers to say;
that is why a town chooses the regime, and the rule of 2027 is one of them and not the only one.
"""

from collections.abc import Mapping, Sequence
from datetime import date, timedelta
from enum import StrEnum
from typing import NamedTuple

from stadtkern_finance.i18n import _
from stadtkern_finance.law.deadlines import on_working_day
from stadtkern_finance.law.explanation import Rule, Step
from stadtkern_finance.law.periods import months_after
from stadtkern_finance.law.rates import CONSENT_DAYS, LETTER_DAYS, RULE_DAYS, Dated, in_force
from stadtkern_finance.law.wording import Fact

LETTER = Rule(
    "announcement.letter",
    _("Letter posted on ${sent}: counts as announced on day ${days} after it, ${result}"),
    "sent + days",
    "",
    (("sent", Fact.DATE), ("days", Fact.NUMBER)),
    Fact.DATE,
)
ABROAD = Rule(
    "announcement.letter_abroad",
    _("Letter posted abroad on ${sent}: counts as announced a month later, ${result}"),
    "sent + 1 month",
    "§ 122 Abs. 2 Nr. 2 AO",
    (("sent", Fact.DATE),),
    Fact.DATE,
)
CONSENT = Rule(
    "announcement.consent",
    _(
        "Taxpayer's consent given, told on ${sent} that the notice is ready: counts as announced "
        "on day ${days} after it, ${result}"
    ),
    "sent + days",
    "",
    (("sent", Fact.DATE), ("days", Fact.NUMBER)),
    Fact.DATE,
)
PROVIDED = Rule(
    "announcement.rule",
    _(
        "Notice provided electronically on ${sent}: counts as announced on day ${days} after it, "
        "${result}"
    ),
    "sent + days",
    "",
    (("sent", Fact.DATE), ("days", Fact.NUMBER)),
    Fact.DATE,
)
OBJECTION = Rule(
    "announcement.objection",
    _("Objection possible for one month after ${announced}, until the end of ${result}"),
    "announced + 1 month",
    "§ 70 Abs. 1 VwGO",
    (("announced", Fact.DATE),),
    Fact.DATE,
)


class Regime(StrEnum):
    """How a notice reaches the taxpayer, and by which rule it counts as announced."""

    LETTER = "letter"
    LETTER_ABROAD = "letter_abroad"
    CONSENT = "consent"
    """Electronic with the taxpayer's consent; until the end of 2026 the only electronic way."""
    RULE = "rule"
    """Electronic as the rule, from 1 January 2027."""


TABLES: Mapping[Regime, tuple[Rule, Sequence[Dated[int]]]] = {
    Regime.LETTER: (LETTER, LETTER_DAYS),
    Regime.CONSENT: (CONSENT, CONSENT_DAYS),
    Regime.RULE: (PROVIDED, RULE_DAYS),
}


class Announcement(NamedTuple):
    """When a notice counts as announced, and until when one may object."""

    regime: Regime
    announced_at: date
    objection_until: date
    steps: tuple[Step, ...]


def electronic_regime(provided: date) -> Regime:
    """Return the rule for an electronic notice provided on a day: consent first, from 2027 not."""
    return Regime.RULE if provided >= RULE_DAYS[0].since else Regime.CONSENT


def announce(sent: date, regime: Regime) -> Announcement:
    """Return when a notice posted or provided on ``sent`` counts as announced.

    Both days move to the next working day (§ 108 (3) AO, § 57 (2) VwGO with § 222 (2) ZPO). Raises
    RateUnknown where the regime did not hold yet.
    """
    if regime is Regime.LETTER_ABROAD:
        named = months_after(sent, 1)
        first = Step(ABROAD, (sent,), named)
    else:
        rule, table = TABLES[regime]
        row = in_force(table, sent)
        named = sent + timedelta(days=row.value)
        first = Step(rule, (sent, row.value), named, law=row.source)
    announced = on_working_day(named)
    until = objection_until(announced.day)
    return Announcement(
        regime,
        announced.day,
        until[0],
        (first, *announced.steps, *until[1]),
    )


def objection_until(announced: date) -> tuple[date, tuple[Step, ...]]:
    """Return the last day for an objection (Widerspruch) and the steps to it."""
    named = months_after(announced, 1)
    last = on_working_day(named)
    return last.day, (Step(OBJECTION, (announced,), named), *last.steps)
