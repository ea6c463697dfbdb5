"""The guide as an app on the first screen: manifest and icons from the coat of arms."""

import io
import json

import pytest
from PIL import Image

from stadtkern.tenants import services as tenants
from stadtkern.testing.databases import on_sqlite
from stadtkern.testing.town import Town

SHIELD = b"""<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 80 100">
<path fill="#c8102e" d="M0 0h80v60c0 25-40 40-40 40S0 85 0 60z"/></svg>"""


def shield() -> bytes:
    target = io.BytesIO()
    Image.new("RGB", (80, 100), "#c8102e").save(target, "PNG")
    return target.getvalue()


@on_sqlite
@pytest.mark.parametrize("arms", [None, SHIELD, shield()], ids=["none", "drawing", "picture"])
def test_the_manifest_names_icons_made_from_the_arms(guide_town: Town, arms: bytes | None) -> None:
    if arms is not None:
        sha, _size = guide_town.registry["storage"].put(io.BytesIO(arms), maximum=10_000)
        with guide_town.session() as session:
            tenants.set_appearance(
                session,
                guide_town.registry["tenants"],
                guide_town.tenant_id,
                name="Musterstadt",
                accent="#1d3f8f",
                arms=sha,
            )
    page = guide_town.get("/guide/saved")
    made = json.loads(guide_town.get(page.html.select_one("link[rel=manifest]")["href"]).body)
    assert made["start_url"] == "/guide"
    assert made["lang"] == "de"
    sizes = {(icon["sizes"], icon["purpose"]) for icon in made["icons"]}
    assert sizes == {(s, p) for s in ("192x192", "512x512") for p in ("any", "maskable")}
    for one in made["icons"]:
        icon = Image.open(io.BytesIO(guide_town.get(one["src"]).body))
        assert f"{icon.width}x{icon.height}" == one["sizes"]
        middle = icon.convert("RGBA").getpixel((icon.width // 2, icon.height // 3))
        corner = icon.convert("RGBA").getpixel((2, 2))
        if arms is not None:
            assert middle == (200, 16, 46, 255)
            assert corner[3] == (255 if one["purpose"] == "maskable" else 0)
    english = json.loads(guide_town.get("/guide/manifest.webmanifest?lang=en").body)
    assert (english["lang"], english["start_url"]) == ("en", "/guide?lang=en")
    for shortcut in english["shortcuts"]:
        assert guide_town.get(shortcut["url"]).status_int == 200
    guide_town.get("/guide/icons/any-192-000000000000.png", status=404)
