"""Reads news as it comes and turns it into articles: one reader per format.

`read` yields an `Article` or a `Reject` for everything it finds; `clean` takes page
furniture out of a text and tells what it cut; `detect` names a text's language.
"""

from engine.reading.cleaning.cleaner import clean
from engine.reading.inputs import read
from engine.reading.languages import detect

__all__ = ["clean", "detect", "read"]
