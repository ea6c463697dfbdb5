"""Filling a town of the wall tests: a row in every table that is a tenant's.

All that is written holds markers: words that begin with the town's own prefix.
"""

from datetime import UTC, date, datetime
from typing import Any

from security_rows import plant_rows
from security_side import Side

from planting.guide import AREA, plant_guide
from planting.media import blocks_of, plant_media
from planting.town import plant_archives, plant_people, plant_settings
from stadtkern.audit import seal
from stadtkern.towns.models import TownImportId
from stadtkern.vault import seal as lock_away

PLANTED_BESIDE = {
    *("report", "submission", "submission_file", "trashed", "run"),
    *("token", "service_token", "webhook", "delivery", "hold", "certificate"),
    *("subscription", "request", "export", "arrival", "pagefile", "feedback"),
}
"""Ids of planted rows that are no pages in the tree."""
BESIDE = ("exchange_", "finance_")
"""Such ids begin so, too: they are called by their tables."""


def plant(side: Side) -> None:
    """Fill a town: every type of content, people, reports, mails, settings, plugins' rows."""
    town, word, p = side.town, side.word, side.prefix
    for name, item in sorted(town.registry["plugins"].items()):
        if item.working:
            town.enable(name)
    plant_people(side)
    images = plant_media(side)
    blocks = blocks_of(side)
    page = town.page(
        word("pagetitle"),
        slug=f"{p}-page",
        summary=word("pagesummary"),
        in_nav=True,
        blocks=blocks,
        key=f"{p}-key",
    )
    side.ids["page"] = page.id
    for name in ("renamed", "child", "sibling"):
        made = town.page(word(f"{name}title"), slug=f"{p}-{name}", parent=page)
        side.ids[name] = made.id
    draft = town.page(word("drafttitle"), slug=f"{p}-draft", parent=page, published=False)
    side.ids["draft"] = draft.id
    trashed = town.page(word("trashedtitle"), slug=f"{p}-trashed", parent=page)
    side.ids["trashed"] = trashed.id
    with town.content() as content:
        content.rename(side.ids["renamed"], f"{p}-renamed-again")
        content.delete(trashed.id)
        child = content.get(side.ids["child"])
        content.save_draft(child.id, version=child.version, title=word("workingcopy"))
    typed: dict[str, dict[str, Any]] = {
        "folder": {},
        "news": {"date": date(2026, 3, 1)},
        "event": {"starts": datetime(2099, 5, 1, 16, tzinfo=UTC), "place": word("eventplace")},
        "link": {"url": f"https://{p}link.example/"},
        "service": {"names": word("servicename")},
        "office": {"street": word("officestreet")},
        "contact": {"function": word("contactfunction")},
        "announcement": {"legal_basis": word("announcementbasis")},
        "service_list": {},
        "directory": {},
        "announcement_list": {},
    }
    if town.registry["plugins"]["cityguide"].working:
        category = town.add(
            "guide_category", word("guidecategorytitle"), slug=f"{p}-guide-category"
        )
        side.ids["guide_category"] = category.id
        typed["place"] = {
            "categories": [{"category": category.id}],
            "kind": "hotspot",
            "lat": 50.14,
            "lon": 8.15,
            "street": word("placeaddress"),
            "licence": "CC0-1.0",
            "attribution": word("placeattribution"),
            "area": AREA,
        }
    for kind, values in typed.items():
        node = town.add(
            kind,
            word(f"{kind}title".replace("_", "")),
            slug=f"{p}-{kind}".replace("_", "-"),
            summary=word("sum"),
            fields=values,
        )
        side.ids[kind] = node.id
    english = town.page(
        word("englishtitle"), parent="/en", slug=f"{p}-en", translation_group=page.translation_group
    )
    side.ids["english"] = english.id
    with town.content() as content:
        content.link(page.id, english.id)
    plant_rows(side, images)
    plant_settings(side)
    with town.session() as session:
        seal(session)
        lock_away(session, town.registry, town.tenant_id, b"planted", "planted")
        session.add(TownImportId(part="node", old=page.id, new=page.id))
        plant_archives(side, session)
    if town.registry["plugins"]["cityguide"].working:
        plant_guide(side)
    with town.session(write=False) as session:
        content = town.content_in(session)
        nodes = {
            name: number
            for name, number in side.ids.items()
            if name not in PLANTED_BESIDE and not name.startswith(BESIDE)
        }
        side.paths |= {name: content.get(number).path for name, number in nodes.items()}
