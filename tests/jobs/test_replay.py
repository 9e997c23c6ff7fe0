"""A replay is told of a base what its nights know."""

from dataclasses import replace

import engine
from engine.domain import EncoderSpec
from engine.same_event.pair_model import shipped_model, write_model
from engine.stories.partition import partition
from tests.jobs.night_cases import BRIDGE, line, write


def test_a_replay_takes_what_the_base_has_learnt(tmp_path):
    used = set()

    def look(window, judged, *, granularity, progress):
        used.add((judged.model.tail_days, granularity))
        return partition(window, judged, granularity=granularity, progress=progress)

    feed = write(tmp_path / "feed.jsonl", line("b1", f"{BRIDGE}.", 1))
    with engine.open(tmp_path / "base", clusterer=look) as base:
        base.layout.root.mkdir()
        write_model(replace(shipped_model(), tail_days=11.0), base.layout.pair_model, report={})
        base.layout.granularity.write_text('{"granularity": 2.5}')
        found = base.replay(feed, spec=EncoderSpec("hashing"))
    assert used == {(11.0, 2.5)}
    assert (found.n_articles, found.n_nights, found.ids_lost) == (1, 1, 0)
    assert found.to_dict()["nights"] == [night.to_dict() for night in found.nights]
