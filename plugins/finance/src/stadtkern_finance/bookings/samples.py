"""A made-up batch, for the look of a profile before the first real one; no real person's data."""

from datetime import date, datetime
from decimal import Decimal

from stadtkern_finance.bookings.building import corrected
from stadtkern_finance.bookings.model import BookingLine, Debtor, ExportBatch, Kind, Tax
from stadtkern_finance.bookings.profile import load_profile
from stadtkern_finance.bookings.rendering import Artifact, render


def sample_batch(profile: str = "sample") -> ExportBatch:
    """Return a batch with a demand, one of a legal person, and a correction."""
    person = Debtor("D-1", "Rausi Dörfel", "natural", "Eichgasse", "7", "00000", "Musterstadt")
    firm = Debtor("D-2", "Halwen & Kerlin OHG", "legal", "Ulmenplatz", "12", "00000", "Musterstadt")
    property_tax = BookingLine(
        kind=Kind.DEMAND,
        kassenzeichen="5.0100.000001.1",
        debtor=person,
        steuerart=Tax.PROPERTY_B,
        veranlagungsjahr=2026,
        betrag=Decimal("157.50"),
        bescheid_ref="B-2026-1",
        faelligkeit=date(2026, 5, 15),
        zeitraum="2026",
        buchungstext="GrSt B 2026",
        aktenzeichen="40 0000000001 0001",
        grundlagenbescheid_ref="V-1",
        personenkonto="70000001",
        produkt="61101",
        sachkonto="5012000",
        kostenstelle="110",
        sepa_mandat="M-4711",
    )
    trade_tax = BookingLine(
        kind=Kind.DEMAND,
        kassenzeichen="5.0200.000001.4",
        debtor=firm,
        steuerart=Tax.TRADE,
        veranlagungsjahr=2024,
        betrag=Decimal("12340.55"),
        bescheid_ref="B-2026-2",
        faelligkeit=date(2026, 4, 20),
        zeitraum="2024",
        buchungstext="GewSt 2024",
        steuernummer="2330020016295",
        personenkonto="70000002",
        produkt="61102",
        sachkonto="5013000",
        mahnsperre=True,
    )
    smaller = BookingLine(
        kind=Kind.DEMAND,
        kassenzeichen=property_tax.kassenzeichen,
        debtor=person,
        steuerart=Tax.PROPERTY_B,
        veranlagungsjahr=2026,
        betrag=Decimal("150.00"),
        bescheid_ref="B-2026-3",
        faelligkeit=date(2026, 5, 15),
        zeitraum="2026",
        buchungstext="GrSt B 2026, geändert",
    )
    lines = (property_tax, trade_tax, *corrected((property_tax,), (smaller,), "B-2026-3"))
    created = datetime(2026, 3, 16, 10, 0, 0)  # noqa: DTZ001  # a town's own time
    return ExportBatch("Musterstadt", profile, 1, created, lines)


def preview(text: str) -> Artifact:
    """Return what a profile (YAML) makes of the made-up batch; BadInput says what is wrong."""
    profile = load_profile(text)
    return render(sample_batch(profile.name), profile)
