"""Writes of the exchange room, by subject."""
