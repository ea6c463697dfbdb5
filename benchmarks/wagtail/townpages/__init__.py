"""Pages of the Wagtail site."""
