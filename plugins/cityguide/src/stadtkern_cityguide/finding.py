"""What the site's search finds of the guide beside its places and tours, which are nodes."""

from collections.abc import Iterator

from pyramid.config import Configurator
from pyramid.registry import Registry
from sqlalchemy.orm import Session

from stadtkern.search import Entry
from stadtkern.tenants import Tenant
from stadtkern.web.i18n import speaker
from stadtkern_cityguide.i18n import _


def entries(_session: Session, registry: Registry, tenant: Tenant) -> Iterator[Entry]:
    """Yield the overview in each of the town's languages."""
    for locale in tenant.locales:
        say = speaker(registry, locale)
        yield Entry(
            key="overview",
            title=say(_("City guide")),
            path="/guide" if locale == tenant.default_locale else f"/guide?lang={locale}",
            language=locale,
            summary=say(_("Places and tours in the town, as a list and on a map.")),
            names=say(_("sights, excursions, walks, hikes, town map")),
        )


def includeme(config: Configurator) -> None:
    """Let the overview be found."""
    config.add_search_source("cityguide", title=_("City guide"), entries=entries)
