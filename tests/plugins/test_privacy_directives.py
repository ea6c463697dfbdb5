"""What plugins say of persons: rules run where they are on, data are never forgotten."""

from datetime import timedelta
from typing import Any

import pytest
from pyramid.config import Configurator
from sqlalchemy import delete, select

from stadtkern.db import utcnow
from stadtkern.mail.models import MailMessage
from stadtkern.privacy import Desk, Due, Part, Subject, persons
from stadtkern.privacy.models import RetentionRun
from stadtkern.testing.databases import on_sqlite
from stadtkern.testing.town import Town

pytestmark = on_sqlite
GUEST = "gast@bad.example"


def _cards(desk: Desk, subject: Subject) -> list[MailMessage]:
    return list(
        desk.session.scalars(
            select(MailMessage).where(
                MailMessage.recipient == subject.mail, MailMessage.subject == "Dauerkarte"
            )
        )
    )


def _old(desk: Desk, before: Any, after: Any, limit: int) -> list[Due]:
    rows = desk.session.scalars(
        select(MailMessage)
        .where(
            MailMessage.subject == "Dauerkarte",
            MailMessage.created_at < before,
            MailMessage.id > (after or 0),
        )
        .order_by(MailMessage.id)
        .limit(limit)
    )
    return [Due(row.id, mail=row.recipient) for row in rows]


def declare(config: Configurator) -> None:
    """Hold season tickets; the outbox lends its table."""

    def forget(desk: Desk, ids: Any) -> None:
        desk.session.execute(delete(MailMessage).where(MailMessage.id.in_(list(ids))))

    config.add_personal_data(
        "pool.cards",
        title="Dauerkarten",
        purpose="Einlass",
        people="Badegäste",
        data="Adresse",
        basis="§ 1 Badeordnung",
        notice=("Wenn Sie eine Dauerkarte haben", "Wir speichern Ihre Adresse."),
        find=lambda desk, subject: [Part("Karten", len(_cards(desk, subject)))],
        export=lambda desk, subject: [{"card": row.id} for row in _cards(desk, subject)],
        erase=lambda desk, subject: forget(desk, [row.id for row in _cards(desk, subject)]),
    )
    config.add_retention_rule(
        "pool.cards",
        title="Alte Dauerkarten",
        data="pool.cards",
        days=10,
        basis="§ 2 Badeordnung",
        kind="mail_message",
        due=_old,
        erase=forget,
    )


@pytest.fixture
def town(make_town: Any, make_plugin: Any) -> Town:
    made: Town = make_town(plugins={"pool": make_plugin("pool", declare)})
    with made.session() as session:
        session.add(
            MailMessage(
                recipient=GUEST,
                subject="Dauerkarte",
                status="sent",
                created_at=utcnow() - timedelta(days=20),
            )
        )
    return made


def cards(town: Town) -> int:
    with town.session(write=False) as session:
        return len(session.scalars(select(MailMessage)).all())


def results(town: Town) -> dict[str, Any]:
    with town.session(write=False) as session:
        row = session.scalars(select(RetentionRun).order_by(RetentionRun.id.desc())).first()
        assert row is not None
        return dict(row.results)


def test_a_plugins_rule_runs_only_where_it_is_switched_on(town: Town) -> None:
    town.run_schedule("privacy.retention")
    assert (cards(town), "pool.cards" in results(town)) == (1, False)
    town.enable("pool")
    town.disable("pool")
    town.run_schedule("privacy.retention")
    assert cards(town) == 1
    town.enable("pool")
    town.run_schedule("privacy.retention")
    assert (cards(town), results(town)["pool.cards"]["erased"]) == (0, 1)


def test_data_of_a_plugin_that_is_off_are_erased_all_the_same(town: Town) -> None:
    with town.session() as session:
        found = persons.look(session, town.registry, town.tenant, GUEST)
        assert "pool.cards" in {line.data.name for line in found.lines}
        persons.erase(session, town.registry, town.tenant, GUEST, by=None)
    assert cards(town) == 0


def test_names_are_the_plugins_own(make_town: Any, make_plugin: Any) -> None:
    town = make_town(plugins={"baths": make_plugin("baths", declare)})
    found = town.registry["plugins"]["baths"]
    assert not found.working
    assert "begin with “baths.”" in found.problem
