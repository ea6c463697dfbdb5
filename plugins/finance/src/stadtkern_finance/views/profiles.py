"""Profiles of booking files: a list, and a form that shows what it makes of made-up bookings."""

from collections.abc import Mapping
from typing import Any

import yaml
from pyramid.config import Configurator
from pyramid.httpexceptions import HTTPFound, HTTPNotFound
from pyramid.request import Request

from stadtkern_finance.bookings.profile import load_profile
from stadtkern_finance.bookings.samples import preview
from stadtkern_finance.i18n import _
from stadtkern_finance.ledger import profile_form, profiles, queries
from stadtkern_finance.permissions import FinancePermission
from stadtkern_finance.records.reading import BadInput
from stadtkern_finance.views.base import add_pages, said, say

SHOWN = 20_000
"""Characters of the sample."""


def overview(request: Request) -> dict[str, Any]:
    """List the profiles: the town's own, then those that come with the program."""
    own = queries.profiles(request.db)
    return {
        "own": [(row, load_profile(row.text)) for row in own],
        "shipped": [load_profile(text) for text in profiles.shipped().values()],
        "may_edit": FinancePermission.EDIT in request.permissions,
    }


def _stored(request: Request) -> tuple[str, int, dict[str, Any]]:
    """Return name, version (0: it came with the program) and data of the address's profile."""
    name = request.matchdict["name"]
    own = queries.profile(request.db, name)
    text = profiles.shipped().get(name) if own is None else own.text
    if text is None:
        raise HTTPNotFound
    return name, 0 if own is None else own.version, yaml.safe_load(text)


def _shown(
    request: Request,
    name: str,
    version: int,
    data: Mapping[str, Any],
    problems: list[str],
    new_name: str,
) -> dict[str, Any]:
    sample = None
    if not problems:
        try:
            made = preview(profile_form.text_of({**data, "name": new_name or name}))
            encoding = data.get("encoding", "utf-8")
            sample = made.name, made.data.decode(encoding, "replace")[:SHOWN]
        except BadInput as error:
            problems = said(request, error)
    return {
        "name": name,
        "new_name": new_name,
        "version": version,
        "data": data,
        "rows": profile_form.rows_of(data),
        "head": profile_form.head_of(data),
        "problems": problems,
        "sample": sample,
        "may_edit": FinancePermission.EDIT in request.permissions,
        **profile_form.choices(),
    }


def show(request: Request) -> dict[str, Any]:
    """Show a profile as a form, and its sample."""
    name, version, data = _stored(request)
    return _shown(request, name, version, data, [], "" if version else _suggested(request, name))


def _suggested(request: Request, name: str) -> str:
    base = f"{name.partition('-')[0]}-{request.tenant.slug}"[:50]
    return f"{base}-1"


def change(request: Request) -> Any:
    """Show the sample of what was typed, or store it as a new version."""
    name, version, before = _stored(request)
    new_name = name if version else str(request.POST.get("new_name", "")).strip()
    data = profile_form.data_of(request.POST, before, new_name)
    try:
        text = profile_form.checked(data, request.translate)
        preview(text)
        problems = _hindrances(request, name, version, new_name)
    except BadInput as error:
        problems = said(request, error)
    if problems or request.POST.get("do") != "save":
        request.response.status_int = 422 if problems else 200
        typed = "" if version else new_name
        return _shown(request, name, version, data, problems, typed)
    stored = profiles.store(request.db, new_name, text)
    facts = {"name": new_name, "version": stored.version}
    say(request, _("${name} is stored as version ${version}.", mapping=facts))
    return HTTPFound(location=request.route_path("finance.profile", name=new_name))


def _hindrances(request: Request, name: str, version: int, new_name: str) -> list[str]:
    """Return why it cannot be stored under its name."""
    if not version and profiles.text_of(request.db, new_name) is not None:
        told = _("There is a profile of this name. Please choose another name, such as csv-town-2.")
        return [request.translate(told)]
    if request.POST.get("version", "") != str(version):
        facts = {"name": name}
        told = _(
            "Somebody else has changed ${name} meanwhile. Open it once more; yours is shown below.",
            mapping=facts,
        )
        return [request.translate(told)]
    return []


def includeme(config: Configurator) -> None:
    """Register the pages."""
    place = "/admin/finance/profiles"
    config.add_route("finance.profiles", place)
    config.add_route("finance.profile", f"{place}/{{name:[A-Za-z0-9][A-Za-z0-9_.-]{{0,59}}}}")
    add_pages(
        config,
        (overview, "finance.profiles", "GET", "profiles", FinancePermission.READ),
        (show, "finance.profile", "GET", "profile", FinancePermission.READ),
        (change, "finance.profile", "POST", "profile", FinancePermission.EDIT),
    )
