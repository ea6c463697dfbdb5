"""What the media room refuses, in words for editors."""


class MediaRefused(Exception):  # noqa: N818 - the word that editors read
    """A file cannot be taken; ``args[0]`` is a translatable sentence."""
