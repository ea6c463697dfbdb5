"""What may be done; roles say by whom."""

from enum import StrEnum


class Permission(StrEnum):
    """Permissions of the core."""

    VIEW = "view"
    """See published content; everybody may."""
    OFFICE = "office"
    """Enter the back office."""
    VIEW_DRAFTS = "content.view_drafts"
    ADD = "content.add"
    EDIT = "content.edit"
    EDIT_OWN = "content.edit_own"
    """Edit and delete drafts of one's own."""
    SUBMIT = "content.submit"
    """Ask reviewers to publish, and take the question back."""
    REVIEW = "content.review"
    """Publish or return what was submitted."""
    PUBLISH = "content.publish"
    DELETE = "content.delete"
    MOVE = "content.move"
    REPORTS = "site.reports"
    """Read and answer reports on barriers."""
    SETTINGS = "site.settings"
    PLUGINS = "plugins.manage"
    PEOPLE = "accounts.manage"
    OPERATE = "operate"
    """Tracebacks of plugins, the outbox of captured mail: the operator's eyes only."""
