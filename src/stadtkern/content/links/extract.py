"""What a node's stored contents refer to. Pure: no database, no request."""

import re
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from html import unescape
from typing import Any
from urllib.parse import unquote, urljoin

import colander

from stadtkern.content.types import BlockType, ContentType
from stadtkern.forms import fields as f
from stadtkern.tenants import normalise_host

# The sanitiser writes attributes in double quotes and nothing else.
HREF = re.compile(r'(<a\b[^>]*?\shref=")([^"]*)(")', re.IGNORECASE)
MEDIA = re.compile(r"/media/([0-9]{1,9})/")
MAX_TARGET = 2000
_WEB = re.compile(r"https?:", re.IGNORECASE)
_OTHER = re.compile(r"[a-z][a-z0-9+.-]*:", re.IGNORECASE)
_PLAIN = re.compile(
    r"#|mailto:|tel:|https?://(?![/\\])[^\\\x00-\x20]+\Z|/(?![/\\])[^\\\x00-\x20]*\Z", re.IGNORECASE
)
_IGNORED = dict.fromkeys(map(ord, "\t\r\n"))


@dataclass(frozen=True, order=True)
class Found:
    """One reference.

    ``block``: the block's id, empty for a field. ``kind``: "link" in text, "field" for an address
    on its own, "block" for a node chosen from a list. Either ``node_id`` or ``target`` is set.
    """

    block: str
    kind: str
    target: str = ""
    node_id: int | None = None


def found_in(
    kind: ContentType | None,
    block_types: Mapping[str, BlockType],
    body: Mapping[str, Any],
    body_version: int,
) -> list[Found]:
    """Return what a stored body refers to, each once, in a stable order.

    Addresses of other kinds (mail, telephone) among them. Fields and blocks of an unknown or
    disabled kind are not read: nobody sees them.
    """
    found: set[Found] = set()
    if kind is not None:
        fields = kind.fields(body_version, body.get("fields") or {})
        found |= set(_walk(kind.schema(), fields, ""))
    for block in body.get("blocks") or ():
        block_type = block_types.get(str(block.get("type")))
        if block_type is not None:
            data = block_type.data(block)
            number = str(block.get("id", ""))[:16]
            found |= {Found(number, "block", node_id=one) for one in block_type.referred(data)}
            found |= set(_walk(block_type.schema(), data, number))
    return sorted(found, key=lambda one: (one.block, one.kind, one.target, one.node_id or 0))


def _walk(schema: Any, values: Mapping[str, Any], block: str) -> Iterator[Found]:
    for node in schema.children:
        value = values.get(node.name)
        if value is None:
            continue
        # Blocks name their fields in ``references``; those of nodes say so themselves.
        if getattr(node, "refers", False) and isinstance(value, int):
            yield Found(block, "block", node_id=value)
        else:
            yield from _value(node, value, block)


def _value(node: Any, value: Any, block: str) -> Iterator[Found]:
    if isinstance(value, str):
        if is_address(node):
            yield Found(block, "field", value[:MAX_TARGET])
        else:
            for target in hrefs(value):
                yield Found(block, "link", target[:MAX_TARGET])
    elif isinstance(value, list | tuple) and node.children:
        for item in value:
            yield from _value(node.children[0], item, block)
    elif isinstance(value, Mapping) and node.children:
        yield from _walk(node, value, block)


def is_address(node: Any) -> bool:
    """Tell whether a schema's field holds an address (``validator=fields.address``)."""
    validator = getattr(node, "validator", None)
    if isinstance(validator, colander.All):
        return f.address in validator.validators
    return validator is f.address


def hrefs(html: str) -> list[str]:
    """Return the targets of all links in stored HTML."""
    return [unescape(match.group(2)).strip() for match in HREF.finditer(html)]


def goes_somewhere(target: str) -> bool:
    """Tell whether an address is a page: of this site, within the page, or of another site."""
    return target.startswith(("/", "#", "http://", "https://")) and len(target) > 1


def is_internal(target: str) -> bool:
    """Tell whether an address belongs to this site."""
    return target.startswith("/") and not target.startswith("//")


def on_site(target: str, page: str, hosts: Collection[str]) -> str | None:
    """Return an address of this site as a path with what follows it, or None if it is none.

    As browsers read it (URL Standard): relative addresses against ``page`` (a path), any of the
    site's ``hosts`` for this site, backslashes for slashes, dots and %-escapes resolved.
    """
    text = target.translate(_IGNORED).strip()
    web = _WEB.match(text)
    if web is None and (_OTHER.match(text) or text[:1] in {"", "#", "?"}):
        return None
    text = text[web.end() :] if web is not None else text
    cut = min((text.find(char) for char in "?#" if char in text), default=len(text))
    path, rest = text[:cut].replace("\\", "/"), text[cut:]
    if web is not None or path.startswith("//"):
        authority, _slash, path = path.lstrip("/").partition("/")
        if normalise_host(authority.rpartition("@")[2]) not in hosts:
            return None
        path = "/" + path
    path = unquote(path)
    # One slash in front at most: two would name a host.
    path = urljoin(page, "/" + path.lstrip("/") if path.startswith("/") else path)
    return split(path.replace("?", "%3F").replace("#", "%23"))[0] + rest


def is_plain(target: str) -> bool:
    """Tell whether an address means the same wherever it stands and whatever reads it.

    A path, a place within the page, a whole web address, a mail address or telephone number;
    not what is relative to the page, or written so that browsers guess.
    """
    return _PLAIN.match(target) is not None and "/./" not in target and "/../" not in target


def split(target: str) -> tuple[str, str]:
    """Return an internal address's path in one spelling and what follows it (``?…``, ``#…``)."""
    cut = min((target.find(char) for char in "?#" if char in target), default=len(target))
    path = "/" + "/".join(part for part in target[:cut].split("/") if part)
    return path, target[cut:]
