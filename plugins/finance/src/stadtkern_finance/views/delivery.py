"""How batches reach the accounting system."""

import re
from typing import Any

import colander
from pyramid.config import Configurator
from pyramid.httpexceptions import HTTPFound
from pyramid.request import Request

from stadtkern.forms import Failure, Form, read_controls
from stadtkern.forms import fields as f
from stadtkern_finance.i18n import _
from stadtkern_finance.ledger import delivering
from stadtkern_finance.ledger.models import FOLDER, HTTPS, SFTP
from stadtkern_finance.permissions import FinancePermission
from stadtkern_finance.views.base import add_pages, say

HIGHEST_PORT = 65_535
LONGEST_SECRET = 8_000
_HOST_KEY = re.compile(r"SHA256:[A-Za-z0-9+/]{43}")
_HOST = re.compile(r"[A-Za-z0-9](?:[A-Za-z0-9.:-]*[A-Za-z0-9])?")
NEEDED = {SFTP: ("host", "user", "host_key"), HTTPS: ("url",)}


def _check_key(node: Any, value: str) -> None:
    if value and not _HOST_KEY.fullmatch(value):
        raise colander.Invalid(
            node, _("This is no such key. It begins with SHA256: and has 43 characters more.")
        )


def _check_host(node: Any, value: str) -> None:
    if value and not _HOST.fullmatch(value):
        raise colander.Invalid(node, _("Please enter a name such as sftp.example.org."))


def _check_url(node: Any, value: str) -> None:
    if value and not value.startswith("https://"):
        raise colander.Invalid(node, _("Please use an address that begins with https://."))


def _schema() -> colander.Schema:
    schema = colander.Schema(validator=_whole)
    for node in (
        f.choice(
            _("Way"),
            [
                ("", _("none: people download the files")),
                (FOLDER, _("folder of your operator")),
                (SFTP, _("SFTP server")),
                (HTTPS, _("web address (HTTPS)")),
            ],
            name="kind",
            required=False,
        ),
        f.line(_("SFTP server"), name="host", maximum=255, required=False, validator=_check_host),
        f.number(
            _("Port"), name="port", minimum=1, maximum=HIGHEST_PORT, required=False, default=22
        ),
        f.line(_("User name"), name="user", maximum=100, required=False),
        f.line(
            _("Folder on the server"),
            name="folder",
            maximum=300,
            required=False,
            description=_("Empty: where one is after logging in."),
        ),
        f.line(
            _("Key of the server"),
            name="host_key",
            maximum=60,
            required=False,
            validator=_check_key,
            description=_(
                "As ssh-keygen -lf prints it: SHA256: and 43 characters. Ask the server's "
                "operator; nothing is sent to a server with another key."
            ),
        ),
        f.line(_("Web address"), name="url", maximum=2000, required=False, validator=_check_url),
        f.text(
            _("Password, private key or token"),
            name="secret",
            maximum=LONGEST_SECRET,
            rows=4,
            required=False,
            description=_(
                "Stored encrypted and never shown. Leave it empty to keep the one that is stored."
            ),
        ),
    ):
        schema.add(node)
    return schema


def _whole(node: Any, values: dict[str, Any]) -> None:
    missing = [name for name in NEEDED.get(values.get("kind") or "", ()) if not values.get(name)]
    if missing:
        error = colander.Invalid(node)
        for name in missing:
            error[name] = _("This way needs it.")
        raise error


def page(request: Request) -> Any:
    """Show and change the way; the secret goes in and never comes out."""
    row = delivering.way(request.db)
    names = ("kind", "host", "port", "user", "folder", "host_key", "url")
    stored = {} if row is None else {name: getattr(row, name) for name in names}
    form = Form(request, _schema(), stored)
    shown = {
        "form": form,
        "row": row,
        "folder": delivering.folder_of(request.registry, request.tenant),
    }
    if request.method == "GET":
        return shown
    try:
        values = form.validate(read_controls(request))
    except Failure:
        request.response.status_int = 422
        return shown
    texts = {name: values.get(name) or "" for name in (*names, "secret") if name != "port"}
    kind = texts.pop("kind")
    port = int(values.get("port") or 22)
    delivering.choose(request.db, request.registry, kind, port=port, **texts)
    say(request, _("Saved."))
    return HTTPFound(location=request.route_path("finance.delivery"))


def includeme(config: Configurator) -> None:
    """Register the page."""
    config.add_route("finance.delivery", "/admin/finance/delivery")
    add_pages(
        config,
        (page, "finance.delivery", "GET", "delivery", FinancePermission.RELEASE),
        (page, "finance.delivery", "POST", "delivery", FinancePermission.RELEASE),
    )
