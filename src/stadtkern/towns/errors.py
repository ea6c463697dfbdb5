"""What can go wrong with an archive, in words for operators."""


class TownRefused(Exception):  # noqa: N818 - the word that operators read
    """An archive cannot be made or taken; the message says why and what to do."""


class Interrupted(Exception):  # noqa: N818 - what happened
    """An import was stopped on request; it can be gone on with."""
