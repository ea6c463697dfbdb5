"""The guide of a town: a tour, a map, a pack for devices, a message to them."""

import gzip
import io
import math
from datetime import UTC, datetime

from security_side import Side

from stadtkern.vault import seal

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
AREA = '{"type":"Polygon","coordinates":[[[8.1,50.1],[8.2,50.1],[8.2,50.2],[8.1,50.1]]]}'

DEVICE = {
    "endpoint": "https://push.example/da",
    # A point on the curve (its generator) and 16 bytes.
    "keys": {
        "p256dh": "BGsX0fLhLEJH-Lzm5WOkQPJ3A32BLeszoPShOUXYmMKW"
        "T-NC4v4af5uO5-tKfA-eFivOM1drMV7Oy7ZAaDe_UfU",
        "auth": "AAAAAAAAAAAAAAAAAAAAAA",
    },
}


def plant_guide(side: Side) -> None:
    """Fill the guide, but for its places."""
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


def _told(side: Side) -> None:
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
