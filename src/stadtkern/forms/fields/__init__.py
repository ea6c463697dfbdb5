"""Fields that schemas are made of: each a colander node with our widget and plain messages."""

from stadtkern.forms.fields.choices import choice, several, yes
from stadtkern.forms.fields.lists import RowsWidget, rows
from stadtkern.forms.fields.node import REQUIRED
from stadtkern.forms.fields.numbers import Fraction, Whole, number
from stadtkern.forms.fields.rich import RichTextWidget, as_plain, is_rich, richtext
from stadtkern.forms.fields.texts import (
    ADDRESS,
    address,
    length,
    line,
    mail,
    one_line,
    secret,
    text,
)
from stadtkern.forms.fields.times import Day, WallTime, day, german_day, moment, today
from stadtkern.forms.fields.uploads import Upload, UploadWidget, upload

__all__ = [
    "ADDRESS",
    "REQUIRED",
    "Day",
    "Fraction",
    "RichTextWidget",
    "RowsWidget",
    "Upload",
    "UploadWidget",
    "WallTime",
    "Whole",
    "address",
    "as_plain",
    "choice",
    "day",
    "german_day",
    "is_rich",
    "length",
    "line",
    "mail",
    "moment",
    "number",
    "one_line",
    "richtext",
    "rows",
    "secret",
    "several",
    "text",
    "today",
    "upload",
    "yes",
]
