"""The version, which every entry's recorder states."""

__version__ = "0.1.0"
