"""A town with something of everything, and its way through an archive."""

import io
import json
import zipfile
from datetime import timedelta
from pathlib import Path
from typing import Any

from PIL import Image

from stadtkern.accounts.services import add_local_role
from stadtkern.db import utcnow
from stadtkern.media.intake import store_image
from stadtkern.notify.subscriptions import Subscriber, Subscription
from stadtkern.privacy import holds
from stadtkern.privacy.holding import mark_of
from stadtkern.privacy.models import PERSON
from stadtkern.submissions import Submission, files
from stadtkern.testing.town import Town
from stadtkern.towns import Archive, TownImporter, export_town
from stadtkern.vault import seal
from stadtkern.visits.models import DayCount

CITIZEN = "buergerin@people.example"
ANSWERS = json.dumps(
    [
        {"key": "q-a", "kind": "line", "label": "Wo?", "text": "Am Bach"},
        {"key": "q-m", "kind": "mail", "label": "E-Mail", "text": CITIZEN},
    ]
)
PHOTO = b"%PDF-1.7 a hole in the road"
Rows = dict[str, list[dict[str, Any]]]


def text(html: str) -> dict[str, Any]:
    return {"type": "text", "data": {"html": html}}


def furnish(town: Town) -> dict[str, int]:
    """Give a town something of everything that travels; return ids by name."""
    author = town.account("editor", mail="autorin@people.example")
    target = io.BytesIO()
    Image.new("RGB", (60, 40), "#336699").save(target, "PNG")
    target.seek(0)
    stored = store_image(town.registry["storage"], target, "feld.png").as_field()
    picture = town.add(
        "image",
        "Feld",
        fields={"alt": "Ein Feld", "credit": "Stadt", "licence": "own", "stored": stored},
    )
    media = f"/media/{picture.id}/{stored['sha'][:12]}/feld.png"
    office = town.page("Bürgerbüro", blocks=[text("<p>Öffnungszeiten: siehe Aushang</p>")])
    page = town.page(
        "Ausweise",
        parent=office,
        blocks=[
            text(f'<p>Mehr <a href="/buergerbuero">hier</a>, <a href="{media}">Bild</a></p>'),
            {"type": "image", "data": {"image": picture.id, "caption": "Feld"}},
            {"type": "teasers", "data": {"picks": [office.id, picture.id]}},
        ],
    )
    news = town.add("news", "Markt im Hof", published=False)
    gone = town.page("Altes", parent=office)
    below = town.page("Noch älter", parent=gone)
    with town.content(actor=author) as content:
        content.translate(page.id, "en", title="Identity cards")
        content.rename(office.id, "rathaus")
        content.save_draft(
            page.id, version=content.get(page.id).version, title="Ausweise und Pässe",
            summary="Kommt", in_nav=True, fields={}, blocks=[text("<p>Neu: ä ö ü ß „“</p>")],
        )  # fmt: skip
        content.delete(gone.id)
        add_local_role(content.session, author.id, page.id, "editor")
        content.session.add(DayCount(kind="search", day=news.created_at.date(), name="ampel"))
    with town.session() as session:
        entry = Submission(
            node_id=office.id, form_title="Mängel", form_version=1, reference="M-1", locale="de",
            secret_hash="0" * 64, token="t1", sealed="", purge_at=utcnow() + timedelta(days=9),
        )  # fmt: skip
        entry.sealed = seal(
            session, town.registry, town.tenant_id, ANSWERS.encode(), "submission:M-1"
        )
        session.add(entry)
        session.flush()
        sent = files.Attached("loch.pdf", "application/pdf", PHOTO)
        files.keep(session, town.registry, entry, "q-f", sent)
        reader = Subscriber(
            mail=seal(session, town.registry, town.tenant_id, CITIZEN.encode(), "subscriber:x"),
            mail_hash="x", key_hash="x", nonce="n", locale="de",
        )  # fmt: skip
        session.add(reader)
        session.flush()
        session.add(
            Subscription(
                subscriber_id=reader.id,
                kind="section",
                node_id=office.id,
                language="de",
                frequency="daily",
                nonce="m",
                key_hash="y",
                confirmed_at=utcnow(),
            )
        )
        session.flush()
        for kind, subject, mail in (
            (PERSON, mark_of(session, town.registry, town.tenant_id, CITIZEN), CITIZEN),
            ("submission", str(entry.id), None),
        ):
            holds.place(
                session, town.registry, town.tenant, kind=kind, subject=subject, mail=mail,
                reason="Klage", by=author.id,
            )  # fmt: skip
    town.configure("site", city="Musterstadt", organisation="Der Magistrat")
    town.enable("cityguide")
    place = town.add("place", "Brunnen", published=False, fields={"lat": 50.14, "lon": 8.15})
    return {
        "picture": picture.id, "office": office.id, "page": page.id, "gone": gone.id,
        "below": below.id, "place": place.id,
    }  # fmt: skip


def exported(town: Town, path: Path) -> Path:
    with path.open("w+b") as target:
        export_town(town.registry, town.database, town.tenant, target)
    return path


def imported(
    town: Town,
    path: Path,
    slug: str = "neu",
    host: str = "neu.example",
    progress: Any = lambda _done, _total: None,
    **kw: Any,
) -> Any:
    with Archive(path) as archive:
        importer = TownImporter(town.registry, town.database, archive, **kw)
        importer.check()
        return importer.run(importer.begin(slug=slug, host=host), progress)


def contents(path: Path) -> dict[str, bytes]:
    """Return the members of an archive but its manifest."""
    with zipfile.ZipFile(path) as archive:
        return {name: archive.read(name) for name in archive.namelist() if name != "manifest.json"}


def rows(path: Path) -> Rows:
    return {
        name[5:-6]: [json.loads(line) for line in data.splitlines()]
        for name, data in contents(path).items()
        if name.startswith("data/")
    }
