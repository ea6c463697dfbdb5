"""Stadtkern: a content-management platform for municipalities, built on Pyramid."""

import warnings

__version__ = "0.1.0"

# Pyramid 2.1 and deform still import pkg_resources; setuptools is pinned for them.
warnings.filterwarnings("ignore", "pkg_resources is deprecated as an API", UserWarning)
warnings.filterwarnings("ignore", "pkg_resources is deprecated as an API", DeprecationWarning)
