"""Views of the back office, by subject."""

from pyramid.config import Configurator

SUBJECTS = (
    "login",
    "account",
    "factor",
    "logins",
    "tokens",
    "arrivals",
    "towns",
    "history",
    "dashboard",
    "tree",
    "page_files",
    "pages",
    "look",
    "copies",
    "nodes",
    "choose",
    "edit",
    "merge",
    "together",
    "translations",
    "workflow",
    "revisions",
    "preview",
    "trash",
    "blocks",
    "media",
    "plugins",
    "settings",
    "languages",
    "appearance",
    "people",
    "privacy",
    "jobs",
    "outbox",
    "reports",
    "submissions",
    "exchange",
    "redirects",
    "visits",
    "links",
    "search",
    "announcements",
    "subscriptions",
    "webhooks",
)


def includeme(config: Configurator) -> None:
    """Register all of them."""
    for subject in SUBJECTS:
        config.include(f"stadtkern.admin.views.{subject}")
