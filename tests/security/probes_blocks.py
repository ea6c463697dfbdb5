"""Probes of what the editor's scripts and the blocks ask for."""

from security_probes import get, node

PROBES = {
    ("admin.node.block", "GET"): [
        node("a new block's fields", "page", "/new-block/image"),
        node("a new teaser block's fields", "page", "/new-block/teasers"),
    ],
    ("media.film", "GET"): [
        get(
            "page that plays a film",
            # The id of the film's block is the same in every town of the tests.
            lambda side: f"/media/{side.ids['page']}/film/aaaa5",
            login=False,
        )
    ],
}
PUBLIC = {"media.film"}
ROLES = {"author": {("admin.node.block", "GET")}}
