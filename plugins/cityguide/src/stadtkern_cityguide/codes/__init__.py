"""Short codes at places and stops: on printed sheets, to be scanned or typed."""

from stadtkern_cityguide.codes.alphabet import normalised
from stadtkern_cityguide.codes.services import Item, Making, items_of, make, withdraw

__all__ = ["Item", "Making", "items_of", "make", "normalised", "withdraw"]
