"""What clerks call the fields of a record, in the order in which they read them."""

from stadtkern.exchange import Field
from stadtkern_finance.i18n import _
from stadtkern_finance.intake.keys import TAXES

REASONS = {
    "0": _("Repeal (Aufhebung)"),
    "1": _("Main assessment (Hauptveranlagung)"),
    "2": _("New assessment (Neuveranlagung)"),
    "3": _("Subsequent assessment (Nachveranlagung)"),
    "4": _("Apportionment alone"),
    "5": _("Apportionment, § 23 (2) GrStG"),
    "9": _("No new assessment"),
}
UNITS = {
    "1": _("undeveloped"),
    "2": _("developed"),
    "3": _("farm or forest"),
    "4": _("additional value"),
}
OWNERSHIPS = {"0": _("one person alone"), "4": _("spouses"), "5": _("heirs")}
"""The other numbers are not known; they are shown as they are."""
ROLES = {"owner": _("owner"), "debtor": _("debtor"), "recipient": _("recipient")}
KINDS = {"natural": _("person"), "legal": _("company or body")}

FIELDS = {
    "tax_kind": Field(_("Tax"), choices=TAXES),
    "aktenzeichen": Field(_("File number (Aktenzeichen)")),
    "aktenzeichen_norm": Field(_("File number, digits only")),
    "steuernummer13": Field(_("Tax number, 13 digits")),
    "messbetrag_cent": Field(_("Base amount (Messbetrag)"), "cents"),
    "previous_messbetrag_cent": Field(_("Base amount until now"), "cents"),
    "ags": Field(_("Municipality key (AGS)")),
    "notice_date": Field(_("Date of the base notice"), "day"),
    "effective_from": Field(_("Holds from"), "day"),
    "determined_for": Field(_("Determined for"), "day"),
    "calculated_on": Field(_("Calculated on"), "day"),
    "year": Field(_("Year"), "whole"),
    "quarter": Field(_("Quarter"), "whole"),
    "reason": Field(_("Reason (Grund der Veranlagung)"), "whole", REASONS),
    "unit_kind": Field(_("Kind of unit"), "whole", UNITS),
    "ownership": Field(_("Ownership"), "whole", OWNERSHIPS),
    "owner_count": Field(_("Declared number of owners"), "whole"),
    "grundsteuerwert_eur": Field(_("Federal property value, euros"), "whole"),
    "flags.exempt": Field(_("Exempt"), "yes"),
    "flags.favoured": Field(_("Favoured"), "yes"),
    "flags.insolvent": Field(_("Insolvency proceedings are open"), "yes"),
    "flags.deceased": Field(_("The recipient has died"), "yes"),
    "location.street": Field(_("Lies at: street")),
    "location.house_number": Field(_("Lies at: house number")),
    "location.postcode": Field(_("Lies at: postcode")),
    "location.town": Field(_("Lies at: town")),
    "location.gemarkung": Field(_("Lies at: Gemarkung")),
    "location.flur": Field(_("Lies at: Flur")),
    "apportionment.total_cent": Field(_("Base amount before the split"), "cents"),
    "apportionment.share_cent": Field(_("Own share of it"), "cents"),
    "parties[].role": Field(_("Party"), choices=ROLES),
    "parties[].kind": Field(_("Kind of party"), choices=KINDS),
    "parties[].surname": Field(_("Surname")),
    "parties[].given_name": Field(_("Given name")),
    "parties[].names[]": Field(_("Name")),
    "parties[].birth_date": Field(_("Date of birth"), "day"),
    "parties[].street": Field(_("Street")),
    "parties[].house_number": Field(_("House number")),
    "parties[].postcode": Field(_("Postcode")),
    "parties[].town": Field(_("Town")),
    "datenart": Field(_("Kind of record")),
    "vorgangs_id": Field(_("Vorgangs-ID")),
    "erklaerungs_id": Field(_("Declaration number")),
    "transferticket": Field(_("Transferticket")),
    "finanzamt": Field(_("Number of the tax office")),
    "bundesland": Field(_("State of the tax office")),
}

CODES = {
    "finance.ambiguous": _("Several accounts fit"),
    "finance.by_alias": _("Known by an earlier number"),
    "finance.by_score": _("Account found by likeness"),
    "finance.confirms": _("Confirms what was typed from paper"),
    "finance.deceased": _("Recipient has died"),
    "finance.foreign": _("Another municipality's"),
    "finance.fraction": _("Base amount with cents"),
    "finance.future": _("Dated in the future"),
    "finance.insolvent": _("Insolvency"),
    "finance.jump": _("Base amount changes much"),
    "finance.no_account": _("No account fits"),
    "finance.no_ags": _("Names no municipality"),
    "finance.no_number": _("Neither file number nor tax number"),
    "finance.no_rate": _("No rate (Hebesatz) for this tax"),
    "finance.number_length": _("Unusual file number"),
    "finance.older": _("Older than what is booked"),
    "finance.owners": _("Number of owners differs"),
    "finance.paper_differs": _("Differs from what was typed"),
    "finance.paper_known": _("Typed though it is booked"),
    "finance.paper_waits": _("Typed from paper, not booked yet"),
    "finance.past_years": _("Reaches into past years"),
    "finance.previous_differs": _("Base amount until now differs"),
    "finance.rename_first": _("Waits for the rename of its number"),
    "finance.rename_half": _("Rename lacks a number"),
    "finance.rename_unknown": _("Rename of a number that nobody has"),
    "finance.share": _("Share above the whole"),
    "finance.share_differs": _("Share differs"),
    "finance.uncalculable": _("Cannot be calculated"),
    "finance.unfit": _("Value does not fit"),
    "finance.unknown": _("Unknown element, kept"),
    "finance.zero": _("Base amount 0"),
}
"""What findings are called in lists."""
