"""Files and towns that the guide's tests share."""

from collections.abc import Callable
from pathlib import Path

import pytest

from stadtkern.testing.town import Town

GPX = """<?xml version="1.0" encoding="UTF-8"?>
<gpx xmlns="http://www.topografix.com/GPX/1/1" version="1.1" creator="Test">
  <metadata>
    <desc>Eine Runde am Wald.</desc>
    <author><name>Wanderverein</name><email id="post" domain="verein.example"/></author>
    <copyright author="Wanderverein"><license>CC-BY-4.0</license></copyright>
  </metadata>
  <wpt lat="50.1500" lon="8.1600">
    <name>Quelle</name><desc>Fragen an post@verein.example</desc>
  </wpt>
  <wpt lat="50.1400" lon="8.1500"><name>Parkplatz</name></wpt>
  <trk><name>Waldrunde</name><trkseg>
    <trkpt lat="50.1400" lon="8.1500"><ele>300</ele></trkpt>
    <trkpt lat="50.1450" lon="8.1550"><ele>340</ele></trkpt>
    <trkpt lat="50.1500" lon="8.1600"><ele>400</ele></trkpt>
    <trkpt lat="50.1550" lon="8.1600"><ele>380</ele></trkpt>
  </trkseg></trk>
</gpx>
"""
PLACE = {
    "kind": "hotspot",
    "lat": 50.15,
    "lon": 8.16,
    "licence": "CC-BY-4.0",
    "attribution": "Stadtarchiv",
}


@pytest.fixture
def gpx(tmp_path: Path) -> Path:
    """Return a small whole file."""
    path = tmp_path / "waldrunde.gpx"
    path.write_text(GPX, "utf-8")
    return path


@pytest.fixture
def guide_town(town: Town) -> Town:
    """Return a town that has the city guide switched on."""
    town.enable("cityguide")
    return town


@pytest.fixture
def add_place(guide_town: Town) -> Callable[..., None]:
    """Return a function that publishes a place."""

    def add(title: str, **fields: object) -> None:
        guide_town.add("place", title, fields=PLACE | fields)

    return add
