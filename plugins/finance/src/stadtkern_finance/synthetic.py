"""Made-up GMBX deliveries with a ledger of what each record must come to.

For benchmarks, tests and the demonstration; no real person's data. On purpose this file imports
nothing of the plugin: the ledger is counted in whole cents by lines of its own, so that a mistake
in reading or calculating cannot hide in it. Same numbers and seed, same bytes.
"""

import json
import random
from collections.abc import Iterator
from pathlib import Path
from typing import Any, NamedTuple
from xml.sax.saxutils import escape
from zipfile import ZIP_DEFLATED, ZipFile, ZipInfo

NAMESPACE = "urn:stadtkern:gmbx:1"
_SYLLABLES = (
    "ba",
    "dor",
    "fel",
    "gun",
    "hal",
    "ker",
    "lin",
    "mo",
    "nes",
    "rau",
    "sim",
    "tor",
    "wen",
)
_STREETS = ("Ahornweg", "Birkenallee", "Eichgasse", "Lindenstraße", "Tannenring", "Ulmenplatz")
_FIELDS = ("Am Bach", "Im Grund", "Hinter der Kirche", "Auf der Höhe")


class Order(NamedTuple):
    """What is to be made."""

    records: int
    seed: int
    ags: str = "06439015"
    town: str = "Musterstadt"
    year: int = 2026
    hebesatz_a: int = 450
    hebesatz_b: int = 690


class Made(NamedTuple):
    """One record as XML, and its line of the ledger."""

    xml: str
    line: dict[str, Any]


def write(order: Order, target: Path) -> Path:
    """Write the delivery to ``target`` and the ledger beside it; return the ledger's path."""
    ledger = target.with_name(f"{target.stem}.ledger.json")
    lines = []
    with ZipFile(target, "w", ZIP_DEFLATED) as archive:
        for number, made in enumerate(_all(order), 1):
            # A fixed day: the same order gives the same bytes.
            info = ZipInfo(f"GMBX_{order.ags}_{number:07d}.xml", (2026, 1, 1, 0, 0, 0))
            info.compress_type = ZIP_DEFLATED
            info.external_attr = 0o644 << 16
            archive.writestr(info, made.xml.encode("utf-8"))
            lines.append(made.line)
    ledger.write_text(json.dumps(_ledger(order, lines), indent=1), "utf-8")
    return ledger


def _ledger(order: Order, lines: list[dict[str, Any]]) -> dict[str, Any]:
    rates = {"grundsteuer_a": order.hebesatz_a, "grundsteuer_b": order.hebesatz_b}
    total = 0
    by_kind = dict.fromkeys(rates, 0)
    for line in lines:
        count = int(line["amount"].replace(".", ""))
        total += count
        by_kind[line["tax_kind"]] += count
    return {
        "ags": order.ags,
        "year": order.year,
        "seed": order.seed,
        "hebesatz": rates,
        "count": len(lines),
        "amount": _shown(total),
        "amount_by_kind": {kind: _shown(count) for kind, count in by_kind.items()},
        "records": lines,
    }


def _shown(cents: int) -> str:
    return f"{cents // 100}.{cents % 100:02d}"


def _all(order: Order) -> Iterator[Made]:
    dice = random.Random(order.seed)  # noqa: S311  # the same delivery again, not a secret
    for number in range(1, order.records + 1):
        yield _one(order, number, dice)


