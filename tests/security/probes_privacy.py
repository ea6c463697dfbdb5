"""Probes of data protection."""

from collections.abc import Callable

from security_probes import Probe, get, post
from security_side import Ask, Fields, Side
from security_world import World

from stadtkern.privacy.persons import look


def _nothing(_side: Side) -> Fields:
    return [("x", "")]


def _address(side: Side) -> str:
    return f"{side.word('recipient')}@people.example"


def _person(_world: World, victim: Side, _me: Side) -> Ask:
    return Ask("/admin/privacy/person", [("mail", _address(victim))])


def _mails_gone(world: World) -> bool:
    address = _address(world.victim)
    return not any(row["recipient"] == address for row in world.rows("mail_message"))


def _noted(deed: str) -> Callable[[World], bool]:
    def check(world: World) -> bool:
        rows = world.rows("audit_entry", tenant_id=world.victim.town.tenant_id)
        return any(row["deed"] == deed for row in rows)

    return check


def _erase(_world: World, victim: Side, _me: Side) -> Ask:
    town = victim.town
    with town.session() as session:
        seen = look(session, town.registry, town.tenant, _address(victim)).seen
    fields = [("mail", _address(victim)), ("sure", "1"), ("seen", seen)]
    return Ask("/admin/privacy/person/erase", fields)


def _hold_fields(_side: Side) -> Fields:
    return [
        ("kind", "person"),
        ("mail", "untergeschoben@people.example"),
        ("number", ""),
        ("reason", "Untergeschoben"),
        ("until", ""),
    ]


def _held(world: World) -> bool:
    tenant = world.victim.town.tenant_id
    return any(row["kind"] == "person" for row in world.rows("legal_hold", tenant_id=tenant))


def _lifted(world: World) -> bool:
    rows = world.rows("legal_hold", id=world.victim.ids["hold"])
    return rows == [] or rows[0]["lifted_at"] is not None


def _periods(side: Side) -> Fields:
    return side.form("/admin/privacy/retention", "days-mails", **{"days-mails": "7"})


def _changed(world: World) -> bool:
    tenant = world.victim.town.tenant_id
    return any(
        "periods" in row["settings"]
        for row in world.rows("tenant_plugin", tenant_id=tenant)
        if row["plugin"] == "privacy"
    )


def _runs(world: World) -> bool:
    tenant = world.victim.town.tenant_id
    return any(row["name"] == "privacy.retention" for row in world.rows("job", tenant_id=tenant))


PROBES = {
    ("admin.privacy", "GET"): [
        get("whose data", lambda _side: "/admin/privacy", unwalled="an empty form")
    ],
    ("admin.privacy.certificates", "GET"): [
        get("certificates", lambda _side: "/admin/privacy/certificates")
    ],
    ("admin.privacy.certificate", "GET"): [
        get("a certificate", lambda side: f"/admin/privacy/certificates/{side.ids['certificate']}")
    ],
    ("admin.privacy.retention", "GET"): [
        get("retention", lambda _side: "/admin/privacy/retention")
    ],
    ("admin.privacy.holds", "GET"): [get("holds", lambda _side: "/admin/privacy/holds")],
    ("admin.privacy.register", "GET"): [get("register", lambda _side: "/admin/privacy/register")],
    ("admin.privacy.register.file", "GET"): [
        get("register as JSON", lambda _side: "/admin/privacy/register.json"),
        get(
            "register as CSV",
            lambda _side: "/admin/privacy/register.csv",
            unwalled="says what is switched on, which is the same here",
        ),
    ],
    ("admin.privacy.person", "POST"): [
        Probe(
            "a person",
            _person,
            _noted("privacy.look"),
            unwalled="the audit notes it in the town of whoever asks, and numbers are no words",
        )
    ],
    ("admin.privacy.archive", "POST"): [
        post(
            "all records",
            lambda _side: "/admin/privacy/person/archive",
            lambda side: [("mail", _address(side))],
            _noted("privacy.export"),
            unwalled="the audit notes it in the town of whoever asks",
        )
    ],
    ("admin.privacy.erase", "POST"): [Probe("erase", _erase, _mails_gone)],
    ("admin.privacy.retention", "POST"): [
        post("periods", lambda _side: "/admin/privacy/retention", _periods, _changed)
    ],
    ("admin.privacy.retention.run", "POST"): [
        post("delete now", lambda _side: "/admin/privacy/retention/run", _nothing, _runs)
    ],
    ("admin.privacy.holds", "POST"): [
        post("place a hold", lambda _side: "/admin/privacy/holds", _hold_fields, _held)
    ],
    ("admin.privacy.hold.lift", "POST"): [
        post(
            "lift a hold",
            lambda side: f"/admin/privacy/holds/{side.ids['hold']}/lift",
            _nothing,
            _lifted,
        )
    ],
}
ROLES = {"administrator": set(PROBES)}
