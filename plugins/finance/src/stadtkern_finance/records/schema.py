"""The published JSON Schemas: ``AssessmentRecord`` and what the commands take.

One ``AssessmentRecord`` is one Grundlagenbescheid, from whatever source. Only the tax and the base
amount are required: what else a source leaves out is found, and shown to a clerk, by the checks of
the intake, which must be able to hold such a record.
"""

from stadtkern_finance.law.announcement import Regime
from stadtkern_finance.law.instalments import ExtraCents, Payment
from stadtkern_finance.law.interest import FIRST_YEAR as FIRST_INTEREST_YEAR
from stadtkern_finance.law.interest import InterestKind
from stadtkern_finance.law.late_payment import Method
from stadtkern_finance.records import shapes as s
from stadtkern_finance.records.shapes import Shape, nullable

PROPERTY_KINDS = ("grundsteuer_a", "grundsteuer_b", "grundsteuer_c")
TRADE = "gewerbesteuer"
PREPAYMENT = "gewerbesteuer_vorauszahlung"
TAX_KINDS = (*PROPERTY_KINDS, TRADE, PREPAYMENT)
MAX_PARTIES = 20
HIGHEST_HEBESATZ = 10_000

LOCATION = s.mapping(
    "Where the plot lies",
    {
        "street": nullable(s.text("Street")),
        "house_number": nullable(s.text("House number", 30)),
        "addition": nullable(s.text("Addition to the address")),
        "postcode": nullable(s.text("Postcode", 10)),
        "town": nullable(s.text("Town")),
        "gemarkung": nullable(s.text("First Gemarkung")),
        "flur": nullable(s.text("First Flur", 30)),
    },
)

PARTY = s.mapping(
    "Somebody whom the notice concerns",
    {
        "role": s.one_of(
            "Owner or debtor, or who may receive notices (Empfangsvollmacht)",
            "owner",
            "debtor",
            "recipient",
        ),
        "kind": nullable(s.one_of("Natural or legal person, or a community", "natural", "legal")),
        "salutation": nullable(s.text("Anrede as sent", 40)),
        "title": nullable(s.text("Academic title", 60)),
        "surname": nullable(s.text("Surname")),
        "given_name": nullable(s.text("Given name")),
        "birth_date": nullable(s.day("Date of birth", first=1800)),
        "names": s.rows("Lines of the name of a legal person", s.text("One line"), 4),
        "street": nullable(s.text("Street")),
        "house_number": nullable(s.text("House number", 30)),
        "addition": nullable(s.text("Addition to the address")),
        "postcode": nullable(s.text("Postcode", 20)),
        "town": nullable(s.text("Town")),
        "country": nullable(s.text("Staatenschlüssel or country", 60)),
    },
    ("role",),
)

APPORTIONMENT = s.mapping(
    "How the base amount is split over municipalities (Zerlegung)",
    {
        "total_cent": nullable(s.cents("Base amount before the split")),
        "share_cent": nullable(s.cents("This municipality's share of the base amount")),
        "share_by_measure_cent": nullable(s.cents("Share by the measure of the split")),
        "assigned_share": nullable(s.text("Zugewiesener Zerlegungsanteil as sent", 60)),
        "numerator": nullable(s.text("Anteil Zähler as sent", 60)),
        "denominator": nullable(s.text("Nenner as sent", 60)),
        "municipalities": nullable(s.whole("How many municipalities share", 1, 12_000)),
    },
)

