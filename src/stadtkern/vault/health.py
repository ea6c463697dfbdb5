"""Whether secrets can be opened."""

from pyramid.registry import Registry

from stadtkern.vault.keyring import NoMasterKey
from stadtkern.web.health import Health


def check(registry: Registry) -> Health:
    """Degraded without a master key: the site serves, second factors do not work."""
    try:
        registry["vault"].ring()
    except NoMasterKey:
        return Health("degraded", "no master key")
    return Health("ok")
