"""Filling a town of the wall tests: a row in every table that is a tenant's.

All that is written holds markers: words that begin with the town's own prefix.
"""

import gzip
import io
import math
import zipfile
from collections.abc import Iterable, Mapping
from datetime import UTC, date, datetime
from typing import Any

import colander
from security_rows import plant_rows
from security_side import Side

from stadtkern.audit import seal
from stadtkern.media.intake import store_audio, store_file, store_image, store_video
from stadtkern.plugins.settings import bound_schema, schema_of
from stadtkern.towns import arriving, keeping, pages
from stadtkern.towns.models import TownArrival, TownExport, TownImportId
from stadtkern.vault import seal as lock_away

PLANTED_BESIDE = {
    *("report", "submission", "submission_file", "trashed", "run"),
    *("token", "service_token", "webhook", "delivery", "hold", "certificate"),
    *("subscription", "request", "export", "arrival", "pagefile", "feedback"),
}
"""Ids of planted rows that are no pages in the tree."""
BESIDE = ("exchange_", "finance_")
"""Such ids begin so, too: they are called by their tables."""

GPX = """<?xml version="1.0" encoding="UTF-8"?>
<gpx version="1.1" creator="test" xmlns="http://www.topografix.com/GPX/1/1">
<metadata><name>{p}tourtitle</name><desc>{p}toursummary</desc>
<copyright author="{p}tourauthor"><license>CC0-1.0</license></copyright></metadata>
<wpt lat="50.1400" lon="8.1500"><name>{p}stopone</name></wpt>
<wpt lat="50.1500" lon="8.1600"><name>{p}stoptwo</name></wpt>
<trk><name>{p}tourtrack</name><trkseg>
<trkpt lat="50.1400" lon="8.1500"><ele>300</ele></trkpt>
<trkpt lat="50.1450" lon="8.1550"><ele>320</ele></trkpt>
<trkpt lat="50.1500" lon="8.1600"><ele>310</ele></trkpt>
</trkseg></trk></gpx>
"""
MP3 = (b"\xff\xfb\x90\x00" + bytes(413)) * 3
MP4 = bytes.fromhex(
    "00000014667479706d703432000000006d703432"  # ftyp: mp42
    "000000386d6f6f76000000307472616b000000286d646961"  # moov, trak, mdia
    "0000002068646c72000000000000000076696465000000000000000000000000"  # hdlr: vide
    "0000000c6d64617401020304"  # mdat
)  # fmt: skip
SVG = '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 8 8"><title>{}</title></svg>'


AREA = '{"type":"Polygon","coordinates":[[[8.1,50.1],[8.2,50.1],[8.2,50.2],[8.1,50.1]]]}'


def plant(side: Side) -> None:
    """Fill a town: every type of content, people, reports, mails, settings, plugins' rows."""
    town, word, p = side.town, side.word, side.prefix
    for name, item in sorted(town.registry["plugins"].items()):
        if item.working:
            town.enable(name)
    _people(side)
    images = _media(side)
    blocks = _blocks(side)
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
    _settings(side)
    with town.session() as session:
        seal(session)
        lock_away(session, town.registry, town.tenant_id, b"planted", "planted")
        session.add(TownImportId(part="node", old=page.id, new=page.id))
        _archive(side, session)
    if town.registry["plugins"]["cityguide"].working:
        _tour(side)
    with town.session(write=False) as session:
        content = town.content_in(session)
        nodes = {
            name: number
            for name, number in side.ids.items()
            if name not in PLANTED_BESIDE and not name.startswith(BESIDE)
        }
        side.paths |= {name: content.get(number).path for name, number in nodes.items()}


def _archive(side: Side, session: Any) -> None:
    """Let an archive of the town lie there, as its job leaves it."""
    town = side.town
    kept = io.BytesIO(side.word("archive").encode())
    sha, size = keeping.store_of(town.registry, town.tenant_id).put(kept, maximum=1_000)
    export = TownExport(state="done", job="", sha=sha, size=size)
    session.add(export)
    session.flush()
    side.ids["export"] = export.id
    sent, _size = arriving.store_of(town.registry).put(
        io.BytesIO(side.word("arrived").encode()), maximum=1_000
    )
    arrival = TownArrival(account_id=side.admin.id, sha=sent, digest=sent, report=_report(side))
    session.add(arrival)
    session.flush()
    side.ids["arrival"] = arrival.id
    below = town.content_in(session).by_path("/")
    sent_in = pages.waiting.receive(
        session,
        town.registry,
        town.tenant,
        io.BytesIO(packed(f"{side.word('importedfile')}.md", f"# {side.word('importedpage')}")),
        name=f"{side.word('importedzip')}.zip",
        below=below,
        account_id=side.admin.id,
        credit=side.word("importedcredit"),
        licence="own",
    )
    side.ids["pagefile"] = sent_in.id


def packed(name: str, text: str) -> bytes:
    """Return a ZIP archive with one file."""
    target = io.BytesIO()
    with zipfile.ZipFile(target, "w") as archive:
        archive.writestr(name, text)
    return target.getvalue()


