"""What can go wrong with an archive, in words for operators."""

from stadtkern.web.i18n import _


class TownRefused(Exception):  # noqa: N818 - the word that operators read
    """An archive cannot be made or taken; the message says why and what to do."""


class Interrupted(Exception):  # noqa: N818 - what happened
    """An import was stopped on request; it can be gone on with."""


class Superseded(TownRefused):
    """Another process goes on with this import, or it was given up."""

    def __init__(self) -> None:
        super().__init__(
            _("Another process goes on with this import, or it was given up. Nothing was lost.")
        )


def bad_row(name: str, number: int, reason: str) -> TownRefused:
    """Return the refusal of one row; ``reason`` holds no value of it."""
    return TownRefused(
        _(
            "${name}, line ${number}: this row is not as the format says (${reason}). Nothing was "
            "stored.",
            mapping={"name": name, "number": number, "reason": reason},
        )
    )


def changed() -> TownRefused:
    """Return the refusal of an archive that was another one when it was checked."""
    return TownRefused(_("The archive changed while it was read. Please copy or export it again."))


def damaged() -> TownRefused:
    """Return the refusal of what is no archive, or a broken one."""
    return TownRefused(
        _("The file is no ZIP archive, or a damaged one. Please copy or export it again.")
    )


def wrong(name: str) -> TownRefused:
    """Return the refusal of a member whose checksum is another."""
    return TownRefused(
        _(
            "“${name}” does not have the checksum that the manifest gives: the archive is damaged "
            "or was changed. Please copy or export it again.",
            mapping={"name": name},
        )
    )


def bomb() -> TownRefused:
    """Return the refusal of what would become too large."""
    return TownRefused(
        _("The archive would become larger than this installation takes. Nothing was unpacked.")
    )
