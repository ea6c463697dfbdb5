"""What the room says no with."""

from pyramid.i18n import TranslationString


class ExchangeRefused(Exception):  # noqa: N818 - the word that people read
    """Something cannot be done; ``message`` is translatable and says what to do next."""

    def __init__(self, message: TranslationString, code: str = "") -> None:
        super().__init__(message)
        self.message = message
        self.code = code


class DeliveryRefused(Exception):  # noqa: N818
    """A delivery that cannot be read as a whole: raised by a format's ``read``.

    ``message``: why, to be translated; ``place``: where, such as a file within an archive.
    """

    def __init__(self, place: str, message: TranslationString) -> None:
        super().__init__(place)
        self.place = place
        self.message = message