def _report(side: Side) -> dict[str, Any]:
    """Return what an archive that was sent and checked is said to hold."""
    return {
        "name": side.word("arrivingtown"),
        "slug": "x",
        "host": side.word("arrivinghost"),
        "made_at": "",
        "software": "",
        "missing": [],
        "pages": 1,
        "files": 0,
        "people": 0,
        "rows": 1,
        "lost": 0,
    }


def _people(side: Side) -> None:
    town = side.town
    side.admin = town.account(
        "administrator", "finance_approver", mail=f"{side.prefix}admin@people.example"
    )
    side.member = town.account("author", mail=f"{side.prefix}member@people.example")
    with town.session() as session:
        for account, name in ((side.admin, "adminname"), (side.member, "membername")):
            row = session.merge(account)
            row.name = side.word(name)
            row.operator = name == "adminname"
    side.ticket = town.ticket(side.admin)


def _media(side: Side) -> dict[str, Any]:
    town, word = side.town, side.word
    store = town.registry["storage"]
    drawing = io.BytesIO(SVG.format(word("imagebytes")).encode())
    image = store_image(store, drawing, f"{word('imagename')}.svg")
    letter = io.BytesIO(f"Text {word('filebytes')}".encode())
    file = store_file(store, letter, f"{word('filename')}.txt")
    arms = store_image(store, io.BytesIO(SVG.format(word("armsbytes")).encode()), "arms.svg")
    side.ids["image"] = town.add(
        "image",
        word("imagetitle"),
        slug=f"{side.prefix}-image",
        fields={
            "alt": word("imagealt"),
            "decorative": False,
            "credit": word("imagecredit"),
            "licence": "CC0-1.0",
            "stored": image.as_field(),
        },
    ).id
    side.ids["file"] = town.add(
        "file", word("filetitle"), slug=f"{side.prefix}-file", fields={"stored": file.as_field()}
    ).id
    origin = {"credit": word("mediacredit"), "licence": "CC0-1.0", "silent": True}
    for kind, taken in (
        ("audio", store_audio(store, io.BytesIO(MP3), f"{word('audioname')}.mp3", 10_000)),
        ("video", store_video(store, io.BytesIO(MP4), f"{word('videoname')}.mp4", 10_000)),
    ):
        fields = {"stored": taken.as_field(), **origin}
        slug = f"{side.prefix}-{kind}"
        side.ids[kind] = town.add(kind, word(f"{kind}title"), slug=slug, fields=fields).id
    form = town.add(
        "form",
        word("formtitle"),
        fields={"keep_days": 30},
        blocks=[
            {"id": "f0", "type": "form_field", "data": {"label": "Name", "kind": "line"}},
        ],
    )
    side.ids["form"], side.paths["form"] = form.id, form.path
    side.ids["media_folder"] = town.add(
        "media_folder", word("mediatitle"), slug=f"{side.prefix}-media"
    ).id
    side.paths["image.sha"], side.paths["file.sha"] = image.sha, file.sha
    return {"arms": arms.sha}


def _blocks(side: Side) -> list[dict[str, Any]]:
    word = side.word
    data: Iterable[tuple[str, Mapping[str, Any]]] = (
        ("heading", {"text": word("heading"), "level": "2"}),
        ("text", {"html": f"<p>{word('textblock')}</p>"}),
        ("map_point", {"label": word("maplabel"), "address": word("address"), "lat": 1, "lon": 2}),
        ("image", {"image": side.ids["image"], "caption": word("caption")}),
        ("download", {"file": side.ids["file"], "label": word("download")}),
        (
            "video",
            {
                "address": "https://youtu.be/abcdefghijk",
                "title": word("film"),
                "text": word("says"),
            },
        ),
        ("gallery", {"title": word("gallery"), "images": [{"image": side.ids["image"]}]}),
        ("teasers", {"heading": word("teasers")}),
        ("quote", {"text": word("quote"), "person": word("speaker")}),
    )
    return [
        {"id": f"aaaa{number}", "type": kind, "data": values}
        for number, (kind, values) in enumerate(data)
    ]


def _settings(side: Side) -> None:
    """Put a marker into every free text of every settings form."""
    registry = side.town.registry
    for owner in ("site", *sorted(registry["plugins"])):
        schema = schema_of(registry, owner)
        if schema is None:
            continue
        values = {}
        for node in bound_schema(schema).children:
            if isinstance(node.typ, colander.String):
                for value in (side.word("set" + node.name.replace("_", "")), None):
                    try:
                        values[node.name] = node.deserialize(value)
                        break
                    except colander.Invalid:
                        continue
        values.pop("folder", None)
        values["mail" if owner == "site" else "contact_mail"] = (
            f"{side.word('townmail')}@people.example"
        )
        side.town.configure(owner, **values)


