"""What people may do in participation processes."""

from enum import StrEnum


class ParticipationPermission(StrEnum):
    """Permissions of participation."""

    MANAGE = "participation.manage"
    """Set up processes and their phases."""
    MODERATE = "participation.moderate"
    """Hide contributions, with a reason."""
