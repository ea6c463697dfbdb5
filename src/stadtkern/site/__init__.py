"""The public site: layout, menus, theme, legal pages, page cache."""

from pyramid.config import Configurator
from pyramid.viewderivers import INGRESS

from stadtkern.site import cache, frame, languages, misses, persons, repeated, sitemap, slots
from stadtkern.site.addresses import absolute
from stadtkern.site.calendars import written as calendar_of
from stadtkern.site.feeds import lasting_id, printable
from stadtkern.site.models import BarrierReport, MissedPath
from stadtkern.site.schemas import SiteSettings
from stadtkern.site.services import answered, open_reports, reopened, report_barrier
from stadtkern.site.structured import as_script, postal_address
from stadtkern.site.views.barrier import BarrierSchema
from stadtkern.site.views.content import page_number
from stadtkern.site.views.preview import drafted, drafted_new, render_draft, render_framed
from stadtkern.tenants import origin
from stadtkern.web.i18n import _

__all__ = [
    "BarrierReport",
    "BarrierSchema",
    "absolute",
    "answered",
    "as_script",
    "calendar_of",
    "directives",
    "drafted",
    "drafted_new",
    "includeme",
    "lasting_id",
    "misses",
    "open_reports",
    "origin",
    "page_number",
    "postal_address",
    "printable",
    "render_draft",
    "render_framed",
    "reopened",
    "report_barrier",
]


def directives(config: Configurator) -> None:
    """Offer ``add_slot`` and ``add_sitemap_source``."""
    slots.directives(config)
    sitemap.directives(config)


def includeme(config: Configurator) -> None:
    """Take over the public face."""
    config.add_settings_schema("site", SiteSettings, _("Site and legal pages"))
    config.add_request_method(frame.SiteFrame, "site", reify=True)
    config.add_request_method(slots.render_slot, "slot")
    config.registry["page_cache"] = cache.PageCache()
    config.registry["page_cache_aside"] = cache.PageCache(cache.MAX_ASIDE)
    config.registry["menus"] = frame.MenuCache()
    config.registry["repeated_parts"] = repeated.Parts()
    config.registry["route_paths"] = {}
    config.add_view_deriver(cache.page_cache_deriver, "page_cache", under=INGRESS)
    config.add_tween(
        "stadtkern.site.cache.page_cache_tween_factory",
        under="stadtkern.tenants.tween.tenant_tween_factory",
        over="pyramid_tm.tm_tween_factory",
    )
    config.add_route("theme", "/theme.css")
    config.add_route("legal.imprint", "/impressum")
    config.add_route("legal.privacy", "/datenschutz")
    config.add_route("legal.accessibility", "/barrierefreiheit")
    config.add_route("barrier", "/barriere-melden")
    config.add_town_data("barrier_report", BarrierReport, numbered=True)
    config.add_town_data("missed_path", MissedPath)
    languages.configure(config)
    misses.configure(config)
    persons.configure(config)
    for name in ("sitemap", "feeds", "calendars"):
        config.include(f"stadtkern.site.{name}")
    config.include("stadtkern.site.robots")
    config.include("stadtkern.site.views")