def _one(order: Order, number: int, dice: random.Random) -> Made:
    farm = dice.random() < 0.06  # noqa: PLR2004  # shares of a town's stock
    split = dice.random() < 0.05  # noqa: PLR2004
    exempt = not split and dice.random() < 0.02  # noqa: PLR2004
    # Hessian base amounts are full euros, but for farms and shares of a split.
    messbetrag = dice.randrange(5, 900) * 100 + (dice.randrange(100) if farm or split else 0)
    messbetrag = 0 if exempt else messbetrag
    unit = 3 if farm else dice.choice((1, 2, 2, 2))
    file_number = f"{dice.randrange(10, 90):02d}{number:010d}{dice.randrange(10_000):04d}"
    people = dice.choice((1, 1, 1, 2, 2, 3))
    notice = f"{dice.randrange(1, 28):02d}.{dice.randrange(1, 13):02d}.{order.year - 1}"
    pieces = [
        ("VorgangsId", f"SYN-{order.seed}-{number:08d}"),
        ("ErklaerungsId", f"E{number:09d}"),
        ("Aktenzeichen", file_number),
        ("AGS", order.ags),
        ("Bundesland", "Hessen"),
        ("Finanzamtsnummer", "2640"),
        ("DatumDerBerechnung", notice.replace(".", "")),
        ("GrundDerVeranlagung", str(dice.choice((1, 2, 3)))),
        ("Feststellungszeitpunkt", f"0101{order.year}"),
        ("ArtDerWirtschaftlichenEinheit", str(unit)),
        ("Eigentumsverhaeltnis", "0" if people == 1 else "4"),
        ("DatumDesMessbetragsbescheids", notice),
        ("AbweichendeGueltigkeit", f"0101{order.year}"),
        ("AnzahlDerEigentuemer", str(people)),
        ("Messbetrag", str(messbetrag)),
    ]
    if dice.random() < 0.1:  # noqa: PLR2004
        pieces.append(("BisherigerMessbetrag", str(dice.randrange(5, 900) * 100)))
    if exempt:
        pieces.append(("Grundsteuerbefreit", "J"))
    body = "".join(_element(name, text) for name, text in pieces)
    body += _place(order, dice)
    if split:
        parts = [
            ("Messbetrag", str(messbetrag * 2 + dice.randrange(1000))),
            ("ZerlegungsanteilMessbetrag", str(messbetrag)),
            ("AnzahlGemeinden", "2"),
        ]
        inner = "".join(_element(name, text) for name, text in parts)
        body += f"<Zerlegung>{inner}</Zerlegung>"
    body += "".join(_owner(order, dice) for _person in range(people))
    xml = (
        '<?xml version="1.0" encoding="UTF-8"?>\n'
        f'<GrundsteuerMessbescheide xmlns="{NAMESPACE}"><Messbescheid>{body}</Messbescheid>'
        "</GrundsteuerMessbescheide>\n"
    )
    return Made(xml, _line(order, pieces[0][1], file_number, messbetrag, farm=farm))


def _line(
    order: Order, vorgangs_id: str, file_number: str, messbetrag: int, *, farm: bool
) -> dict[str, Any]:
    """Return what the record must come to: cents times percent, half a cent upwards."""
    rate = order.hebesatz_a if farm else order.hebesatz_b
    tax = (messbetrag * rate + 50) // 100
    quarter, over = divmod(tax, 4)
    quarters = [quarter + (1 if place < over else 0) for place in range(4)] if tax else []
    return {
        "vorgangs_id": vorgangs_id,
        "aktenzeichen": file_number,
        "tax_kind": "grundsteuer_a" if farm else "grundsteuer_b",
        "messbetrag_cent": messbetrag,
        "amount": _shown(tax),
        "instalments": [_shown(one) for one in quarters],
    }


def _element(name: str, text: str) -> str:
    return f"<{name}>{escape(text)}</{name}>"


def _word(dice: random.Random) -> str:
    return "".join(dice.choices(_SYLLABLES, k=dice.choice((2, 3)))).capitalize()


def _place(order: Order, dice: random.Random) -> str:
    inner = _element("Ort", order.town) + _element("Gemarkung", dice.choice(_FIELDS))
    inner += _element("Strasse", dice.choice(_STREETS))
    inner += _element("Hausnummer", str(dice.randrange(1, 200))) + _element("PLZ", "00000")
    return f"<Lage>{inner}</Lage>"


def _owner(order: Order, dice: random.Random) -> str:
    if dice.random() < 0.1:  # noqa: PLR2004
        inner = _element("Art", "juristisch")
        inner += _element("Namenszeile", f"{_word(dice)} & {_word(dice)} GmbH")
    else:
        inner = _element("Art", "natuerlich") + _element("Nachname", _word(dice))
        inner += _element("Vorname", _word(dice))
        inner += _element(
            "Geburtsdatum",
            f"{dice.randrange(1, 29):02d}{dice.randrange(1, 13):02d}{dice.randrange(1935, 2005)}",
        )
    inner += _element("Strasse", dice.choice(_STREETS))
    inner += _element("Hausnummer", str(dice.randrange(1, 200)))
    inner += _element("PLZ", "00000") + _element("Ort", order.town)
    return f"<Eigentuemer>{inner}</Eigentuemer>"
