"""Pages of the finance interface."""
