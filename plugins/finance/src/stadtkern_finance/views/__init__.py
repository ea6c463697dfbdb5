"""Pages of the finance interface in the back office."""
