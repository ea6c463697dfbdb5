"""The SQL of these screens; the number of statements does not grow with places and tours."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from pyramid.request import Request
from sqlalchemy import ColumnElement, and_, exists, false, func, not_, or_, select, true
from sqlalchemy.orm import Session, aliased

from stadtkern.content import Node, Reference, scope
from stadtkern.content.links import LinkCheck
from stadtkern.content.queries import LIGHT
from stadtkern_cityguide.models import Origin, Point

PAGE_SIZE = 50
MAX_PLACES = 20_000
"""Places that are looked through for what is there twice."""

MAX_TOURS = 1_000
"""Tours whose stops are looked at."""

FAILURES = 3
"""Looks that must fail one after another before a link elsewhere counts as broken, as in the core's
report."""

_Target = aliased(Node)
_Other = aliased(Node)
_BASE = and_(Node.deleted_at.is_(None), Node.type.in_(("place", "tour")))
_FIELDS = Node.body["fields"]


def _refers(condition: ColumnElement[bool]) -> ColumnElement[bool]:
    """Return the condition that a page shows something for which ``condition`` holds."""
    return exists(
        select(Reference.id)
        .join(_Target, _Target.id == Reference.target_id)
        .where(Reference.source_id == Node.id, _Target.deleted_at.is_(None), condition)
    )


def _empty(value: Any) -> ColumnElement[bool]:
    return or_(value.is_(None), value == "")


def _said(field: str) -> Any:
    return _Target.body["fields"][field].as_string()


_UNSAID = _said("alt"), _said("transcript")
_BROKEN = exists(
    select(Reference.id)
    .outerjoin(_Target, _Target.id == Reference.target_id)
    .where(
        Reference.source_id == Node.id,
        or_(
            and_(Reference.target_id.is_(None), func.substr(Reference.target, 1, 1) == "/"),
            _Target.deleted_at.is_not(None),
            _Target.state != "published",
            exists(
                select(LinkCheck.id).where(
                    LinkCheck.url == Reference.target,
                    LinkCheck.failures >= FAILURES,
                    LinkCheck.ignored.is_(False),
                )
            ),
        ),
    )
)


def _flagged(field: str) -> ColumnElement[bool]:
    """Return whether a box of what is shown is ticked (decoration, nothing is said)."""
    return func.coalesce(_Target.body["fields"][field].as_boolean(), false()).is_(true())


CONDITIONS: dict[str, ColumnElement[bool]] = {
    "picture": not_(_refers(_Target.type == "image")),
    "alt": _refers(and_(_Target.type == "image", _empty(_UNSAID[0]), not_(_flagged("decorative")))),
    "transcript": _refers(
        and_(_Target.type.in_(("audio", "video")), _empty(_UNSAID[1]), not_(_flagged("silent")))
    ),
    "licence": _empty(_FIELDS["licence"].as_string()),
    "hours": and_(
        Node.type == "place",
        exists(select(Point.node_id).where(Point.node_id == Node.id, Point.hours == "")),
        _empty(_FIELDS["hours_note"].as_string()),
    ),
    "links": _BROKEN,
    "news": exists(select(Origin.node_id).where(Origin.node_id == Node.id, Origin.fresh > 0)),
}
"""What a place or tour may lack, by the name in the link."""


def untranslated(default: str, language: str) -> ColumnElement[bool]:
    """Return the condition that a page of the first language is not there in another one."""
    return and_(
        Node.language == default,
        not_(
            exists(
                select(_Other.id).where(
                    _Other.tenant_id == Node.tenant_id,
                    _Other.translation_group == Node.translation_group,
                    _Other.language == language,
                    _Other.deleted_at.is_(None),
                )
            )
        ),
    )


def counts(request: Request, conditions: dict[str, ColumnElement[bool]]) -> dict[str, int]:
    """Return how many places and tours lack each; one statement."""
    view = scope.office_view(request)
    row = request.db.execute(
        select(
            *(
                select(func.count())
                .select_from(Node)
                .where(_BASE, view, condition)
                .scalar_subquery()
                .label(f"c{number}")
                for number, condition in enumerate(conditions.values())
            )
        )
    ).one()
    return dict(zip(conditions, row, strict=True))


def lacking(request: Request, condition: ColumnElement[bool], page: int) -> Sequence[Any]:
    """Return one page of those that lack something, the total in each row."""
    return (
        request.db.execute(
            select(*LIGHT, func.count().over().label("total"))
            .where(_BASE, scope.office_view(request), condition)
            .order_by(Node.path, Node.id)
            .limit(PAGE_SIZE)
            .offset((page - 1) * PAGE_SIZE)
        )
    ).all()


def tours(request: Request) -> Sequence[Any]:
    """Return tours with their bodies."""
    return request.db.execute(
        select(*LIGHT, Node.body)
        .where(Node.deleted_at.is_(None), Node.type == "tour", scope.office_view(request))
        .order_by(Node.path, Node.id)
        .limit(MAX_TOURS)
    ).all()


def placed(request: Request) -> Sequence[Any]:
    """Return all places with their points and the numbers that sources gave them."""
    return request.db.execute(
        select(
            *LIGHT,
            Node.translation_group,
            Point.lat,
            Point.lon,
            _FIELDS["source"].as_string().label("source"),
            _FIELDS["source_id"].as_string().label("source_id"),
        )
        .join(Point, Point.node_id == Node.id)
        .where(Node.deleted_at.is_(None), Node.type == "place", scope.office_view(request))
        .order_by(Node.id)
        .limit(MAX_PLACES)
    ).all()


def origin(session: Session, node_id: int) -> Origin | None:
    """Return where an import had a node from."""
    return session.scalars(select(Origin).where(Origin.node_id == node_id)).first()
