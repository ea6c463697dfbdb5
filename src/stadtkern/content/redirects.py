"""Addresses that lead elsewhere: those of moved pages, and those that editors set."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from urllib.parse import unquote, urlsplit

from sqlalchemy import and_, bindparam, case, func, or_, select, update
from sqlalchemy.orm import Session

from stadtkern.content import queries
from stadtkern.content.errors import ContentRefused
from stadtkern.content.models import Node, Redirect
from stadtkern.content.slugs import RESERVED
from stadtkern.tenants import Tenant
from stadtkern.tenants.directory import normalise_host
from stadtkern.web.i18n import _

MOVED, MANUAL = "moved", "manual"
LONGEST = 900
CHAIN = 20
"""Redirects that are followed in search of a loop."""


@dataclass(frozen=True)
class Lead:
    """Where an address leads: ``rule`` is the path of the redirect that says so."""

    rule: str
    target: str
    permanent: bool


_FOUND = (
    select(
        Redirect.path,
        Redirect.target,
        Redirect.kind,
        Redirect.permanent,
        Redirect.below,
        Node.path.label("node_path"),
    )
    .outerjoin(Node, and_(Node.id == Redirect.node_id, queries.VISIBLE))
    .where(Redirect.path.in_(bindparam("paths", expanding=True)))
    .order_by(func.length(Redirect.path).desc())
)
_TAKEN = select(Node.path, case((queries.VISIBLE, 1), else_=0).label("visible")).where(
    Node.path.in_(bindparam("paths", expanding=True)), Node.deleted_at.is_(None)
)


def lead_for(session: Session, path: str) -> Lead | None:
    """Return where an address that shows nothing leads; the longest rule counts.

    A page's former address that another node has taken since leads on only to what is there, or
    two nodes that changed places would send visitors round in circles.
    """
    rows = session.execute(_FOUND, {"paths": queries.prefixes(path)[1:]}).all()
    leads = [(row, lead) for row in rows if (lead := _applied(row, path)) is not None]
    if not leads:
        return None
    moved = [(row.path, lead.target) for row, lead in leads if row.kind == MOVED]
    taken: dict[str, bool] = {}
    if moved:
        asked = sorted({one for pair in moved for one in pair})
        found = session.execute(_TAKEN, {"paths": asked})
        taken = {row.path: bool(row.visible) for row in found}
    for row, lead in leads:
        if row.kind == MANUAL or taken.get(lead.target, False) or row.path not in taken:
            return lead
    return None


def _applied(row: Any, path: str) -> Lead | None:
    """Return what one rule makes of an address; None where it does not concern it."""
    base = row.target or row.node_path
    if base is None or (path != row.path and not row.below):
        return None
    rest = path[len(row.path) :]
    target = f"{base.rstrip('/')}{rest}" if rest else str(base)
    return None if target == path else Lead(row.path, target, bool(row.permanent))


@dataclass(frozen=True)
class Wanted:
    """A redirect as an editor wants it, checked: either ``node_id`` or ``target``."""

    path: str
    target: str | None
    node_id: int | None
    permanent: bool
    below: bool
    covers: str | None
    """Title of the page that stands at ``path`` and goes before the redirect."""
    replaces: str | None
    """Kind of the redirect that has this path already."""


def normal_path(text: str, tenant: Tenant) -> str:
    """Return the address that shall lead elsewhere, as nodes spell theirs.

    Accepts what editors copy from the browser: with scheme and host of this site, with
    percent-encoding, with a slash at the end. ``ContentRefused`` otherwise.
    """
    given = _without_host(text.strip(), tenant)
    parts = [part for part in unquote(given).split("/") if part]
    path = "/" + "/".join(parts)
    if (
        not given.startswith("/")
        or given.startswith(("//", "/\\"))
        or not path.isprintable()
        or any(char in path for char in '?#\\ "<>')
        or any(part in {".", ".."} for part in parts)
        or len(path) > LONGEST
    ):
        raise ContentRefused(
            _("Please enter an address of this site that begins with /, without ? and #."), "path"
        )
    if not parts or parts[0] in RESERVED:
        raise ContentRefused(
            _("This address belongs to the system: nothing can lead away from it."), "path"
        )
    return path


def _without_host(text: str, tenant: Tenant) -> str:
    try:
        parts = urlsplit(text)
        own = parts.scheme in {"http", "https"} and parts.hostname == tenant.host
    except ValueError:
        return text
    return f"{parts.path or '/'}" if own and not parts.query and not parts.fragment else text


def normal_target(text: str, tenant: Tenant, *, outside: bool) -> str:
    """Return a checked target: a path of this site or an address with https.

    ``outside``: whether whoever asks may send visitors to other sites. Addresses without scheme
    (``//host``), with a user name or with another scheme are refused to everybody: they are how
    open redirects are made (OWASP ASVS 5.0, 3.7.2).
    """
    given = _without_host(text.strip(), tenant)
    refused = ContentRefused(
        _("Please enter an address of this site that begins with /, or one with https://."),
        "target",
    )
    if len(given) > LONGEST or not given.isprintable() or any(char in given for char in '\\ "<>'):
        raise refused
    if given.startswith("/"):
        if given.startswith("//") or ".." in given.split("/"):
            raise refused
        return given if len(given) == 1 else given.rstrip("/")
    try:
        parts = urlsplit(given)
        _port = parts.port
    except ValueError:
        raise refused from None
    if (
        parts.scheme != "https"
        or parts.username is not None
        or parts.password is not None
        or normalise_host(parts.netloc) is None
        or "." not in parts.netloc
    ):
        raise refused
    if not outside:
        raise ContentRefused(
            _("Leading to other sites needs a permission that your account lacks."), "target"
        )
    return given


def check(
    session: Session,
    tenant: Tenant,
    *,
    path: str,
    target: str,
    permanent: bool = True,
    below: bool = False,
    outside: bool = False,
) -> Wanted:
    """Return a redirect ready to be stored; ``ContentRefused`` says what is wrong with it."""
    source = normal_path(path, tenant)
    goal = normal_target(target, tenant, outside=outside)
    pages = {
        row.path: row
        for row in session.execute(
            select(Node.id, Node.path, Node.title).where(
                Node.path.in_([source, goal]), Node.deleted_at.is_(None)
            )
        )
    }
    node = pages.get(goal)
    covered = pages.get(source)
    if goal == source or (below and goal.startswith(f"{source}/")):
        raise ContentRefused(_("The address would lead to itself."), "target")
    wanted = Wanted(
        path=source,
        target=None if node is not None else goal,
        node_id=None if node is None else node.id,
        permanent=permanent,
        below=below,
        covers=None if covered is None else covered.title,
        replaces=session.scalar(select(Redirect.kind).where(Redirect.path == source)),
    )
    if goal.startswith("/") and _comes_back(session, wanted, goal, at_page=node is not None):
        raise ContentRefused(
            _("Visitors would go round in circles: the target leads back to this address."),
            "target",
        )
    return wanted


def _comes_back(session: Session, wanted: Wanted, goal: str, *, at_page: bool) -> bool:
    """Tell whether following the target comes to the new redirect again, or never ends."""
    starts = [] if at_page else [goal.partition("?")[0].partition("#")[0]]
    if wanted.below:
        starts.append(f"{goal.rstrip('/')}/x")
    for start in starts:
        path = start
        for _step in range(CHAIN):
            if path == wanted.path or (wanted.below and path.startswith(f"{wanted.path}/")):
                return True
            rows = session.execute(_FOUND, {"paths": queries.prefixes(path)[1:]}).all()
            leads = (_applied(row, path) for row in rows if row.kind == MANUAL)
            lead = next((one for one in leads if one is not None), None)
            if lead is None or not lead.target.startswith("/"):
                break
            path = lead.target.partition("?")[0].partition("#")[0]
        else:
            return True
    return False


def store(session: Session, tenant: Tenant, wanted: Wanted) -> None:
    """Store a checked redirect; one that has the path already is replaced."""
    remove(session, wanted.path)
    session.add(
        Redirect(
            tenant_id=tenant.id,
            path=wanted.path,
            node_id=wanted.node_id,
            target=wanted.target,
            kind=MANUAL,
            permanent=wanted.permanent,
            below=wanted.below,
        )
    )
    session.flush()


def remove(session: Session, path: str) -> bool:
    """Delete a redirect of any kind; tell whether there was one."""
    row = session.scalars(select(Redirect).where(Redirect.path == path)).first()
    if row is None:
        return False
    session.delete(row)
    session.flush()
    return True


_ALL = (
    select(Redirect, Node.path.label("node_path"), func.count().over().label("total"))
    .outerjoin(Node, and_(Node.id == Redirect.node_id, Node.deleted_at.is_(None)))
    .order_by(Redirect.path)
)


def listing(
    session: Session, *, search: str = "", kind: str = "", limit: int = 50, offset: int = 0
) -> Sequence[Any]:
    """Return ``(Redirect, node_path, total)`` by address, in one query."""
    statement = _ALL
    if search:
        word = search.replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_")
        like = f"%{word}%"
        statement = statement.where(
            or_(
                Redirect.path.ilike(like, escape="\\"),
                Redirect.target.ilike(like, escape="\\"),
                Node.path.ilike(like, escape="\\"),
            )
        )
    if kind in {MOVED, MANUAL}:
        statement = statement.where(Redirect.kind == kind)
    return session.execute(statement.limit(limit).offset(offset)).all()


def one(session: Session, path: str) -> Any:
    """Return ``(Redirect, node_path, total)`` of an address, or None."""
    return session.execute(_ALL.where(Redirect.path == path)).first()


def count_hits(session: Session, hits: Mapping[str, int], now: Any) -> None:
    """Add up how often redirects were used; those that are gone by now are passed over."""
    for path, number in hits.items():
        session.execute(
            update(Redirect)
            .where(Redirect.path == path)
            .values(hits=Redirect.hits + number, last_hit_at=now)
            .execution_options(synchronize_session=False)
        )
