"""What stands around every server: the border, the gate and compression."""

from __future__ import annotations

from starlette.applications import Starlette
from starlette.middleware.gzip import GZipMiddleware

from engine.serve.border import Border
from engine.serve.limits import Gate
from engine.serve.measures import Measures
from engine.serve.settings import Listening

COMPRESSION = 4
"""Of gzip. A list of 2.8 MB takes 39 ms and becomes 495 KB; at 9, which is Starlette's own, it
takes 229 ms and becomes 444 KB."""

LEAST_COMPRESSED = 1_000
"""Bytes from which an answer is compressed: smaller ones fit one packet."""


def surround(app: Starlette, settings: Listening, measures: Measures) -> None:
    """Put around an application what stands around every server.

    Parameters
    ----------
    app
        Answers requests.
    settings
        What is turned away before it does.
    measures
        Counts requests.
    """
    app.state.measures = measures
    # The last one that is added stands outermost.
    app.add_middleware(GZipMiddleware, minimum_size=LEAST_COMPRESSED, compresslevel=COMPRESSION)
    app.add_middleware(Gate, limits=settings.limits, names=settings.host_names)
    app.add_middleware(Border, measures=measures)
