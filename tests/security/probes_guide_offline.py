"""Probes of what the city guide keeps on devices."""

from planting.guide import DEVICE
from security_probes import NO_ROWS, WRITES_ONLY, Probe, column, get, post
from security_side import Ask, Side
from security_world import World

from stadtkern_cityguide.offline.icons import mark_of

PUBLIC = {
    *("cityguide.saved", "cityguide.language.below"),
    *("cityguide.webmanifest", "cityguide.icon", "cityguide.push"),
    *("cityguide.feedback", "cityguide.outbox"),
}
WORDS = "Neu gemeldet"
KEYED = {
    "Idempotency-Key": '"8e03978e-40d5-43e8-bc93-6894a57f9324"',
    "Sec-Fetch-Site": "same-origin",
}
AGREEMENT = DEVICE | {"endpoint": "https://push.example/neu", "topics": ["events"]}


def _agreed(world: World) -> bool:
    return len(world.rows("cityguide_device", tenant_id=world.victim.town.tenant_id)) == 2


def _sent(world: World) -> bool:
    rows = world.rows("cityguide_message", tenant_id=world.victim.town.tenant_id)
    return any(row["title"] == "Neue Nachricht" for row in rows)


def _about(side: Side) -> str:
    return f"/guide/feedback?about={side.ids['place']}"


def _from_device(_world: World, victim: Side, _me: Side) -> Ask:
    values = {"kind": "closed", "text": WORDS, "mail": ""}
    deed = {"deed": "feedback", "about": victim.ids["place"], "page": "/", "values": values}
    return Ask("/guide/outbox", method="POST", json=deed, headers=KEYED)


MESSAGES = {("cityguide.messages", "GET"), ("cityguide.messages", "POST")}
FEEDBACK = {("cityguide.feedback.office", "GET"), ("cityguide.feedback.office", "POST")}
ROLES = {"editor": MESSAGES | FEEDBACK}

PROBES: dict[tuple[str, str], list[Probe]] = {
    ("cityguide.webmanifest", "GET"): [
        get("app", lambda _side: "/guide/manifest.webmanifest", login=False, unwalled=NO_ROWS)
    ],
    ("cityguide.icon", "GET"): [
        get(
            "app's icon",
            lambda side: f"/guide/icons/any-192-{mark_of(side.town.tenant)}.png",
            login=False,
            unwalled=NO_ROWS,
        )
    ],
    ("cityguide.saved", "GET"): [
        get("saved tours", lambda _side: "/guide/saved", login=False, unwalled=NO_ROWS)
    ],
    ("cityguide.language.below", "GET"): [
        get("saved tours, English", lambda _side: "/en/guide/saved", login=False, unwalled=NO_ROWS)
    ],
    ("cityguide.push", "POST"): [
        Probe(
            "an agreement",
            lambda _world, _victim, _me: Ask("/guide/push", method="POST", json=AGREEMENT),
            _agreed,
            login=False,
            unwalled=WRITES_ONLY,
        )
    ],
    ("cityguide.feedback", "GET"): [get("form of feedback", _about, login=False)],
    ("cityguide.feedback", "POST"): [
        post(
            "feedback",
            _about,
            lambda _side: [("kind", "closed"), ("text", WORDS), ("mail", "")],
            column("cityguide_feedback", "text", WORDS),
            login=False,
        )
    ],
    ("cityguide.outbox", "POST"): [
        Probe(
            "what a device sends",
            _from_device,
            column("cityguide_feedback", "text", WORDS),
            login=False,
            unwalled=WRITES_ONLY,
        )
    ],
    ("cityguide.feedback.office", "GET"): [
        get("feedback", lambda _side: "/admin/cityguide/feedback")
    ],
    ("cityguide.feedback.office", "POST"): [
        post(
            "see to feedback",
            lambda _side: "/admin/cityguide/feedback",
            lambda side: [("id", str(side.ids["feedback"])), ("status", "done")],
            column("cityguide_feedback", "status", "done", "feedback"),
        )
    ],
    ("cityguide.messages", "GET"): [get("messages", lambda _side: "/admin/cityguide/messages")],
    ("cityguide.messages", "POST"): [
        post(
            "send a message",
            lambda _side: "/admin/cityguide/messages",
            lambda _side: [
                ("topic", "warnings"),
                ("title", "Neue Nachricht"),
                ("text", "Ein Weg ist gesperrt."),
                ("step", "send"),
            ],
            _sent,
        )
    ],
}
