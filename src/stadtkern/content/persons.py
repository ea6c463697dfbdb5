"""Persons in the tree: who wrote what, and pages that name somebody's mail address."""

from collections.abc import Sequence
from typing import Any

from pyramid.config import Configurator
from sqlalchemy import String, cast, delete, func, or_, select, update

from stadtkern.content.bulk import BulkRun
from stadtkern.content.models import (
    Autosave,
    EditLock,
    Node,
    NodeComment,
    PreviewLink,
    Revision,
)
from stadtkern.plugins import PluginState
from stadtkern.privacy import ANONYMISE, KEEP, Desk, Part, Subject, deleting, old
from stadtkern.web.i18n import _

AUTHORS: tuple[tuple[Any, Any, str], ...] = (
    (Node, Node.author_id, _("Pages written")),
    (Node, Node.deleted_by, _("Pages deleted")),
    (Revision, Revision.account_id, _("Versions of pages saved")),
    (NodeComment, NodeComment.account_id, _("Steps of the review, with comments")),
    (BulkRun, BulkRun.account_id, _("Actions on many pages")),
)
"""Columns that name an account beside something that belongs to the municipality and stays."""
OWN: tuple[tuple[Any, Any, str], ...] = (
    (Autosave, Autosave.account_id, _("Unsaved texts")),
    (EditLock, EditLock.account_id, _("Open forms")),
    (PreviewLink, PreviewLink.account_id, _("Preview links")),
)
"""What is of use to that account alone."""
LISTED = 200
"""Pages that name an address, at most so many of which are listed."""


def _count(desk: Desk, model: Any, column: Any, number: int) -> int:
    found = desk.session.scalar(select(func.count()).select_from(model).where(column == number))
    return int(found or 0)


def _naming(desk: Desk, mail: str) -> list[int]:
    """Return the pages in whose texts an address stands, those in the trash included."""
    return list(
        desk.session.scalars(
            select(Node.id)
            .where(
                or_(
                    func.lower(cast(Node.body, String)).contains(mail, autoescape=True),
                    func.lower(Node.summary).contains(mail, autoescape=True),
                    func.lower(Node.title).contains(mail, autoescape=True),
                )
            )
            .order_by(Node.id)
        )
    )


def find(desk: Desk, subject: Subject) -> Sequence[Part]:
    """Count what the person has written, and pages that name their address."""
    parts = []
    number = subject.account_id
    if number is not None:
        why = _("The texts belong to the municipality and stay; who wrote them is forgotten.")
        parts = [
            Part(title, _count(desk, model, column, number), ANONYMISE, why)
            for model, column, title in AUTHORS
        ] + [Part(title, _count(desk, model, column, number)) for model, column, title in OWN]
    pages = _naming(desk, subject.mail)
    why = _(
        "Editors decide on what a page says: please look at these pages by hand, and delete the "
        "address where nothing speaks for it."
    )
    return [
        *parts,
        Part(_("Pages that name this address"), len(pages), KEEP, why, "node", tuple(pages)),
    ]


def export(desk: Desk, subject: Subject) -> list[dict[str, Any]]:
    """Return what the person has written: titles, comments, unsaved texts, not whole pages."""
    session, number = desk.session, subject.account_id
    pages = _naming(desk, subject.mail)[:LISTED]
    found: list[dict[str, Any]] = [
        {"what": "names_you", "title": node.title, "address": node.path}
        for node in session.execute(
            select(Node.title, Node.path).where(Node.id.in_(pages)).order_by(Node.id)
        )
    ]
    if number is None:
        return found
    found += [
        {"what": "page", "title": node.title, "address": node.path, "created": node.created_at}
        for node in session.execute(
            select(Node.title, Node.path, Node.created_at)
            .where(Node.author_id == number)
            .order_by(Node.id)
        )
    ]
    found += [
        {
            "what": "version",
            "title": saved.title,
            "page": saved.node_id,
            "number": saved.number,
            "created": saved.created_at,
        }
        for saved in session.execute(
            select(Revision.title, Revision.node_id, Revision.number, Revision.created_at)
            .where(Revision.account_id == number)
            .order_by(Revision.id)
        )
    ]
    found += [
        {
            "what": "comment",
            "page": comment.node_id,
            "text": comment.text,
            "created": comment.created_at,
        }
        for comment in session.scalars(
            select(NodeComment).where(NodeComment.account_id == number).order_by(NodeComment.id)
        )
    ]
    found += [
        {
            "what": "unsaved",
            "address": autosave.place,
            "text": autosave.controls,
            "created": autosave.saved_at,
        }
        for autosave in session.scalars(
            select(Autosave).where(Autosave.account_id == number).order_by(Autosave.id)
        )
    ]
    return found


def erase(desk: Desk, subject: Subject) -> None:
    """Forget who wrote what; delete what was of use to the person alone."""
    number = subject.account_id
    if number is None:
        return
    for model, column, _title in AUTHORS:
        desk.session.execute(
            update(model)
            .where(column == number)
            .values({column.key: None})
            .execution_options(synchronize_session=False)
        )
    for model, column, _title in OWN:
        desk.session.execute(
            delete(model).where(column == number).execution_options(synchronize_session=False)
        )


def _kept(state: PluginState) -> str:
    return _(
        "Until the account is erased; what lies in the trash: ${n} days",
        mapping={"n": int(state.settings("content").get("trash_days") or 30)},
    )


def configure(config: Configurator) -> None:
    """Declare authors, and how long unsaved texts are kept."""
    config.add_personal_data(
        "content",
        title=_("Work on pages"),
        purpose=_("Knowing who wrote, reviewed and published a page, and undoing mistakes"),
        people=_("Employees who log in"),
        data=_("Number of the account beside pages, versions and comments; unsaved texts"),
        basis=_("Art. 6 (1) (e) GDPR with the law on data protection of the Land"),
        kept=_kept,
        find=find,
        export=export,
        erase=erase,
        labels={
            "what": _("Kind"),
            "title": _("Title"),
            "address": _("Address"),
            "page": _("Number of the page"),
            "number": _("Number"),
            "text": _("Text"),
            "created": _("Time"),
        },
        words={
            "what": {
                "names_you": _("Page that names you"),
                "page": _("Page"),
                "version": _("Version"),
                "comment": _("Comment"),
                "unsaved": _("Unsaved text"),
            }
        },
    )
    config.add_audit_kind("autosave", title=_("Unsaved text"))
    config.add_audit_kind("bulk_run", title=_("Action on many pages"))
    config.add_retention_rule(
        "content.autosaves",
        title=_("Unsaved texts"),
        data="content",
        days=30,
        basis=_("Whoever has not come back by then does not miss them"),
        kind="autosave",
        due=old(
            Autosave, lambda before: Autosave.saved_at < before, account_id=Autosave.account_id
        ),
        erase=deleting(Autosave),
    )
    config.add_retention_rule(
        "content.bulk_runs",
        title=_("Lists of what was done with many pages"),
        data="content",
        days=90,
        basis=_("So long it can be looked up; the pages keep their own history"),
        kind="bulk_run",
        due=old(
            BulkRun, lambda before: BulkRun.finished_at < before, account_id=BulkRun.account_id
        ),
        erase=deleting(BulkRun),
    )
