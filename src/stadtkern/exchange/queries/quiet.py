"""How bulk changes run: no mapped row is loaded for them."""

QUIET = {"synchronize_session": False}
