"""What all tests share, those of the core and those of the plugins."""

from hypothesis import HealthCheck, settings

pytest_plugins = ["stadtkern.testing.plugin"]

# How long an example takes says nothing of the code on a machine that does other things, too.
settings.register_profile(
    "stadtkern", deadline=None, suppress_health_check=[HealthCheck.too_slow], print_blob=True
)
settings.load_profile("stadtkern")
