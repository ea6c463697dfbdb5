"""``stadtkern cityguide import``: what it makes, what it refuses, and that nothing stays half."""

import gzip
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import func, select

from stadtkern.content import Node
from stadtkern.testing.town import Town
from stadtkern_cityguide.models import Track

Command = Callable[..., Any]


def run(stadtkern: Command, town: Town, path: Path, *more: str) -> Any:
    return stadtkern("cityguide", "import", str(path), "--tenant", town.slug, *more)


def tours(town: Town) -> int:
    with town.session(write=False) as session:
        return int(
            session.scalar(select(func.count()).select_from(Node).where(Node.type == "tour")) or 0
        )


def test_a_file_becomes_a_draft_with_line_length_ascent_and_stops(
    guide_town: Town, stadtkern: Command, gpx: Path
) -> None:
    result = run(stadtkern, guide_town, gpx, "--json")
    assert result.exit_code == 0, result.output
    report = json.loads(result.stdout)
    assert report["status"] == "imported"
    assert report["path"] == "/waldrunde"
    assert report["published"] is False
    assert report["length_m"] == pytest.approx(1876.7, abs=1)
    assert report["ascent_m"] > 60
    assert report["ascent_method"] == "smoothed over 100 m"
    # In the order of the way, not of the file.
    assert [stop["title"] for stop in report["stops"]] == ["Parkplatz", "Quelle"]
    assert report["licence"] == "CC-BY-4.0"
    assert report["attribution"] == "Wanderverein"
    node = guide_town.node("/waldrunde")
    assert node.state == "draft"
    assert "verein.example" not in json.dumps(node.body)
    with guide_town.session(write=False) as session:
        track = session.scalars(select(Track)).one()
        assert track.source_name == "waldrunde.gpx"
        assert [stop["elevation_m"] for stop in track.stops] == [300, 400]


def test_a_dry_run_says_the_same_and_stores_nothing(
    guide_town: Town, stadtkern: Command, gpx: Path
) -> None:
    dry = json.loads(run(stadtkern, guide_town, gpx, "--dry-run", "--json").stdout)
    assert dry["status"] == "dry-run"
    assert dry["path"] is None
    assert tours(guide_town) == 0
    real = json.loads(run(stadtkern, guide_town, gpx, "--json").stdout)
    assert {name: dry[name] for name in ("length_m", "stops", "sha256", "notices")} == {
        name: real[name] for name in ("length_m", "stops", "sha256", "notices")
    }


def test_the_same_file_twice_changes_nothing_and_says_so(
    guide_town: Town, stadtkern: Command, gpx: Path
) -> None:
    run(stadtkern, guide_town, gpx, "--publish")
    again = run(stadtkern, guide_town, gpx, "--title", "Anders")
    assert again.exit_code == 0
    assert "Unchanged" in again.stdout
    assert tours(guide_town) == 1
    assert guide_town.node("/waldrunde").title == "Waldrunde"
    assert json.loads(run(stadtkern, guide_town, gpx, "--json").stdout)["status"] == "unchanged"


def test_a_deleted_tour_can_be_imported_again(
    guide_town: Town, stadtkern: Command, gpx: Path
) -> None:
    run(stadtkern, guide_town, gpx)
    with guide_town.content() as content:
        content.delete(guide_town.node("/waldrunde").id)
    assert json.loads(run(stadtkern, guide_town, gpx, "--json").stdout)["status"] == "imported"


def test_a_changed_file_of_the_same_name_is_pointed_out(
    guide_town: Town, stadtkern: Command, gpx: Path
) -> None:
    run(stadtkern, guide_town, gpx)
    gpx.write_text(gpx.read_text("utf-8").replace("380", "390"), "utf-8")
    report = json.loads(run(stadtkern, guide_town, gpx, "--dry-run", "--json").stdout)
    assert report["duplicate_of"] is None
    assert report["similar_to"] == "/waldrunde"


def test_without_waypoints_start_and_end_are_the_stops(
    guide_town: Town, stadtkern: Command, gpx: Path
) -> None:
    text = gpx.read_text("utf-8")
    gpx.write_text(text[: text.index("<wpt")] + text[text.index("<trk>") :], "utf-8")
    report = json.loads(run(stadtkern, guide_town, gpx, "--json").stdout)
    assert [stop["title"] for stop in report["stops"]] == ["Start", "Ziel"]
    assert report["stops"][1]["along_m"] == report["length_m"]


BOMB = (
    b'<?xml version="1.0"?><!DOCTYPE gpx [<!ENTITY a "aaaaaaaaaa">'
    b'<!ENTITY b "&a;&a;&a;&a;&a;&a;&a;&a;">]><gpx><name>&b;</name></gpx>'
)


@pytest.mark.parametrize(
    ("data", "reason"),
    [
        (b"", "empty"),
        (b"not xml at all", "not a GPX file"),
        (b"<html><body></body></html>", "web page"),
        (b"<kml></kml>", "KML"),
        (b"<gpx><trk><trkseg><trkpt lat='50' lon='8'", "ends too early"),
        (b"<gpx></gpx>", "no route"),
        (BOMB, "DOCTYPE"),
        (b'<?xml version="1.0" encoding="UTF-8"?><gpx><name>\xe4\xff</name></gpx>', "characters"),
        (gzip.compress(b"<gpx></gpx>"), "compressed"),
        (b"<" + b"a" * 10 * 1024 * 1024, "too large"),
    ],
    ids=["empty", "text", "html", "kml", "cut", "lineless", "bomb", "latin", "zipped", "huge"],
)
def test_bad_files_are_refused_with_a_reason_and_leave_nothing(
    guide_town: Town, stadtkern: Command, tmp_path: Path, data: bytes, reason: str
) -> None:
    path = tmp_path / "bad.gpx"
    path.write_bytes(data)
    result = run(stadtkern, guide_town, path)
    assert result.exit_code == 1
    assert reason in result.stderr
    assert result.stdout == ""
    assert tours(guide_town) == 0


def test_a_title_of_ten_thousand_characters_is_refused(
    guide_town: Town, stadtkern: Command, gpx: Path
) -> None:
    result = run(stadtkern, guide_town, gpx, "--title", "x" * 10_000)
    assert result.exit_code == 1
    assert "1 to 200 characters" in result.stderr
    assert tours(guide_town) == 0


def test_where_tours_go_is_a_setting(guide_town: Town, stadtkern: Command, gpx: Path) -> None:
    guide_town.page("Wandern")
    guide_town.configure("cityguide", folder="/wandern", licence="CC0-1.0")
    assert json.loads(run(stadtkern, guide_town, gpx, "--json").stdout)["path"] == (
        "/wandern/waldrunde"
    )
    guide_town.configure("cityguide", folder="/nirgends")
    gpx.write_text(gpx.read_text("utf-8") + "\n", "utf-8")
    refused = run(stadtkern, guide_town, gpx)
    assert refused.exit_code == 1
    assert "/nirgends" in refused.stderr


def test_refusals_and_usage_have_their_exit_codes(
    town: Town, stadtkern: Command, gpx: Path, tmp_path: Path
) -> None:
    off = run(stadtkern, town, gpx)
    assert off.exit_code == 1
    assert "switched off" in off.stderr
    unknown = stadtkern("cityguide", "import", str(gpx), "--tenant", "nowhere")
    assert unknown.exit_code == 1
    assert stadtkern("cityguide", "import", str(gpx)).exit_code == 2
    assert run(stadtkern, town, tmp_path / "missing.gpx").exit_code == 2
