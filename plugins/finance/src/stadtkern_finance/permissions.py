"""What people may do with the finance interface."""

from enum import StrEnum


class FinancePermission(StrEnum):
    """Permissions of the finance interface."""

    READ = "finance.read"
    """See deliveries, records and their findings."""
    RELEASE = "finance.release"
    """Release what somebody else has checked, for sending."""
