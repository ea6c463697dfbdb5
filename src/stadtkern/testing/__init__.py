"""What tests stand on, for the core and for whoever writes a plugin.

`stadtkern.testing.postgres` runs a private PostgreSQL server, `stadtkern.testing.chromium` finds
the browser that tests drive.
"""
