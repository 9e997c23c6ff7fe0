"""How values become JSON."""

from __future__ import annotations

import json

from starlette.responses import JSONResponse


class Json(JSONResponse):
    """JSON in UTF-8, also of text with half a surrogate pair, which stays an escape."""

    def render(self, content: object) -> bytes:
        """Return the bytes of `content`."""
        line = json.dumps(content, ensure_ascii=False, allow_nan=False, separators=(",", ":"))
        return line.encode("utf-8", "backslashreplace")
