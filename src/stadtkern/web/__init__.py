"""The ground floor of every page: templates, languages, headers, sessions, limits."""

from pyramid.config import Configurator
from pyramid.csrf import SessionCSRFStoragePolicy
from pyramid.tweens import INGRESS

from stadtkern.web import assets, egress, health, i18n, limits, machine, sessions, templating
from stadtkern.web.operations import Metrics

__all__ = ["directives", "includeme"]


def directives(config: Configurator) -> None:
    """Offer ``add_health_check``, ``add_locale_dir`` and the view option ``uses_session``."""
    health.directives(config)
    i18n.directives(config)


def includeme(config: Configurator) -> None:
    """Set up what each request passes on its way in and out."""
    config.registry["metrics"] = Metrics()
    config.include("pyramid_jinja2")
    templating.configure(config)
    assets.configure(config)
    i18n.configure(config)
    health.configure(config)
    limits.configure(config)
    egress.configure(config)
    sessions.configure(config)
    config.set_csrf_storage_policy(SessionCSRFStoragePolicy())
    config.set_default_csrf_options(
        require_csrf=True, callback=lambda request: not machine.is_machine(request)
    )
    config.add_tween("stadtkern.web.operations.operations_tween_factory", under=INGRESS)
