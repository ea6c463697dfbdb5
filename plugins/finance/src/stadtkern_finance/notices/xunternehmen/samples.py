"""One made-up message of each kind, for a first look and for tests; no real person's data."""

from datetime import date, datetime
from decimal import Decimal

from stadtkern_finance.notices.xunternehmen.markings import Marking
from stadtkern_finance.notices.xunternehmen.model import (
    Address,
    Assessed,
    Bank,
    Contact,
    Demand,
    Head,
    InterestBlock,
    InterestItem,
    InterestRun,
    Kind,
    Mandate,
    Message,
    Municipality,
    Paid,
    Party,
    Period,
    PrepaymentBlock,
    Reference,
    ShortNotice,
    SurchargeBlock,
    TaxBlock,
)

_DAY = date(2026, 3, 16)
_PERIOD = Period(2022)

TOWN = Municipality(
    name="Stadt Musterstadt",
    addresses=(Address("Hauptstraße", "1", None, "00000", "Musterstadt"),),
    ags="06439015",
    department="Steueramt",
    contacts=(Contact("Dorfel", salutation="Frau"),),
    room="12",
    telephone="+49 0000 0000",
    mail="steueramt@musterstadt.example",
    accounts=(Bank("U", "DE02120300000000202051", "BYLADEM1001", holder="Stadtkasse"),),
    mandate=Mandate("M-4711", "DE98ZZZ09999999999"),
)
BUSINESS = Party("Halwen & Kerlin OHG", (Address("Eichgasse", "7", None, "00000", "Musterstadt"),))
ADVISER = Party(
    "Steuerberatung Rausim",
    (Address(post_box="12 34", postcode="00000", town="Musterstadt"),),
    represents="01",
)
REMEDY = "Gegen diesen Bescheid kann innerhalb eines Monats Widerspruch erhoben werden."


def _tax(*, insolvency: bool) -> TaxBlock:
    demands = () if insolvency else (Demand(Decimal("12340.55"), date(2026, 4, 20)),)
    paid = () if insolvency else (Paid(Decimal("-27659.45"), "Vorauszahlungen 2022"),)
    assessed = Assessed(
        "GB" if insolvency else "GV",
        "EB" if insolvency else "AE",
        _PERIOD,
        Decimal("40000.00"),
        previous=None if insolvency else Decimal("38000.00"),
        basis="IST",
        paid=paid,
        demands=demands,
        transferticket="et4711",
        mandant="M1",
    )
    return TaxBlock(
        assessed,
        Decimal("10000.00"),
        Decimal(400),
        messbetrag_before=None if insolvency else Decimal("9500.00"),
        base_notice=date(2026, 2, 20),
    )


def _interest(*, insolvency: bool) -> InterestBlock:
    run = InterestRun(
        basis=Decimal(12300),
        start=date(2024, 9, 1),
        end=date(2026, 2, 28),
        rate=Decimal("0.15"),
        unrounded=Decimal("332.10"),
        months=18,
        basis_unrounded=Decimal("12340.55"),
        whole_rate=Decimal("2.7"),
    )
    item = InterestItem("NZ", "OFFEN", Decimal("332.10"), Decimal("332.10"), run)
    demands = () if insolvency else (Demand(Decimal(332), date(2026, 4, 20)),)
    assessed = Assessed("ZS", "EF", _PERIOD, Decimal(332), basis="SOLL", demands=demands)
    return InterestBlock(assessed, (item,), Decimal("332.10"))


def _prepayments(*, insolvency: bool) -> tuple[PrepaymentBlock, ...]:
    """Return a year's prepayments: what they are set at, then each for itself."""
    amount = Decimal(0) if insolvency else Decimal(2500)
    days = (date(2026, 5, 15), date(2026, 8, 17), date(2026, 11, 16))
    year = Assessed(
        "JB" if insolvency else "JV",
        "EF",
        Period(2026),
        amount * 4,
        basis="SOLL" if insolvency else None,
    )
    blocks = [PrepaymentBlock(year, Decimal(2500), Decimal(400))]
    for quarter, due in enumerate(days, 2):
        one = Assessed(
            "VZ",
            "EF",
            Period(2026, quarter=quarter),
            amount,
            basis="SOLL",
            demands=() if insolvency else (Demand(amount, due),),
        )
        blocks.append(PrepaymentBlock(one, dates=(due,) if insolvency else ()))
    return tuple(blocks)


def sample(kind: Kind) -> Message:
    """Return a whole message of a kind that keeps all rules."""
    number = kind.number
    insolvency = kind is Kind.INSOLVENCY
    surcharge = Assessed("VS", "EF", _PERIOD, Decimal(50), basis="SOLL")
    late = Assessed("SZ", "EF", _PERIOD, Decimal(76), basis="SOLL")
    many = kind in {Kind.GENERIC, Kind.INSOLVENCY}
    return Message(
        kind=kind,
        head=Head(
            f"91d15bca-0000-4000-8000-00000000{number}",
            datetime(2026, 3, 16, 10, 0, 0),  # noqa: DTZ001  # the standard has local time
        ),
        reference=Reference(
            _DAY,
            _DAY,
            "2330020016295",
            "5.0100.000001.1",
            court_reference="IN 12/26" if insolvency else None,
            insolvency_opened=date(2026, 1, 5) if insolvency else None,
        ),
        municipality=TOWN,
        taxpayer=BUSINESS,
        recipient=BUSINESS,
        remedy=None if insolvency else REMEDY,
        addressees=(ADVISER,),
        recipient_mandant="M1",
        taxes=(_tax(insolvency=insolvency),) if kind is Kind.TAX or many else (),
        late_filing=(SurchargeBlock(surcharge),) if kind is Kind.TAX or many else (),
        late_payment=(SurchargeBlock(late),) if many else (),
        interest=(_interest(insolvency=insolvency),) if kind is Kind.INTEREST or many else (),
        prepayments=(
            _prepayments(insolvency=insolvency) if kind is Kind.PREPAYMENT or many else ()
        ),
        short=(ShortNotice("AH", 2022, date(2025, 6, 2)) if kind is Kind.GENERIC else None),
        markings=(Marking(code="11"), Marking(code="24")),
        remarks=("Bitte geben Sie bei Zahlungen das Kassenzeichen an – danke.",),
    )
