"""Loading a town's files: settings, people, images, pages, plugins, routes.

Every node has a key; what is here under its key is left alone, so that loading twice changes
nothing and edits survive.
"""

import io
import re
from collections.abc import Iterator, Mapping, Sequence
from functools import partial
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import colander
import yaml
from pyramid.registry import Registry
from sqlalchemy import select
from sqlalchemy.orm import Session

from stadtkern.accounts import services as accounts
from stadtkern.accounts.passwords import hash_password
from stadtkern.accounts.queries import account_by_mail
from stadtkern.cli.demo.values import moment_of
from stadtkern.content import Content
from stadtkern.content.models import Node
from stadtkern.content.values import read_fields
from stadtkern.db import bind_tenant, utcnow, work
from stadtkern.media.errors import MediaRefused
from stadtkern.media.intake import store_file, store_image
from stadtkern.plugins import services as plugins
from stadtkern.plugins.events import DemoLoading
from stadtkern.tenants import Tenant, bump_generation, tenant_by_slug
from stadtkern.tenants import services as tenants
from stadtkern.tenants.events import TenantCreated
from stadtkern.tenants.models import TenantRow

KEY = re.compile(r"key:([a-z0-9-]+)")
MEDIA = frozenset({"image", "file", "audio", "video"})
REFERRING = frozenset({"image", "file", "office", "contact", "place"})
"""Fields that hold a node's id, when their whole value is a key."""
PEOPLE = (
    ("admin@demo.example", "Anna Amt", "administrator", True),
    ("editor@demo.example", "Emil Echo", "editor", False),
)


class DemoRefused(Exception):  # noqa: N818
    """The files do not make a town; the message says where."""


def load_town(registry: Registry, folder: Path, *, password: str | None) -> dict[str, Any]:
    """Load the town in ``folder`` in one transaction; return what was made."""
    town = yaml.safe_load((folder / "town.yaml").read_text("utf-8"))
    roots = yaml.safe_load((folder / "content.yaml").read_text("utf-8"))
    report = {"town": town["name"], "created": 0, "kept": 0}
    with work(registry["database"]) as session:
        tenant, fresh = _tenant(session, registry, town, folder)
        bind_tenant(session, tenant.id)
        if fresh:
            registry.notify(TenantCreated(session, tenant))
            _settings(session, registry, tenant, town)
            if password:
                _people(session, registry, password)
            for name in town.get("plugins", ()):
                installed = registry["plugins"].get(name)
                if installed is not None and installed.working:
                    plugins.enable(session, registry, tenant, name)
        _Loader(session, registry, tenant, folder, report).load(roots)
        appoint = partial(_appoint, session, registry)
        registry.notify(DemoLoading(session, registry, tenant.id, folder, town, appoint))
        bump_generation(session, registry["tenants"], tenant.id, "content")
    return report


def _tenant(
    session: Session, registry: Registry, town: Mapping[str, Any], folder: Path
) -> tuple[Tenant, bool]:
    row = session.scalars(select(TenantRow).where(TenantRow.slug == town["slug"])).first()
    if row is not None:
        return tenant_by_slug(session, town["slug"]), False
    row = tenants.add_tenant(
        session,
        slug=town["slug"],
        host=town["hosts"][0],
        name=town["name"],
        ags=str(town["ags"]),
        locales=tuple(town.get("locales", ("de",))),
    )
    for host in town["hosts"][1:]:
        tenants.add_alias(session, town["slug"], host)
    row.accent = town.get("accent", row.accent)
    row.demo = bool(town.get("demo", True))
    if town.get("arms"):
        data = (folder / town["arms"]).read_bytes()
        row.arms = store_image(registry["storage"], io.BytesIO(data), "arms.svg").sha
    session.flush()
    return tenant_by_slug(session, town["slug"]), True


def _settings(
    session: Session, registry: Registry, tenant: Tenant, town: Mapping[str, Any]
) -> None:
    schema = registry["settings_schemas"]["site"]()
    known = {node.name: node for node in schema.children}
    values = {
        name: known[name].deserialize(str(value))
        for name, value in town.get("site", {}).items()
        if name in known
    }
    plugins.save_settings(session, registry, tenant, "site", values)


def _people(session: Session, registry: Registry, password: str) -> None:
    for mail, name, role, operator in PEOPLE:
        account = accounts.ensure_account(session, mail, name)
        account.operator = operator
        account.password_hash = hash_password(password)
        accounts.set_roles(session, registry, account, [role])


def _appoint(session: Session, registry: Registry, mail: str, roles: Sequence[str]) -> None:
    account = account_by_mail(session, mail)
    if account is not None:
        accounts.set_roles(session, registry, account, roles)


