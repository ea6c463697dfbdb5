"""What can be told: ``add_webhook_event``."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from pyramid.config import Configurator
from pyramid.exceptions import ConfigurationError
from pyramid.registry import Registry

from stadtkern.plugins import owner_of

MAX_NAME = 60
MAX_TEXT = 1_000
_NAME = re.compile(r"[a-z][a-z0-9_]*(\.[a-z][a-z0-9_]*)+")
_KEY = re.compile(r"[a-z][a-z0-9_]*")

Data = Mapping[str, int | str | bool | None]


@dataclass(frozen=True)
class WebhookEvent:
    """One kind of event. ``example``: its data as a receiver may get it; the keys are binding."""

    name: str
    title: str
    example: Data
    owner: str | None

    def check(self, data: Mapping[str, Any]) -> None:
        """Refuse (``ValueError``) data with other keys than the example's, or with more in it."""
        if data.keys() != self.example.keys():
            raise ValueError(f"{self.name}: the data are {', '.join(self.example)}, no others")
        for key, value in data.items():
            if value is not None and not isinstance(value, int | str):
                raise ValueError(f"{self.name}: {key} must be a whole number or a short text")
            if isinstance(value, str) and len(value) > MAX_TEXT:
                raise ValueError(f"{self.name}: {key} is longer than {MAX_TEXT} characters")


def kinds(registry: Registry) -> dict[str, WebhookEvent]:
    """Return all kinds of events of this application by name."""
    found: dict[str, WebhookEvent] = registry["webhook_events"]
    return found


def events_of(registry: Registry, enabled: frozenset[str]) -> list[WebhookEvent]:
    """Return the kinds that a town with these plugins can choose from, by name."""
    found = (kind for _name, kind in sorted(kinds(registry).items()))
    return [kind for kind in found if kind.owner is None or kind.owner in enabled]


def add_webhook_event(config: Configurator, name: str, *, title: str, example: Data) -> None:
    """Name an event that other systems can subscribe to: ``add_webhook_event("node.moved", …)``.

    Args:
        name: words with dots between; a plugin's begins with the plugin's name.
        title: what administrators read, such as ``_("A page was moved")``.
        example: the message's data: whole numbers, short texts, booleans, None. Ids, types,
            addresses and times only: whoever receives it asks the API for the rest.

    It is told by ``stadtkern.notify.emitting.emit``; of a plugin that is switched off nothing is.

    """
    owner = owner_of(config)
    if not _NAME.fullmatch(name) or len(name) > MAX_NAME:
        raise ConfigurationError(
            f"“{name}” cannot name an event: lower-case words with dots between, such as "
            "“node.published”."
        )
    if owner is not None and not name.startswith(f"{owner}."):
        raise ConfigurationError(f"Event {name}: events of this plugin begin with “{owner}.”.")
    kind = WebhookEvent(name, title, dict(example), owner)
    if not all(_KEY.fullmatch(key) for key in example):
        raise ConfigurationError(f"Event {name}: keys are lower-case words.")
    try:
        kind.check(example)
    except ValueError as error:
        raise ConfigurationError(str(error)) from error

    def register() -> None:
        kinds(config.registry)[name] = kind

    intr = config.introspectable("webhook events", name, str(title), "webhook event")
    intr.update(name=name, title=title, example=dict(example))
    config.action(("webhook event", name), register, introspectables=(intr,))


def directives(config: Configurator) -> None:
    """Offer the directive."""
    config.registry["webhook_events"] = {}
    config.add_directive("add_webhook_event", add_webhook_event)
