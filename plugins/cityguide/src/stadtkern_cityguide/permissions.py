"""What people may do in the city guide."""

from enum import StrEnum


class CityGuidePermission(StrEnum):
    """Permissions of the city guide."""

    IMPORT = "cityguide.import"
    """Make tours from GPX files."""
    OFFER = "cityguide.offer"
    """Offer the town's tours to other towns, and withdraw them."""
    ADOPT = "cityguide.adopt"
    """Adopt tours of other towns as drafts, and take their changes over."""
    CODES = "cityguide.codes"
    """Make short codes, print their signs, withdraw them."""
    MESSAGE = "cityguide.message"
    """Send messages to devices that asked for them."""
    FEEDBACK = "cityguide.feedback"
    """Read what visitors say is wrong, and see to it."""
