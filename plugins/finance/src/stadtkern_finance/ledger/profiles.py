"""Which profiles a town has: those that come with the plugin, and its own."""

from collections.abc import Mapping
from functools import lru_cache
from importlib.resources import files

from sqlalchemy.orm import Session

from stadtkern_finance.bookings.profile import load_profile
from stadtkern_finance.ledger import queries
from stadtkern_finance.ledger.models import StoredProfile

FIRST = "csv-own-1"


@lru_cache(maxsize=1)
def shipped() -> Mapping[str, str]:
    """Return the YAML of the profiles that come with the plugin, by their names."""
    folder = files("stadtkern_finance.bookings") / "profiles"
    texts = [one.read_text("utf-8") for one in folder.iterdir() if one.name.endswith(".yaml")]
    return dict(sorted((load_profile(one).name, one) for one in texts))


def names(session: Session) -> list[str]:
    """Return the names of all profiles, the town's own first."""
    return list(dict.fromkeys([*(row.name for row in queries.profiles(session)), *shipped()]))


def store(session: Session, name: str, text: str) -> StoredProfile:
    """Store a checked profile as a new version, unless it is as the newest one; return that."""
    before = queries.profile(session, name)
    if before is not None and before.text == text:
        return before
    row = StoredProfile(name=name, version=1 if before is None else before.version + 1, text=text)
    session.add(row)
    session.flush()
    return row


def text_of(session: Session, name: str) -> str | None:
    """Return a profile's YAML."""
    own = queries.profile(session, name)
    return shipped().get(name) if own is None else own.text


def usual(session: Session) -> str:
    """Return the profile of the newest batch, where it still exists."""
    last = queries.last(session)
    return last.profile if last is not None and last.profile in names(session) else FIRST
