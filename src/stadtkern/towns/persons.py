"""What archives of a municipality mean for single persons: erasure takes them along."""

from collections.abc import Mapping, Sequence
from typing import Any

from pyramid.config import Configurator

from stadtkern.privacy import Desk, Part, Subject
from stadtkern.towns import keeping
from stadtkern.web.i18n import _


def find(desk: Desk, _subject: Subject) -> Sequence[Part]:
    """Count the archives that lie here: each may hold anybody's data."""
    number = keeping.count(desk.session)
    if not number:
        return ()
    why = _("Written before the erasure, they may hold these data. A new one can be written.")
    return (Part(_("Archives of the whole municipality"), number, why=why),)


def export(_desk: Desk, _subject: Subject) -> Sequence[Mapping[str, Any]]:
    """Return nothing: what archives hold is handed out from where it stands."""
    return ()


def erase(desk: Desk, _subject: Subject) -> None:
    """Delete all archives that lie here, and what is being written."""
    for row in keeping.every(desk.session):
        keeping.remove(desk.session, desk.registry, row)


def configure(config: Configurator) -> None:
    """Declare the archives."""
    config.add_personal_data(
        "archives",
        title=_("Archives of the whole municipality"),
        purpose=_("Taking the municipality's data to another installation"),
        people=_("Everybody of whom something is stored"),
        data=_("All that is stored, but secrets"),
        basis=_("Art. 6 (1) (e) GDPR"),
        kept=_("Seven days, or until somebody's data are erased"),
        find=find,
        export=export,
        erase=erase,
        order=95,
    )
