"""The plugin's texts: English in the code, other languages in its catalogues."""

from pyramid.i18n import TranslationStringFactory

_ = TranslationStringFactory("stadtkern_cityguide")

SMOOTHED = _("smoothed over 100 m")
"""``geometry.SMOOTHING_LABEL``, written out for the catalogues; a test holds them together."""
