"""What the accounts room refuses."""


class AccountRefused(Exception):  # noqa: N818 - the word that people read
    """What was asked cannot be done; ``args[0]`` is a translatable sentence."""