RECORD_FIELDS: dict[str, Shape] = {
    "version": {"type": "integer", "description": "Version of this schema", "const": 1},
    "tax_kind": s.one_of("Which tax", *TAX_KINDS),
    "messbetrag_cent": s.cents("Base amount (Messbetrag); of a split, the own share"),
    "datenart": nullable(s.text("Kind of record at its source, such as GMBX", 20)),
    "vorgangs_id": nullable(s.text("Vorgangs-ID", 80)),
    "erklaerungs_id": nullable(s.text("Erklärungs-ID", 80)),
    "transferticket": nullable(s.text("Transferticket", 80)),
    "mandant": nullable(s.text("Mandant; mandatory in answers when known", 80)),
    "aktenzeichen": nullable(s.text("Property file number as sent", 60)),
    "aktenzeichen_norm": nullable(s.text("The same, digits only", 30, pattern="^[0-9]+$")),
    "steuernummer13": nullable(s.text("Tax number, 13 digits", 13, pattern="^[0-9]{13}$")),
    "ags": nullable(s.text("Municipality key (AGS), 8 digits", 8, pattern="^[0-9]{8}$")),
    "bundesland": nullable(s.text("State of the tax office", 60)),
    "finanzamt": nullable(s.text("Nationwide number of the tax office", 10)),
    "previous_messbetrag_cent": nullable(s.cents("Base amount until now")),
    "grundsteuerwert_eur": nullable(s.whole("Federal property value, euros", 0, 10**12)),
    "reason": nullable(
        s.one_of("Grund der Veranlagung (0 repeal, 1 main, 2 new …)", 0, 1, 2, 3, 4, 5, 9)
    ),
    "unit_kind": nullable(s.one_of("Art der wirtschaftlichen Einheit", 1, 2, 3, 4)),
    "ownership": nullable(s.whole("Eigentumsverhältnis", 0, 9)),
    "year": nullable(s.whole("Erhebungszeitraum of trade tax", s.FIRST_YEAR, s.LAST_YEAR)),
    "quarter": nullable(s.whole("Quarter of a prepayment", 1, 4)),
    "determined_for": nullable(s.day("Feststellungszeitpunkt")),
    "calculated_on": nullable(s.day("When the tax office calculated the notice")),
    "notice_date": nullable(s.day("Date of the Messbescheid")),
    "effective_from": nullable(s.day("From when the base amount holds")),
    "location": nullable(LOCATION),
    "flags": s.mapping(
        "What the notice says about the case",
        {
            "exempt": s.yes("Exempt from the tax (Grundsteuerbefreit)"),
            "favoured": s.yes("Favoured (Grundsteuervergünstigt)"),
            "insolvent": s.yes("Insolvency proceedings are open"),
            "deceased": s.yes("The recipient has died"),
            "markings": s.rows(
                "Codes of the list Bescheidkennzeichnung",
                s.text("Code", 2, pattern="^[0-9]{2}$"),
                20,
            ),
        },
    ),
    "owner_count": nullable(s.whole("Declared number of owners", 0, 10_000)),
    "parties": s.rows("Owners, debtors and recipients", PARTY, MAX_PARTIES),
    "apportionment": nullable(APPORTIONMENT),
    "delivery_wish": nullable(s.one_of("Wish for the notice", "post", "electronic")),
    "unmapped": {
        "type": "object",
        "description": "What the source said and no mapping knows: path → texts",
        "additionalProperties": s.rows("Texts", {"type": "string", "maxLength": 4000}, 1000),
    },
}

RECORD = s.mapping(
    "One Grundlagenbescheid of a tax office",
    RECORD_FIELDS,
    ("tax_kind", "messbetrag_cent"),
)

BESIDE_FIELDS: dict[str, Shape] = {
    "hebesatz": s.percent("The municipality's rate (Hebesatz)", HIGHEST_HEBESATZ),
    "year": nullable(s.whole("Year of the tax", s.FIRST_YEAR, s.LAST_YEAR)),
    "announced_at": nullable(s.day("When the notice is announced (Bekanntgabe)")),
    "previous": nullable(
        s.mapping(
            "The assessment until now",
            {
                "amount": s.euros("Tax of the year until now"),
                "payment": s.one_of("How it was payable", *Payment),
            },
            ("amount",),
        )
    ),
    "payment": s.one_of("Quarters, or once a year on application", *Payment),
    "small_amounts": s.yes("The town asks for small amounts once or twice a year"),
    "extra_cents": s.one_of("Where cents go that do not divide", *ExtraCents),
    "prepayments": nullable(
        s.mapping(
            "Prepayments of trade tax for the year",
            {
                "set": s.euros("Set until interest began to run"),
                "due": s.euros("Due by the announcement"),
                "paid": s.euros("Paid by the announcement"),
            },
            ("due", "paid"),
        )
    ),
}

