"""The plugin's texts: English in the code, other languages in its catalogues."""

from pyramid.i18n import TranslationStringFactory

_ = TranslationStringFactory("stadtkern_participation")
