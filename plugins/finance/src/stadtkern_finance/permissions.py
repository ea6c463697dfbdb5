"""What people may do with the finance interface."""

from enum import StrEnum


class FinancePermission(StrEnum):
    """Permissions of the finance interface."""

    READ = "finance.read"
    """See deliveries, records and their findings."""
    EDIT = "finance.edit"
    """Take deliveries in, mend and match records, propose them for release."""
    RELEASE = "finance.release"
    """Release what somebody else has checked, for sending."""
