"""Mails about the workflow: reviewers hear what waits, authors what became of it."""

from pyramid.registry import Registry
from pyramid.threadlocal import get_current_request
from sqlalchemy import select
from sqlalchemy.orm import Session

from stadtkern.accounts import Permission
from stadtkern.accounts.models import Account
from stadtkern.accounts.queries import members_who_may
from stadtkern.content import queries
from stadtkern.content.events import NodeTransitioned
from stadtkern.content.models import Node, NodeComment
from stadtkern.mail import compose
from stadtkern.tenants import Tenant, mail_origin, origin
from stadtkern.web.i18n import _, speaker

SUBJECTS = {
    "submit": _("Please review: ${title}"),
    "publish": _("Published: ${title}"),
    "return": _("Returned to you: ${title}"),
}
BODIES = {
    "submit": _("${who} has submitted “${title}” for review."),
    "publish": _("${who} has published “${title}”."),
    "return": _("${who} has returned “${title}” to you."),
}


def tell_people(event: NodeTransitioned) -> None:
    """Write to those whom the step concerns, each in their own language; never to who took it."""
    step, node, session = event.step, event.node, event.session
    if step.tells is None or step.name not in SUBJECTS:
        return
    last = session.scalars(
        select(NodeComment).where(NodeComment.node_id == node.id).order_by(NodeComment.id.desc())
    ).first()
    actor = session.get(Account, last.account_id) if last and last.account_id else None
    who = _reviewers(event) if step.tells == "reviewers" else _author(session, node)
    tenant = event.tenant
    for account in who:
        if actor is not None and account.id == actor.id:
            continue
        say = speaker(event.registry, account.locale or tenant.default_locale)
        name = actor.name if actor is not None else say(_("The schedule"))
        lines = [say(BODIES[step.name], who=name, title=node.title)]
        if event.comment:
            lines += ["", event.comment]
        lines += ["", address(event.registry, tenant, node.id), ""]
        compose(
            session,
            event.registry["outbox"],
            recipient=account.mail,
            subject=say(SUBJECTS[step.name], title=node.title),
            body="\n".join(lines),
        )


def _reviewers(event: NodeTransitioned) -> list[Account]:
    above = queries.lineage(event.session, event.node.path)
    steps = set(queries.prefixes(event.node.path))
    state = event.registry["plugin_states"].seen(event.tenant_id, event.session)
    return members_who_may(
        event.session,
        event.registry,
        Permission.REVIEW,
        tuple(row.id for row in above if row.path in steps),
        plugins=state.enabled,
    )


def _author(session: Session, node: Node) -> list[Account]:
    """Return who has submitted the page last, else who made it."""
    submitted = session.scalars(
        select(NodeComment.account_id)
        .where(NodeComment.node_id == node.id, NodeComment.transition == "submit")
        .order_by(NodeComment.id.desc())
    ).first()
    number = submitted or node.author_id
    account = None if number is None else session.get(Account, number)
    return [account] if account is not None and account.active else []


def address(registry: Registry, tenant: Tenant, node_id: int) -> str:
    """Return where a page stands in the back office, as a mail may say it."""
    request = get_current_request()
    if request is not None and hasattr(request, "tenant"):
        return str(request.route_url("admin.node", id=node_id, _app_url=origin(request)))
    return f"{mail_origin(registry, tenant)}/admin/nodes/{node_id}"
