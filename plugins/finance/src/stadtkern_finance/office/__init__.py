"""Pages of the treasury's people in the back office."""
