"""mused: speak, and it paints. An always-on, fully local voice assistant daemon."""

__version__ = "0.1.0"
