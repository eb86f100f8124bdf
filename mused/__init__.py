"""mused: speak, and it paints. An always-on, fully local voice assistant daemon."""

import logging

__version__ = "0.1.0"

# A library says nothing by itself; the daemon sets up its own logging.
logging.getLogger("mused").addHandler(logging.NullHandler())
