"""Probes of logins, accounts and people."""

from security_probes import (
    NO_ROWS,
    OWN_ACCOUNT,
    OWN_TICKET,
    WRITES_ONLY,
    Done,
    Probe,
    column,
    get,
    post,
)
from security_side import CODE, NEW_PASSWORD, Ask, Fields, Side
from security_world import World

from stadtkern.testing.town import PASSWORD


def _login(_world: World, victim: Side, _me: Side) -> Ask:
    fields = [("mail", victim.member.mail), ("password", PASSWORD), ("next", "/admin")]
    return Ask("/login", fields)


def _logged_in(world: World) -> bool:
    return bool(world.rows("login_ticket", account_id=world.victim.member.id))


def _logged_out(world: World) -> bool:
    return not world.rows("login_ticket", account_id=world.victim.admin.id)


def _reset(_world: World, victim: Side, _me: Side) -> Ask:
    return Ask("/account/reset", [("mail", victim.member.mail)])


def _reset_begun(world: World) -> bool:
    number = world.victim.member.id
    (row,) = world.rows("password_reset", account_id=number)
    return row not in world.before["password_reset"]


def _code(_world: World, victim: Side, _me: Side) -> Ask:
    fields = [("mail", victim.member.mail), ("code", CODE), ("password", NEW_PASSWORD)]
    return Ask("/account/reset/code", fields)


def _password_changed(world: World) -> bool:
    before = {row["id"]: row["password_hash"] for row in world.before["account"]}
    return any(
        row["password_hash"] != before.get(row["id"])
        for row in world.rows("account")
        if row["id"] in {world.victim.admin.id, world.victim.member.id}
    )


def _name(name: str) -> Done:
    return lambda world: name in {row["name"] for row in world.rows("account")}


def _me(_world: World, _victim: Side, me: Side) -> Ask:
    return Ask("/account", me.form("/account", "name", name="Neuer Name"))


def _old_password(_world: World, _victim: Side, me: Side) -> Ask:
    return Ask("/account", me.form("/account", "old", old=PASSWORD, new=NEW_PASSWORD))


def person(side: Side) -> str:
    """Return the address of the member who works for this town only."""
    return f"/admin/people/{side.member.id}"


def _person(side: Side) -> Fields:
    return [
        ("__start__", "roles:sequence"),
        ("checkbox", "editor"),
        ("__end__", "roles:sequence"),
    ]


def _invite(_world: World, victim: Side, me: Side) -> Ask:
    # Whoever is invited by another town is not told about it here: the account is global.
    del victim
    fields = me.form("/admin/people/add", "mail", mail="neu@people.example", name="Neu")
    return Ask("/admin/people/add", fields)


def _local_role_id(world: World, side: Side) -> int:
    (row,) = world.rows("local_role", tenant_id=side.town.tenant_id)
    return int(row["id"])


def _take_local(world: World, victim: Side, _me: Side) -> Ask:
    number = _local_role_id(world, victim)
    return Ask(f"{person(victim)}/local", [("remove", str(number))])


def _take_local_from_own_page(world: World, victim: Side, me: Side) -> Ask:
    number = _local_role_id(world, victim)
    return Ask(f"{person(me)}/local", [("remove", str(number))])


def _give_local(_world: World, victim: Side, me: Side) -> Ask:
    fields = [("path", victim.paths["child"]), ("role", "author")]
    return Ask(f"{person(me)}/local", fields)


def _local_roles(count: int) -> Done:
    return lambda world: (
        len(world.rows("local_role", tenant_id=world.victim.town.tenant_id)) == count
    )


PROBES: dict[tuple[str, str], list[Probe]] = {
    ("login", "GET"): [get("login", lambda _side: "/login", login=False)],
    ("login", "POST"): [Probe("login", _login, _logged_in, login=False)],
    ("logout", "POST"): [
        post(
            "logout",
            lambda _side: "/logout",
            lambda _side: [],
            _logged_out,
            unwalled=OWN_TICKET,
        ),
        post(
            "logout everywhere",
            lambda _side: "/logout",
            lambda _side: [("everywhere", "1")],
            _logged_out,
            unwalled=OWN_TICKET,
        ),
    ],
    ("reset", "GET"): [get("ask for a code", lambda _side: "/account/reset", login=False)],
    ("reset", "POST"): [Probe("ask for a code", _reset, _reset_begun, login=False)],
    ("reset.code", "GET"): [get("code", lambda _side: "/account/reset/code", login=False)],
    ("reset.code", "POST"): [Probe("use a code", _code, _password_changed, login=False)],
    ("account", "GET"): [get("my account", lambda _side: "/account", unwalled=OWN_ACCOUNT)],
    ("account", "POST"): [
        Probe("my name", _me, _name("Neuer Name"), unwalled=OWN_ACCOUNT),
        Probe("my password", _old_password, _password_changed, unwalled=OWN_ACCOUNT),
    ],
    ("admin.people", "GET"): [get("people", lambda _side: "/admin/people")],
    ("admin.person.add", "GET"): [
        get("invite", lambda _side: "/admin/people/add", unwalled=NO_ROWS)
    ],
    ("admin.person.add", "POST"): [
        Probe("invite", _invite, _name("Neu"), unwalled=WRITES_ONLY),
    ],
    ("admin.person", "GET"): [get("person", person)],
    ("admin.person", "POST"): [
        post("roles", person, _person, column("membership", "roles", ["editor"]))
    ],
    ("admin.person.local", "POST"): [
        Probe("take a local role", _take_local, _local_roles(0)),
        Probe("take a local role from an own page", _take_local_from_own_page, _local_roles(0)),
        Probe("give a local role on the victim's page", _give_local, _local_roles(2)),
    ],
    ("admin.person.remove", "POST"): [
        post(
            "remove a person",
            lambda side: f"{person(side)}/remove",
            lambda _side: [],
            lambda world: not world.rows("membership", account_id=world.victim.member.id),
        )
    ],
}
