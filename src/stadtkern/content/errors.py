"""What the content room refuses, in words for editors."""

from stadtkern.content.models import Node
from stadtkern.web.i18n import _


class ContentRefused(Exception):  # noqa: N818 - the word that editors read
    """What was asked cannot be done; ``args[0]`` is a translatable sentence.

    ``field`` names the form field that it concerns, if any.
    """

    def __init__(self, message: str, field: str | None = None) -> None:
        super().__init__(message)
        self.field = field


class Contradictory(ContentRefused):
    """Values that do not go together were to be stored (an end before the beginning)."""


class Conflict(ContentRefused):
    """Somebody else has saved since the form was opened; nothing was stored."""

    def __init__(self, node: Node) -> None:
        super().__init__(
            _(
                "Somebody else has changed this page in the meantime, so nothing was stored. "
                "Please look at the page as it is now, then try again."
            )
        )
        self.node = node
