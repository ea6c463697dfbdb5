"""Where a town's ELSTER-Transfer stands and how it answers, out of the operators' file.

No description of the interface was at hand: every path and every name of a field is a setting, and
the defaults are what a public third-party client shows.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import yaml

LARGEST = 1_000_000
"""Bytes of the file."""
PATHS = {
    "list": "/rest/eingang/antworten?nach={after}&anzahl={limit}",
    "fetch": "/rest/eingang/antworten/{id}",
    "confirm": "/rest/eingang/antworten/{id}/bestaetigung",
    "upload": "/rest/bereitstellungsauftrag/file-upload?VorgangId={id}&dateiname={name}",
    "order": "/rest/bereitstellungsauftrag/v3",
    "status": "/rest/bereitstellungsauftrag/v3/{id}",
}
METHODS = {"upload": "PUT", "order": "PUT"}
STATES: Mapping[str, tuple[str, ...]] = {
    "waiting": ("ANGENOMMEN", "IN_BEARBEITUNG"),
    "provided": ("BEREITGESTELLT", "ABGERUFEN"),
    "refused": ("ABGELEHNT", "FEHLER"),
}
"""The other side's words by what they mean to us."""
FIELDS = {
    "recipient": "steuernummer",
    "status": "status",
    "provided_on": "bereitgestelltAm",
    "items": "antworten",
    "id": "VorgangId",
    "kind": "datenart",
    "name": "dateiname",
    "size": "groesse",
    "sha256": "sha256",
}


class PortRefused(Exception):  # noqa: N818 - the word that operators read
    """The operators' file does not fit; the text says which town, which key and why."""


@dataclass(frozen=True)
class Port:
    """One town's ELSTER-Transfer.

    ``certificate``: PEM file with our certificate and its key. ``page``: entries asked for at once
    (1 to 1,000). ``kinds``: the Datenarten that are fetched; others stay where they are.
    ``seconds``: for one call.
    """

    url: str
    certificate: str | None = None
    page: int = 1_000
    seconds: int = 120
    largest_mb: int = 1_000
    kinds: tuple[str, ...] = ("GMBX", "GMBAX", "GEWXX", "SV")
    confirm_method: str = "POST"
    paths: Mapping[str, str] = field(default_factory=lambda: dict(PATHS))
    names: Mapping[str, str] = field(default_factory=lambda: dict(FIELDS))
    provide: bool = False
    """Whether notices may be handed over, too."""
    methods: Mapping[str, str] = field(default_factory=lambda: dict(METHODS))
    states: Mapping[str, tuple[str, ...]] = field(default_factory=lambda: dict(STATES))


def ports(path: Path) -> dict[str, Port]:
    """Return the towns' ports by their short names; ``PortRefused`` for what does not fit."""
    try:
        data = path.read_bytes()
    except OSError as error:
        raise PortRefused("The file of finance.transfer cannot be read.") from error
    if len(data) > LARGEST:
        raise PortRefused("The file of finance.transfer is larger than 1 MB.")
    try:
        read = yaml.safe_load(data)
    except yaml.YAMLError as error:
        raise PortRefused("The file of finance.transfer is no YAML.") from error
    towns = read.get("towns") if isinstance(read, dict) and set(read) == {"towns"} else None
    if not isinstance(towns, dict):
        raise PortRefused("The file of finance.transfer must hold “towns:” and nothing else.")
    return {str(slug): _port(str(slug), entry) for slug, entry in towns.items()}


def _port(slug: str, entry: Any) -> Port:
    if not isinstance(entry, dict):
        raise PortRefused(f"{slug}: settings are missing.")
    unknown = sorted(set(map(str, entry)) - {one.name for one in fields(Port)})
    if unknown:
        raise PortRefused(f"{slug}: unknown settings: {', '.join(unknown)}.")
    values = dict(entry)
    if urlsplit(str(values.get("url", ""))).scheme not in {"http", "https"}:
        raise PortRefused(f"{slug}: url must begin with https:// (or http:// within the machine).")
    for name, lowest, highest in (
        ("page", 1, 1_000),
        ("seconds", 1, 3_600),
        ("largest_mb", 1, 10_000),
    ):
        number = values.get(name, lowest)
        if type(number) is not int or not lowest <= number <= highest:
            raise PortRefused(f"{slug}: {name} must be a number from {lowest} to {highest}.")
    if values.get("confirm_method", "POST") not in {"POST", "PUT", "DELETE"}:
        raise PortRefused(f"{slug}: confirm_method must be POST, PUT or DELETE.")
    values["url"] = str(values["url"]).rstrip("/")
    values["kinds"] = _texts(slug, "kinds", values.get("kinds", list(Port.kinds)))
    values["paths"] = _named(slug, "paths", values.get("paths", {}), PATHS)
    values["names"] = _named(slug, "names", values.get("names", {}), FIELDS)
    values |= _outbound(slug, values)
    for name, wanted in (
        *(("fetch", "{id}"), ("confirm", "{id}"), ("list", "{after}")),
        *(("upload", "{id}"), ("status", "{id}"), ("order", "")),
    ):
        if wanted not in values["paths"][name] or not values["paths"][name].startswith("/"):
            raise PortRefused(f"{slug}: paths.{name} must begin with / and hold {wanted}.")
    return Port(**values)


def _outbound(slug: str, values: dict[str, Any]) -> dict[str, Any]:
    """Return the checked settings of what goes out."""
    if type(values.get("provide", False)) is not bool:
        raise PortRefused(f"{slug}: provide must be true or false.")
    methods = _named(slug, "methods", values.get("methods", {}), METHODS)
    if not set(methods.values()) <= {"POST", "PUT"}:
        raise PortRefused(f"{slug}: methods must be POST or PUT.")
    states = values.get("states", {})
    if not isinstance(states, dict) or not set(states) <= set(STATES):
        raise PortRefused(f"{slug}: states may hold {', '.join(STATES)}, each a list of texts.")
    given = {name: _texts(slug, f"states.{name}", words) for name, words in states.items()}
    return {"methods": methods, "states": {**STATES, **given}}


def _texts(slug: str, name: str, given: Any) -> tuple[str, ...]:
    if not isinstance(given, list) or not all(isinstance(one, str) for one in given):
        raise PortRefused(f"{slug}: {name} must be a list of texts.")
    return tuple(given)


def _named(slug: str, name: str, given: Any, known: Mapping[str, str]) -> dict[str, str]:
    fits = isinstance(given, dict) and set(given) <= set(known)
    if not fits or not all(isinstance(one, str) for one in given.values()):
        raise PortRefused(f"{slug}: {name} may hold {', '.join(known)}, each a text.")
    return {**known, **given}
