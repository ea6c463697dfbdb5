"""What people may do with the interface for hires."""

from enum import StrEnum


class HrPermission(StrEnum):
    """Permissions of the interface for hires."""

    READ = "hr.read"
    """See cases of people who are about to be hired."""
    RELEASE = "hr.release"
    """Release a checked case to payroll and other systems."""
