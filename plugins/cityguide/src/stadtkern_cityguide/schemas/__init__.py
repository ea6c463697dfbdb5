"""What editors fill in for places, tours, categories and events, and what a town sets."""

from stadtkern_cityguide.schemas.categories import COLOURS, ICONS, CategorySchema
from stadtkern_cityguide.schemas.events import EventDetails
from stadtkern_cityguide.schemas.places import (
    ACCESS,
    KINDS,
    LANGUAGES,
    STEP_FREE,
    PlaceSchema,
    upgrade_place,
)
from stadtkern_cityguide.schemas.settings import CityGuideSettings
from stadtkern_cityguide.schemas.tours import MAX_STOPS, MODES, StopSchema, TourSchema
from stadtkern_cityguide.schemas.uploads import ConfirmSchema, UploadSchema

__all__ = [
    "ACCESS",
    "COLOURS",
    "ICONS",
    "KINDS",
    "LANGUAGES",
    "MAX_STOPS",
    "MODES",
    "STEP_FREE",
    "CategorySchema",
    "CityGuideSettings",
    "ConfirmSchema",
    "EventDetails",
    "PlaceSchema",
    "StopSchema",
    "TourSchema",
    "UploadSchema",
    "upgrade_place",
]
