"""Health: checks that rooms and plugins register, answered before anything else."""

from collections.abc import Callable
from dataclasses import asdict, dataclass

from pyramid.config import Configurator
from pyramid.registry import Registry

from stadtkern.db import is_migrated


@dataclass(frozen=True)
class Health:
    """One check's answer: ``ok``, ``degraded`` (serves, someone should look) or ``failed``."""

    status: str
    detail: str = ""


Check = Callable[[Registry], Health]


def add_health_check(config: Configurator, name: str, check: Check) -> None:
    """Have ``check(registry)`` asked by ``/health/ready``; ``failed`` takes us out of service.

    The detail is public: no values of a database, no paths.
    """

    def register() -> None:
        config.registry["health_checks"][name] = check

    intr = config.introspectable("health checks", name, name, "health check")
    intr["name"] = name
    config.action(("health check", name), register, introspectables=(intr,))


def directives(config: Configurator) -> None:
    """Offer ``add_health_check``."""
    config.registry["health_checks"] = {}
    config.add_directive("add_health_check", add_health_check)


def _database(registry: Registry) -> Health:
    """Reachable, and with the tables that this version needs."""
    if is_migrated(registry["database"]):
        return Health("ok")
    return Health("failed", "run `stadtkern db upgrade`")


def configure(config: Configurator) -> None:
    """Register the core's own check."""
    config.add_health_check("database", _database)


def readiness(registry: Registry) -> tuple[bool, dict[str, object]]:
    """Ask all checks; return whether we may serve, and every answer by name."""
    answers: dict[str, object] = {}
    worst = "ok"
    for name, check in sorted(registry["health_checks"].items()):
        try:
            health = check(registry)
        except Exception as error:  # noqa: BLE001 - a check that breaks is an answer too
            health = Health("failed", type(error).__name__)
        answers[name] = asdict(health)
        if health.status == "failed" or (health.status == "degraded" and worst == "ok"):
            worst = health.status
    return worst != "failed", {"status": worst, "checks": answers}
