"""What people may do in the city guide."""

from enum import StrEnum


class CityGuidePermission(StrEnum):
    """Permissions of the city guide."""

    IMPORT = "cityguide.import"
    """Make tours from GPX files."""
    CODES = "cityguide.codes"
    """Make short codes, print their signs, withdraw them."""