def _tour(side: Side) -> None:
    from stadtkern_cityguide import codes
    from stadtkern_cityguide.counts import SCANNED, GuideCount
    from stadtkern_cityguide.models import Occurrence, Origin
    from stadtkern_cityguide.plan import plan_tour
    from stadtkern_cityguide.services import import_tour
    from stadtkern_cityguide.sharing import Adoption

    data = GPX.format(p=side.prefix).encode()
    with side.town.content() as content:
        plan = plan_tour(data, f"{side.word('gpxfile')}.gpx", language="de")
        tour = import_tour(
            content, plan, content.by_path("/"), publish=True, slug=f"{side.prefix}-tour"
        )
        side.ids["tour"] = tour.node_id
        content.session.add(
            Origin(
                node_id=tour.node_id,
                source=side.word("originsource"),
                item=side.word("originitem"),
                given={"title": side.word("origintitle")},
            )
        )
        today = side.town.tenant.today()
        content.session.add(
            GuideCount(day=today, node_id=tour.node_id, metric=SCANNED, number=7_531)
        )
        # Of another page than the tour, which a probe offers.
        told = {"town": side.word("adoptedtown"), "licence": side.word("adoptedlicence")}
        address = f"https://nachbar.example/{side.word('adoptedaddress')}"
        content.session.add(Adoption(node_id=side.ids["event"], address=address, rev=1, **told))
        # Dates of 2099 are farther ahead than events are worked out.
        moment = datetime(2099, 5, 1, 16, tzinfo=UTC)
        content.session.add(Occurrence(node_id=side.ids["event"], starts_at=moment, ends_at=moment))
        stops = codes.items_of(content, [content.get(tour.node_id)])[0][1:]
        side.paths["guide_code"] = codes.make(content, stops).codes[0].code
    _map(side)
    _packed(side)


def _map(side: Side) -> None:
    from stadtkern_cityguide.tiles.basemap import Tile
    from stadtkern_cityguide.tiles.files import keep
    from stadtkern_cityguide.tiles.town import draw_town

    town = side.town
    with town.session() as session:
        found = draw_town(session, town.tenant, attribution=side.word("mapattribution"), zoom=8)
        assert found is not None
        drawn, facts = found
        stream = io.BytesIO(drawn.data)
        made, _new = keep(town.registry, session, town.tenant_id, stream, facts, maximum=1_000_000)
        side.paths["map_file"] = made.url
    # Kept already: no test calls out.
    source = town.registry["cityguide_basemap"]
    source.keep((town.tenant_id, 14, 8563, 5545), Tile(200, gzip.compress(b""), math.inf))
    side.paths["map_tile"] = "/guide/basemap/14/8563/5545.pbf"


def _packed(side: Side) -> None:
    from stadtkern_cityguide.offline import queries
    from stadtkern_cityguide.offline.building import Builder, store

    town = side.town
    with town.session() as session:
        [row] = queries.tours(session)
        pack = Builder(town.registry, session, town.tenant).pack(row)
        assert pack is not None
        store(town.registry, session, town.tenant_id, pack, limit=100_000_000)
        page = next(entry for entry in pack.entries.values() if row.path in entry.at)
        side.paths["packed"] = page.url
    _told(side)


DEVICE = {
    "endpoint": "https://push.example/da",
    # A point on the curve (its generator) and 16 bytes.
    "keys": {
        "p256dh": "BGsX0fLhLEJH-Lzm5WOkQPJ3A32BLeszoPShOUXYmMKW"
        "T-NC4v4af5uO5-tKfA-eFivOM1drMV7Oy7ZAaDe_UfU",
        "auth": "AAAAAAAAAAAAAAAAAAAAAA",
    },
}


def _told(side: Side) -> None:
    from stadtkern.vault import seal
    from stadtkern_cityguide.feedback.models import Arrived, Feedback
    from stadtkern_cityguide.push.models import WARNINGS, Message
    from stadtkern_cityguide.push.sealing import address_of
    from stadtkern_cityguide.push.services import agree, ensure_key

    town = side.town
    with town.session() as session:
        state = town.registry["plugin_states"].of_id(town.tenant_id, session)
        kept = dict(state.settings("cityguide"))
        ensure_key(session, town.registry, town.tenant_id)
        agree(session, town.registry, town.tenant_id, address_of(DEVICE), {WARNINGS})
        words = {name: side.word(f"message{name}") for name in ("title", "text")}
        session.add(Message(topic=WARNINGS, path="/", **words))
        mail = f"{side.word('feedbackmail')}@people.example"
        row = Feedback(
            reference=f"G-2026-{side.prefix[:6]}",
            node_id=side.ids["place"],
            page=f"/{side.word('feedbackpage')}",
            kind="closed",
            text=side.word("feedbacktext"),
        )
        row.sealed = seal(session, town.registry, town.tenant_id, mail.encode(), row.context)
        session.add_all([row, Arrived(key_hash=side.word("arrivedkey"), body_hash="0" * 64)])
        session.flush()
        side.ids["feedback"] = row.id
    town.configure("cityguide", **kept | {"push": True, "online_map": True})
