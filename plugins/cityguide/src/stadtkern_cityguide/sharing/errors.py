"""Why something cannot be shared."""


class ShareRefused(Exception):  # noqa: N818 - the word that editors read
    """A tour cannot be offered or adopted; ``args[0]`` is a translatable sentence."""
