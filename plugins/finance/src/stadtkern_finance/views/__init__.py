"""Pages of the finance interface."""

from pyramid.config import Configurator

PAGES = (
    *("overview", "paper", "accounts", "cases", "people", "rates", "simulation", "runs"),
    *("reconciling", "batches", "receipts", "delivery", "profiles", "notices", "letterheads"),
    *("piles", "explained", "tables"),
)


def includeme(config: Configurator) -> None:
    """Register all of them."""
    for name in PAGES:
        config.include(f"stadtkern_finance.views.{name}")
