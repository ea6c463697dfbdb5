"""Built files of the front end: hashed names, served immutable, gzipped beforehand."""

import json
from pathlib import Path
from typing import Any

from pyramid.config import Configurator
from pyramid.path import AssetResolver
from pyramid.request import Request

YEAR = 31_536_000
"""Seconds; file names change with their content, so browsers may keep them."""


class Assets:
    """Finds the hashed name of ``package:file`` in the manifest that the build wrote."""

    def __init__(self) -> None:
        self._manifests: dict[str, dict[str, Any]] = {}

    def file(self, package: str, name: str) -> str | None:
        """Return the built file's name, or None where the front end is not built."""
        manifest = self._manifests.get(package)
        if manifest is None:
            path = Path(AssetResolver().resolve(f"{package}:static/dist/manifest.json").abspath())
            manifest = json.loads(path.read_text("utf-8")) if path.is_file() else {}
            self._manifests[package] = manifest
        entry = manifest.get(name)
        return None if entry is None else str(entry["file"])


def asset_path(request: Request, spec: str) -> str:
    """Return the address of a built file, e.g. ``stadtkern.web:site.css``.

    A plugin's package works alike: its folder ``static/dist`` is served below its name.
    """
    package, _, name = spec.partition(":")
    found = request.registry["assets"].file(package, name) or name
    return f"/static/{package}/{found}"


def add_asset_package(config: Configurator, package: str) -> None:
    """Serve a package's ``static/dist`` (built files) at ``/static/<package>/``."""
    config.add_static_view(
        f"static/{package}",
        f"{package}:static/dist",
        cache_max_age=YEAR,
        content_encodings=["gzip"],
    )


def configure(config: Configurator) -> None:
    """Serve the core's built files."""
    config.registry["assets"] = Assets()
    config.add_request_method(asset_path, "asset")
    config.add_directive("add_asset_package", add_asset_package)
    config.add_asset_package("stadtkern.web")
