"""Facts for the legal pages, given once by each municipality."""

import colander

from stadtkern.forms import fields as f
from stadtkern.web.i18n import _

STATUS = [
    ("full", _("fully accessible")),
    ("partial", _("partly accessible")),
    ("none", _("not accessible yet")),
]
UNTRANSLATED = [
    ("ancestor", _("to the nearest page above that is translated")),
    ("front", _("to the front page of that language")),
    ("hide", _("nowhere: the language is not offered on such pages")),
]
BASIS = [("self", _("own check")), ("external", _("check by an independent body"))]


class SiteSettings(colander.MappingSchema):
    """Impressum (§ 5 DDG), privacy, accessibility statement (HVBIT, § 14 HessBGG)."""

    organisation = f.line(_("Organisation"), required=False)
    represented_by = f.line(
        _("Represented by"), required=False, description=_("Function, e.g. “the Magistrat”.")
    )
    street = f.line(_("Street and number"), required=False)
    postal_code = f.line(_("Postal code"), maximum=10, required=False)
    city = f.line(_("Town"), required=False)
    phone = f.line(_("Phone"), kind="tel", maximum=40, required=False)
    mail = f.mail(
        _("Mail address"),
        required=False,
        description=_("Reports on barriers are sent here."),
    )
    responsible = f.line(_("Responsible for the content (§ 18 (2) MStV)"), required=False)
    privacy_officer = f.line(_("Data protection officer"), maximum=300, required=False)
    privacy_text = f.text(
        _("Own text on the privacy page"),
        maximum=20_000,
        rows=6,
        required=False,
        description=_(
            "What other services of yours do, for example. An empty line begins a paragraph, a "
            "line that begins with ## is a heading. What this system does is written by itself."
        ),
    )
    accessibility_status = f.choice(
        _("Accessibility of this site"), STATUS, required=False, default="partial"
    )
    accessibility_basis = f.choice(
        _("Basis of this statement"), BASIS, required=False, default="self"
    )
    accessibility_checked = f.day(_("Last checked"), required=False)
    accessibility_gaps = f.text(
        _("Known gaps"),
        maximum=5000,
        rows=4,
        required=False,
        description=_("What does not work for everyone, until when, and what helps meanwhile."),
    )
    enforcement = f.text(
        _("Enforcement body"),
        maximum=1000,
        rows=3,
        required=False,
        description=_("Name and address as the Land publishes it."),
    )
    listed = f.yes(
        _("Search engines may list this site"),
        default=True,
        description=_("A demonstration is never listed."),
    )
    ignored_misses = f.text(
        _("Missing pages that are not reported"),
        maximum=4000,
        rows=4,
        required=False,
        description=_("One pattern a line; * stands for anything, for example /alt/*."),
    )
    untranslated = f.choice(
        _("Where a page is not translated, the choice of language leads"),
        UNTRANSLATED,
        default="ancestor",
    )
