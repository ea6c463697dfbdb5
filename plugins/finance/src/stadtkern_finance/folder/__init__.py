"""A watched folder: finished files become deliveries and are moved to ``done`` or ``refused``."""
