"""A town for tests: one tenant of a running application, and a browser's way to it."""

import secrets
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from datetime import UTC, date, datetime
from json import dumps as dump_json
from typing import Any

import webtest
from pyramid.interfaces import ISecurityPolicy
from pyramid.registry import Registry
from pyramid.request import Request
from pyramid.response import Response
from sqlalchemy import event

from stadtkern.accounts import services as accounts
from stadtkern.accounts import tokens
from stadtkern.accounts.models import Account, LoginTicket
from stadtkern.accounts.tickets import digest
from stadtkern.content import Content
from stadtkern.content.models import Node
from stadtkern.db import Database, TenantSession, bind_tenant, utcnow, work
from stadtkern.jobs import queries, schedules
from stadtkern.jobs.running import execute
from stadtkern.mail.models import MailMessage
from stadtkern.mail.services import outbox_rows
from stadtkern.plugins import services as plugins
from stadtkern.tenants import Tenant, tenant_by_slug
from stadtkern.tenants import services as tenants
from stadtkern.tenants.events import TenantCreated

PASSWORD = "Kastanie-Bahnsteig-Quarz-17"  # noqa: S105 - of people who do not exist
"""The password of every account that ``login`` and ``account`` make."""

FIELDS: dict[str, dict[str, Any]] = {
    "news": {"date": date(2026, 3, 1)},
    "event": {"starts": datetime(2099, 5, 1, 16, tzinfo=UTC)},
    "link": {"url": "/impressum"},
}
"""Fields that a type asks for, where a test does not care."""