class _Loader:
    """Makes nodes in two passes: all nodes first, then what refers to them by key."""

    def __init__(
        self,
        session: Session,
        registry: Registry,
        tenant: Tenant,
        folder: Path,
        report: dict[str, Any],
    ) -> None:
        self.session = session
        self.registry = registry
        self.tenant = tenant
        self.folder = folder
        self.report = report
        self.content = Content(registry, session, tenant, plugins=frozenset(registry["plugins"]))
        self.zone = ZoneInfo(tenant.timezone)
        self.made: list[tuple[Node, Mapping[str, Any]]] = []
        self.nodes: dict[str, Node] = {}

    def load(self, roots: list[dict[str, Any]]) -> None:
        """Load all languages."""
        groups: dict[str, str] = {}
        for root in roots:
            slug = root.get("slug", "")
            node = self.content.by_path(f"/{slug}" if slug else "/")
            if node is None:
                raise DemoRefused(f"The town has no language for {root['key']}.")
            if node.key is None:
                node.key = root["key"]
                node.title = root["title"]
                self.made.append((node, root))
            else:
                self.report["kept"] += 1
            self.nodes[root["key"]] = node
            groups[root["key"]] = str(node.translation_group)
            for child in root.get("children", ()):
                self._create(node, child, groups)
        # Media first: a page is not published while its picture still lacks its words.
        for node, entry in sorted(self.made, key=lambda item: item[0].type not in MEDIA):
            self._fill(node, entry)
        # All of them first: a page is published only when the pictures that it shows have words.
        for node, _entry in self.made:
            self.content.publish(node.id)
        self.session.flush()

    def _create(self, parent: Node, entry: dict[str, Any], groups: dict[str, str]) -> None:
        node = self.content.by_key(entry["key"])
        if node is None:
            if entry["type"] not in self.content.types:
                # Its plugin is not installed: what points there leads to the parent.
                self._skip(entry, parent)
                return
            group = groups.get(entry.get("translation_of", ""))
            node = self.content.create(
                parent,
                entry["type"],
                title=entry["title"],
                slug=entry.get("slug"),
                key=entry["key"],
                in_nav=entry.get("in_nav"),
                translation_group=group,
            )
            self.made.append((node, entry))
            self.report["created"] += 1
        else:
            self.report["kept"] += 1
        self.nodes[entry["key"]] = node
        groups[entry["key"]] = str(node.translation_group)
        for child in entry.get("children", ()):
            self._create(node, child, groups)

    def _skip(self, entry: Mapping[str, Any], parent: Node) -> None:
        self.nodes[entry["key"]] = parent
        for child in entry.get("children", ()):
            self._skip(child, parent)

    def _fill(self, node: Node, entry: Mapping[str, Any]) -> None:
        kind = self.content.kind(node.type)
        self.content.save(
            node.id,
            version=node.version,
            title=entry["title"],
            summary=entry.get("summary", ""),
            in_nav=node.in_nav,
            fields=self._fields(kind, entry),
            blocks=list(self._blocks(entry)),
        )

    def _fields(self, kind: Any, entry: Mapping[str, Any]) -> dict[str, Any]:
        given = self._resolve(dict(entry.get("fields", {})))
        if kind.name in {"image", "file"} and kind.name in given:
            path = self.folder / given.pop(kind.name)
            take = store_image if kind.name == "image" else store_file
            try:
                with path.open("rb") as stream:
                    given["stored"] = take(self.registry["storage"], stream, path.name).as_field()
            except MediaRefused as error:
                raise DemoRefused(f"{path.name}: {error}") from error
        for name in ("date", "starts", "ends"):
            if name in given:
                given[name] = moment_of(str(given[name]), utcnow().astimezone(self.zone))
        if "date" in given:
            given["date"] = given["date"][:10]
        typed = read_fields(kind, given, self.tenant.timezone)
        return {name: value for name, value in typed.items() if value is not None}

    def _blocks(self, entry: Mapping[str, Any]) -> Iterator[dict[str, Any]]:
        for number, block in enumerate(entry.get("blocks", ()), start=1):
            kind = self.content.block_types.get(block["type"])
            if kind is None:
                # Its plugin is not installed.
                continue
            data = self._resolve({key: value for key, value in block.items() if key != "type"})
            try:
                values = (
                    kind.schema()
                    .bind()
                    .deserialize({key: str(value) for key, value in data.items()})
                )
            except colander.Invalid as error:
                raise DemoRefused(f"{entry['key']}, block {number}: {error.asdict()}") from error
            yield {"id": f"{number:08x}", "type": block["type"], "data": values}

    def _resolve(self, value: Any) -> Any:
        """Replace ``key:…``: whole values of reference fields by ids, addresses by paths."""
        if isinstance(value, dict):
            return {
                name: self.nodes[inner[4:]].id
                if name in REFERRING and isinstance(inner, str) and inner.startswith("key:")
                else self._resolve(inner)
                for name, inner in value.items()
            }
        if isinstance(value, list):
            return [self._resolve(item) for item in value]
        if isinstance(value, str):
            return KEY.sub(self._path, value)
        return value

    def _path(self, match: re.Match[str]) -> str:
        node = self.nodes.get(match.group(1))
        if node is None:
            raise DemoRefused(f"Nothing has the key {match.group(1)}.")
        return node.path


__all__ = ["DemoRefused", "load_town"]
