"""Probes of forms and of what was sent by them."""

import time

from security_probes import Probe, column, get, post, shown
from security_side import SUBMISSION_CODE, Ask, Side
from security_world import World

from stadtkern.submissions import tokens

SEALED = "answers are sealed for their own municipality and open nowhere else"
TOKEN = "the token of a form's page holds for one municipality"


def _send(_world: World, victim: Side, _me: Side) -> Ask:
    token = tokens.make(
        victim.town.registry, victim.town.tenant_id, victim.ids["form"], time.time() - 10
    )
    return Ask(victim.paths["form"], [("page_token", token), ("q-f0", "Gesendet")])


def _sent(world: World) -> bool:
    return len(world.rows("submission", tenant_id=world.victim.town.tenant_id)) > 1


def _status(_world: World, victim: Side, _me: Side) -> Ask:
    number = f"F-{victim.prefix}".upper()
    return Ask("/formular-status", [("reference", number), ("code", SUBMISSION_CODE)])


def _entry(side: Side) -> str:
    return f"/admin/submissions/{side.ids['submission']}"


def _file(side: Side) -> str:
    return f"{_entry(side)}/files/{side.ids['submission_file']}"


def _deleted(world: World) -> bool:
    return not world.rows("submission", id=world.victim.ids["submission"])


PUBLIC = {"FormPage", "submission.status"}
READ = {
    ("admin.submissions", "GET"),
    ("admin.submissions.export", "POST"),
    ("admin.submission", "GET"),
    ("admin.submission", "POST"),
    ("admin.submission.file", "GET"),
}
PROBES: dict[tuple[str, str], list[Probe]] = {
    ("FormPage", "GET"): [shown("form")],
    ("FormPage", "POST"): [Probe("send", _send, _sent, login=False, unwalled=TOKEN)],
    ("submission.status", "GET"): [
        get(
            "form of the status",
            lambda _side: "/formular-status",
            login=False,
            unwalled="reads no row of a tenant",
        )
    ],
    ("submission.status", "POST"): [Probe("status", _status, lambda _world: True, login=False)],
    ("admin.submissions", "GET"): [
        get("forms", lambda _side: "/admin/submissions"),
        get("entries", lambda side: f"/admin/submissions?form={side.ids['form']}"),
    ],
    ("admin.submissions.export", "POST"): [
        Probe(
            "table",
            lambda _world, victim, _me: Ask(
                "/admin/submissions/table", [("form", str(victim.ids["form"]))]
            ),
            column("audit_entry", "deed", "submission.export"),
            unwalled=SEALED,
        )
    ],
    ("admin.submission", "GET"): [get("entry", _entry, unwalled=SEALED)],
    ("admin.submission.file", "GET"): [get("file of an entry", _file, unwalled=SEALED)],
    ("admin.submission", "POST"): [
        post(
            "status of an entry",
            _entry,
            lambda _side: [("status", "done"), ("note", "Fertig")],
            column("submission", "status", "done", "submission"),
            unwalled=SEALED,
        ),
        post("delete an entry", _entry, lambda _side: [("do", "delete")], _deleted),
    ],
}
ROLES = {"administrator": READ, "clerk": READ}
