"""Which of some pages fit a search: for those who have stored one and want to hear of news."""

from collections.abc import Collection

from pyramid.registry import Registry
from sqlalchemy.orm import Session

from stadtkern.search import parse, queries
from stadtkern.search.backends import backend_of
from stadtkern.search.towns import town_with
from stadtkern.tenants import Tenant


def fitting(
    session: Session,
    registry: Registry,
    tenant: Tenant,
    text: str,
    *,
    language: str,
    nodes: Collection[int],
    kind: str = "",
) -> set[int]:
    """Return those of ``nodes`` that have all the words, as ``find`` reads them; one statement.

    Only pages in ``language`` that everybody may see, of ``kind`` if one is given. Nothing for a
    text without words. Unlike ``find``, it never makes do with some of the words, or with others.
    """
    state = registry["plugin_states"].of_id(tenant.id, session)
    query = parse.parse(text, town_with(tenant, state.settings("search"), language))
    if not query or not nodes:
        return set()
    wanted = backend_of(session).asked(tenant.id, query)["wanted"]
    return queries.among(session, tenant.id, wanted, nodes=nodes, language=language, kind=kind)
