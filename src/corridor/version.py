"""The version of the package; saved answers record it."""

__version__ = "0.2.0"
