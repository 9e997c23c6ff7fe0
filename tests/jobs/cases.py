"""A small base with two stories, embedded by hashing."""

import json

from engine.domain import EncoderSpec

HASHING = EncoderSpec("hashing")

BRIDGE = "The old stone bridge over the river Elm collapsed on Monday after heavy rain."
ROBBERY = "Three masked robbers took gold coins from the museum of Oldtown at night."


def line(id_, text, **fields):
    fields = {"published_at": "2023-05-10T12:00:00Z", "language": "en", "source": "Daily"} | fields
    return json.dumps({"id": id_, "title": text.split(",")[0], "text": text} | fields)