CALCULATION = s.mapping(
    "One AssessmentRecord with rate and dates; its fields may also stand beside them",
    {"record": RECORD, **BESIDE_FIELDS},
    ("record", "hebesatz"),
)

INTEREST = s.mapping(
    "Interest on the difference of a year's trade tax (§ 233a AO)",
    {
        "kind": s.one_of("Who owes it", *InterestKind),
        "year": s.whole("Year of the tax", FIRST_INTEREST_YEAR, s.LAST_YEAR - 2),
        "amount": s.euros("Difference that bears interest"),
        "effective": s.day("When the assessment took effect (Bekanntgabe)"),
        "paid": nullable(s.day("When the amount to be refunded had been paid")),
    },
    ("kind", "year", "amount", "effective"),
)

SURCHARGE = s.mapping(
    "Surcharge for late payment (§ 240 AO)",
    {
        "amount": s.euros("Amount in arrears"),
        "due": s.day("When it was due"),
        "paid": s.day("When it was paid; a transfer: credited; a cheque: received"),
        "method": s.one_of("How it was paid", *Method),
    },
    ("amount", "due", "paid", "method"),
)

ANNOUNCEMENT = s.mapping(
    "When a notice counts as announced (§§ 122, 122a AO); either posted or provided",
    {
        "posted": nullable(s.day("When the letter was posted")),
        "provided": nullable(s.day("When the notice was ready for download")),
        "regime": nullable(s.one_of("Rule; auto chooses by the day", "auto", *Regime)),
    },
)

RENAME = s.mapping(
    "A property file number that has changed (GMBAX)",
    {
        "version": {"type": "integer", "description": "Version of this schema", "const": 1},
        "datenart": nullable(s.text("Kind of record at its source", 20)),
        "vorgangs_id": nullable(s.text("Vorgangs-ID", 80)),
        "ags": nullable(s.text("Municipality key (AGS), 8 digits", 8, pattern="^[0-9]{8}$")),
        "changed_on": nullable(s.day("When it changed")),
        "old": s.text("The number until now, digits only", 30, pattern="^[0-9]+$"),
        "new": s.text("The number from now on, digits only", 30, pattern="^[0-9]+$"),
        "old_as_sent": nullable(s.text("The number until now as sent", 60)),
        "new_as_sent": nullable(s.text("The number from now on as sent", 60)),
        "unmapped": RECORD_FIELDS["unmapped"],
    },
    ("old", "new"),
)

NOTICE = s.mapping(
    "What the notice is sent with",
    {
        "kassenzeichen": s.text("Kassenzeichen", 35),
        "day": s.day("Date of the notice"),
        "as_of": nullable(s.day("For which day its facts hold; else its date")),
        "message_id": nullable(
            s.text("UUID of the message; else made of its facts", 36, pattern="^[0-9a-fA-F-]{36}$")
        ),
        "mandate": nullable(s.text("Reference of a SEPA mandate", 35)),
        "insolvency_opened": nullable(s.day("When insolvency proceedings were opened")),
        "court_reference": nullable(s.text("Reference of the court", 60)),
        "marking_day": nullable(s.day("The day that markings 20, 26, 27 and 29 speak of")),
    },
    ("kassenzeichen", "day"),
)

SCHEMAS: dict[str, Shape] = {
    name: s.published(name, title, shape)
    for name, title, shape in (
        ("assessment-record", "AssessmentRecord v1", RECORD),
        ("calculation", "Input of stadtkern finance calculate", CALCULATION),
        ("interest", "Input of stadtkern finance interest", INTEREST),
        ("surcharge", "Input of stadtkern finance surcharge", SURCHARGE),
        ("announcement", "Input of stadtkern finance announce", ANNOUNCEMENT),
        ("rename", "Rename of a property file number (GMBAX)", RENAME),
        ("notice", "`notice` beside a calculation, for stadtkern finance notices", NOTICE),
    )
}
"""Every published schema by its name."""