class Town:
    """One municipality of an application under test.

    ``get``, ``post`` and the forms of their answers are webtest's; cookies are kept between
    requests as a browser keeps them.
    """

    def __init__(
        self, registry: Registry, wsgi: Any, password_hash: str, *, slug: str, host: str
    ) -> None:
        """Make the tenant.

        Args:
            password_hash: of ``PASSWORD``; hashing takes long, so it is done once per run.

        """
        self.registry = registry
        self.wsgi = wsgi
        self.database: Database = registry["database"]
        self.slug = slug
        self.host = host
        self._password_hash = password_hash
        with work(self.database) as session:
            tenants.add_tenant(session, slug=slug, host=host, name=slug.title(), ags="06439015")
            made = tenant_by_slug(session, slug)
            bind_tenant(session, made.id)
            registry.notify(TenantCreated(session, made))
        self.tenant_id = made.id
        self.browser = self._new_browser()

    def _new_browser(self) -> webtest.TestApp:
        return webtest.TestApp(self.wsgi, extra_environ={"HTTP_HOST": self.host})

    # Asking

    @property
    def tenant(self) -> Tenant:
        """Return the tenant as it is stored now."""
        with work(self.database, write=False) as session:
            return tenant_by_slug(session, self.slug)

    def get(self, path: str, *, status: int | str | None = None, **kw: Any) -> Any:
        """Ask for a page; without ``status`` an answer of 400 or above fails the test."""
        return self.browser.get(path, status=status, **kw)

    def head(self, path: str, *, status: int | str | None = None, **kw: Any) -> Any:
        """Ask for a page's headers."""
        return self.browser.head(path, status=status, **kw)

    def post(
        self,
        path: str,
        params: Any = "",
        *,
        csrf: bool = True,
        status: int | str | None = None,
        **kw: Any,
    ) -> Any:
        """Send a form; ``csrf`` adds the proof of origin that the page's own form would have."""
        if csrf:
            token = ("csrf_token", self.csrf_token())
            fields = params.items() if isinstance(params, Mapping) else params or ()
            params = [token, *fields]
        return self.browser.post(path, params, status=status, **kw)

    def csrf_token(self) -> str:
        """Return the browser's proof of origin, read from a form that everybody may open."""
        while True:
            page = self.browser.get("/barriere-melden")
            for form in page.forms.values():
                if "csrf_token" in form.fields:
                    return str(form["csrf_token"].value)

    def raw(self, path: str = "/", *, host: str | None = None, **environ: Any) -> Response:
        """Send a request that no browser would send, past webtest's checks, without cookies.

        ``environ`` goes into the WSGI environment as it is (``REQUEST_METHOD``,
        ``HTTP_X_FORWARDED_HOST``, ``PATH_INFO`` …).
        """
        request = Request.blank(path)
        request.environ["HTTP_HOST"] = self.host if host is None else host
        request.environ.update(environ)
        return request.get_response(self.wsgi)

    # People

    def account(self, *roles: str, mail: str | None = None, operator: bool = False) -> Account:
        """Return an account with these roles here; its password is ``PASSWORD``."""
        address = mail or f"{'-'.join(roles) or 'nobody'}@people.example"
        with self.session() as session:
            account = accounts.ensure_account(session, address)
            account.password_hash = self._password_hash
            account.operator = account.operator or operator
            if roles:
                accounts.set_roles(session, self.registry, account, roles)
            session.flush()
            session.expunge(account)
        return account

    def login(self, *roles: str, mail: str | None = None, operator: bool = False) -> Account:
        """Log somebody with these roles in, without the form; "operator" is a role here."""
        wanted = tuple(role for role in roles if role != "operator")
        account = self.account(*wanted, mail=mail, operator=operator or "operator" in roles)
        self.anonymous()
        self.browser.set_cookie(self.ticket_cookie, self.ticket(account))
        return account

    def ticket(self, account: Account, **columns: Any) -> str:
        """Issue a login ticket here and return its token; ``columns`` as in ``LoginTicket``."""
        token = secrets.token_urlsafe(32)
        with self.session() as session:
            values = {"tenant_id": self.tenant_id, "steps": ["password"]} | columns
            session.add(LoginTicket(token_hash=digest(token), account_id=account.id, **values))
        return token

    def token(
        self,
        account: Account | None = None,
        *scopes: str,
        roles: Iterable[str] = (),
        days: int = 30,
        node: Node | None = None,
    ) -> str:
        """Make an API token and return its secret; without ``scopes`` it has all that there are.

        Without ``account`` it is a service's with ``roles``, below ``node`` if one is given; an
        administrator answers for it.
        """
        maker = account or self.account("administrator", mail="technik@people.example")
        with self.session() as session:
            _token, secret = tokens.make_token(
                session,
                name="test",
                scopes=scopes or self.registry["token_scopes"],
                days=days,
                made_by=maker.id,
                account_id=None if account is None else account.id,
                roles=tuple(roles),
                node_id=None if node is None else node.id,
            )
        return secret

    def api(
        self,
        method: str,
        path: str,
        json: Any = None,
        *,
        token: str | None = None,
        status: int | str | None = None,
        **headers: str,
    ) -> Any:
        """Send a request to the API; ``path`` below ``/api/v1``, ``if_match="…"`` is a header.

        Texts of the answer are English unless ``accept_language`` says otherwise.
        """
        named = {name.replace("_", "-").title(): value for name, value in headers.items()}
        named.setdefault("Accept-Language", "en")
        if token is not None:
            named["Authorization"] = f"Bearer {token}"
        ask = getattr(self._new_browser(), method.lower())
        address = path if path.startswith("/api/") else f"/api/v1{path}"
        if json is None:
            return ask(address, headers=named, status=status)
        body = json if isinstance(json, bytes) else dump_json(json).encode()
        named.setdefault("Content-Type", "application/json")
        return ask(address, body, headers=named, status=status)

    @property
    def ticket_cookie(self) -> str:
        """Return the name of the cookie that holds the login ticket."""
        return str(self.registry.getUtility(ISecurityPolicy).cookie)

    def logout(self) -> Any:
        """Log out as the button does."""
        return self.post("/logout")

    def anonymous(self) -> None:
        """Forget all cookies, as a new browser window without history."""
        self.browser.reset()

    # What is stored

    @contextmanager
    def session(self, *, write: bool = True) -> Iterator[TenantSession]:
        """Open one unit of work bound to this tenant; it commits at the end."""
        with work(self.database, self.tenant_id, write=write) as session:
            yield session

    @contextmanager
    def content(self, *, actor: Account | None = None) -> Iterator[Content]:
        """Open one unit of work on the content tree."""
        with self.session() as session:
            yield self.content_in(session, actor=actor)

    def content_in(self, session: TenantSession, *, actor: Account | None = None) -> Content:
        """Return the content service over an open session."""
        return Content(
            self.registry,
            session,
            self.tenant,
            plugins=self.registry["plugin_states"].of_id(self.tenant_id, session).enabled,
            actor_id=None if actor is None else actor.id,
        )

    def node(self, path: str = "/") -> Node:
        """Return what is stored at an address; ``LookupError`` if there is nothing."""
        with self.session(write=False) as session:
            node = self.content_in(session).by_path(path)
            if node is None:
                raise LookupError(path)
            session.expunge(node)
        return node

    def add(
        self,
        type_name: str,
        title: str,
        *,
        parent: Node | str | None = None,
        published: bool = True,
        blocks: Iterable[Mapping[str, Any]] = (),
        **kw: Any,
    ) -> Node:
        """Add a node, published unless told otherwise; ``parent``: a node or its address."""
        place = self.node(parent or "/") if parent is None or isinstance(parent, str) else parent
        kw.setdefault("fields", FIELDS.get(type_name, {}))
        with self.content() as content:
            node = content.create(
                content.get(place.id), type_name, title=title, blocks=blocks, **kw
            )
            if published:
                content.publish(node.id)
            content.session.flush()
            content.session.expunge(node)
        return node

    def page(self, title: str, **kw: Any) -> Node:
        """Add a page; keywords as in ``add``."""
        return self.add("page", title, **kw)

    def mails(self) -> list[MailMessage]:
        """Return captured mails, newest first."""
        with self.session(write=False) as session:
            rows = outbox_rows(session)
            session.expunge_all()
        return rows

    # Jobs

    def run_jobs(self, *, failing: bool = False) -> int:
        """Run every job that is due, of all towns, to the end; return how many executions it took.

        What a job enqueues without delay runs too. An error of a handler is stored as in
        production and then raised here; with ``failing`` it is only stored.
        """
        count = 0
        while True:
            with work(self.database, write=False) as session:
                waiting = queries.due(session, utcnow())
            if not waiting:
                return count
            for job_id, run in waiting:
                outcome = execute(self.registry, job_id, run, executor="test")
                count += outcome.state is not None
                if outcome.error is not None and not failing:
                    raise outcome.error

    def run_schedule(self, name: str) -> int:
        """Fire a schedule now and run what it enqueues; return how many executions it took."""
        with work(self.database) as session:
            schedules.fire(session, self.registry, name)
        return self.run_jobs()

    # Plugins

    def enable(self, name: str) -> None:
        """Switch a plugin on, with what it requires."""
        with self.session() as session:
            plugins.enable(session, self.registry, self.tenant, name)

    def disable(self, name: str) -> None:
        """Switch a plugin off."""
        with self.session() as session:
            plugins.disable(session, self.registry, self.tenant, name)

    def configure(self, owner: str, **values: Any) -> None:
        """Save settings of a plugin or of a room with settings (``site``)."""
        with self.session() as session:
            plugins.save_settings(session, self.registry, self.tenant, owner, values)

    # Beside it

    @contextmanager
    def statements(self) -> Iterator[list[str]]:
        """Note every SQL statement, the tenant's ``set_config`` too; no BEGIN, no PRAGMA."""
        seen: list[str] = []

        def note(_conn: Any, _cursor: Any, statement: str, *_rest: Any) -> None:
            if not statement.startswith(("BEGIN", "PRAGMA")):
                seen.append(statement)

        engine = self.database.engine
        event.listen(engine, "before_cursor_execute", note)
        try:
            yield seen
        finally:
            event.remove(engine, "before_cursor_execute", note)

    def second_tenant(self, slug: str = "nachbar", host: str = "nachbar.example") -> "Town":
        """Return another municipality of the same application, with a browser of its own."""
        return Town(self.registry, self.wsgi, self._password_hash, slug=slug, host=host)
