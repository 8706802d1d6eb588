"""The version of the package; answers that are written down name it."""

__version__ = "0.1.0"
