"""Where the texts of a story come from, and how many voices that makes."""

import random
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from functools import partial

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.domain import Article, Origin, OriginKind, Rows, Story
from engine.origins.families import Families
from engine.origins.texts import Texts
from engine.origins.tracing import Printed, trace
from engine.origins.voices import FromAgency, independence, learnt_owners, story_voices
from engine.same_event.copies import LEAST_SHARED, triples_of
from engine.same_event.readings import Readings
from engine.same_event.triples import FEWEST_TRIPLES
from engine.same_event.window import article_window
from engine.workers.local import LocalExecutor

NOON = datetime(2026, 5, 9, 12, tzinfo=UTC)
REPORT = " ".join(f"word{number}" for number in range(120))
OWN = " ".join(f"other{number}" for number in range(120))
NOBODY = Families({})
read_here = partial(Texts.by, LocalExecutor())


def article(id_: str, body: str = REPORT, source: str = "", hours: float = 0.0) -> Article:
    when = NOON + timedelta(hours=hours)
    return Article(id_, f"Title of {id_}", body, "en", source or id_, "", when, when)


def traced(stories: list[list[Article]], texts: Texts | None = None) -> list[list[Origin]]:
    every = [one for told in stories for one in told]
    return trace([list(map(Printed.of, told)) for told in stories], texts or read_here(every))


def story(articles: list[Article]) -> Story:
    return Story(
        id="s-1", article_ids=tuple(one.id for one in articles), headline="", languages=("en",),
        sources=tuple({one.source for one in articles}), started=None, ended=None, cohesion=1.0,
        keywords=(), strengths=(1.0,) * len(articles), origins=tuple(traced([articles])[0]),
    )  # fmt: skip


def kinds(articles: list[Article]) -> list[tuple[OriginKind, str]]:
    return [(origin.kind, origin.of) for origin in traced([articles])[0]]


def test_a_shortened_and_an_extended_text_are_edited_copies():
    half = " ".join(REPORT.split()[:70])
    told = [article("a"), article("b", half), article("c", f"{REPORT} {OWN}"), article("d", OWN)]
    assert kinds(told) == [
        (OriginKind.ORIGINAL, ""),
        (OriginKind.EDITED, "a"),
        (OriginKind.EDITED, "a"),
        (OriginKind.ORIGINAL, ""),
    ]


def test_the_same_words_under_another_headline_are_a_copy():
    assert kinds([article("a"), article("b")])[1] == (OriginKind.COPY, "a")


def test_short_texts_are_copies_only_word_for_word():
    few = "Two trams collided in the harbour district this morning."
    first, same = article("a", few), replace(article("b", few), title="Title of a")
    assert kinds([first, same])[1] == (OriginKind.COPY, "a")
    assert kinds([first, article("c", few)])[1] == (OriginKind.ORIGINAL, "")


def test_an_outlet_repeats_itself_and_follows_up():
    told = [article("a", source="Post"), article("b", source="Post"), article("c", OWN, "Post")]
    assert kinds(told)[1:] == [(OriginKind.VERSION, "a"), (OriginKind.FOLLOW_UP, "b")]


def test_a_credit_holds_for_all_who_print_the_text():
    told = [article("a"), article("b", f"{REPORT}\n(Reuters)"), article("c")]
    (found,) = traced([told])
    assert [origin.agency for origin in found] == ["Reuters"] * 3
    assert found[0].kind == OriginKind.WIRE
    assert independence(story(told), NOBODY).n_independent == 1


def test_stories_traced_together_are_as_those_traced_alone():
    stories = [
        [article("a"), article("b")],
        [],
        [article("c", "Few words.")],
        [article("d"), article("e", OWN)],
    ]
    assert traced(stories) == [traced([told])[0] for told in stories]
    assert traced([]) == []


def test_voices_are_agencies_owners_and_those_who_were_copied():
    told = [
        article("a", source="Post"),
        article("b", source="Herald"),
        article("c", OWN, "Radio"),
        article("d", f"LAKEVILLE (AP) - {' '.join(OWN.split()[::-1])}", "Daily"),
    ]
    ours = story(told)
    assert story_voices(ours, NOBODY) == ["Post", "Post", "Radio", "AP"]
    said = independence(ours, NOBODY)
    assert (said.n_outlets, said.n_independent) == (4, 3)
    assert said.agencies == (FromAgency("AP", 1),)
    assert str(said) == "4 outlets, 3 independent, 1 article from AP"
    assert independence(ours, Families({"post": "X", "radio": "X"})).n_independent == 2


def test_a_story_without_origins_counts_owners():
    old = replace(story([article("a"), article("b")]), origins=())
    assert independence(old, NOBODY).n_independent == 2
    assert independence(old, Families({"a": "X", "b": "X"})).n_independent == 1


def test_the_original_is_the_earlier_text_that_shares_most_as_comparing_all_finds():
    chance = random.Random(7)
    words = [f"word{number}" for number in range(40)]
    bodies = [" ".join(chance.choices(words, k=chance.randint(45, 300))) for _ in range(12)]
    for _ in range(60):
        cut = chance.choice(bodies).split()
        start, n_kept = chance.randint(0, len(cut) // 4), chance.randint(45, 300)
        own = chance.choices(words, k=chance.randint(0, len(cut) // 2))
        bodies.append(" ".join(cut[start : start + n_kept] + own))
    originals: dict[str, set[str]] = {}
    expected = []
    for place, body in enumerate(bodies):
        triples = set(triples_of(body))
        shares = {
            id_: len(triples & other) / min(len(triples), len(other))
            for id_, other in originals.items()
            if min(len(triples), len(other)) >= FEWEST_TRIPLES
        }
        best = max(shares, key=shares.__getitem__, default="")
        expected.append(best if shares.get(best, 0) >= LEAST_SHARED else "")
        if not expected[-1]:
            originals[str(place)] = triples
    found = [
        origin.of
        for origin in traced([[article(str(n), body) for n, body in enumerate(bodies)]])[0]
    ]
    assert found == expected
    assert 10 < sum(map(bool, found)) < 65


@given(
    n_words=st.sampled_from([41, 42, 43, 60, 250, 602]),
    changed=st.lists(st.integers(0, 601), max_size=60),
    more=st.integers(0, 500),
)
def test_nothing_that_shares_enough_is_ruled_out_by_marks(n_words, changed, more):
    words = [f"word{number}" for number in range(n_words)]
    other = [f"else{place}" if place in set(changed) else word for place, word in enumerate(words)]
    other += [f"more{number}" for number in range(more)]
    one, two = (set(triples_of(" ".join(said))) for said in (words, other))
    shorter = min(len(one), len(two))
    alike = shorter >= FEWEST_TRIPLES and len(one & two) / shorter >= LEAST_SHARED
    told = [article("a", " ".join(words)), article("b", " ".join(other))]
    assert (traced([told])[0][1].of == "a") == alike


def test_texts_are_as_they_were_kept():
    told = [article("a"), article("b", f"{REPORT}\n(Reuters)"), article("c", "Few.")]
    texts = read_here(told)
    again = Texts.from_arrays(texts.to_arrays())
    assert (again.wholes, again.agencies) == (texts.wholes, ["", "Reuters", ""])
    assert again.marked.marks.tolist() == texts.marked.marks.tolist()
    some = again.take(Rows(np.array([2, 0])))
    assert traced([[told[2], told[0]]], some) == traced([[told[2], told[0]]])
    both = Texts.of_parts([texts, read_here([])])
    assert both.marked.sizes.tolist() == texts.marked.sizes.tolist()


def test_what_is_marked_of_texts_need_not_be_read():
    told = [article("a"), article("b", "Few."), article("c", OWN)]
    read = Readings.of(article_window(told, np.zeros((3, 0), np.float32)))
    texts, known = read_here(told), Texts.by(LocalExecutor(), told, read.marked)
    for name in ("sizes", "marks"):
        one, other = (getattr(some.marked, name) for some in (texts, known))
        assert one.tolist() == other.tolist()
    assert (known.wholes, known.agencies) == (texts.wholes, texts.agencies)


def copied(n_stories: int, n_copied: int) -> list[Story]:
    both = (article("a", source="Post"), article("b", source="Herald"))
    own = (both[0], article("b", OWN, "Herald"))
    return [story(list(both if number < n_copied else own)) for number in range(n_stories)]


@pytest.mark.parametrize(
    ("n_stories", "n_copied", "learnt"), [(3, 3, False), (4, 4, True), (8, 5, False), (9, 8, True)]
)
def test_outlets_that_mostly_print_each_other_are_one_family(n_stories, n_copied, learnt):
    found = learnt_owners(copied(n_stories, n_copied), NOBODY)
    family = "Herald and Post"
    assert found == ({"Post": family, "Herald": family} if learnt else {})


def test_families_join_over_a_third_and_agency_texts_teach_nothing():
    three = [article("a", source="A"), article("b", source="B"), article("c", source="C")]
    assert set(learnt_owners([story(three)] * 4, NOBODY).values()) == {"A and B and C"}
    wire = [replace(one, body=f"LAKEVILLE (AP) - {REPORT}") for one in three]
    assert learnt_owners([story(wire)] * 4, NOBODY) == {}


TEXTS, OUTLETS = st.sampled_from([REPORT, OWN, "short", ""]), st.sampled_from(["A", "B", ""])


@given(st.lists(st.tuples(TEXTS, OUTLETS), max_size=8))
def test_origins_point_back_and_voices_are_no_more_than_articles(parts):
    told = [article(str(place), body, outlet, place) for place, (body, outlet) in enumerate(parts)]
    (found,) = traced([told])
    for place, origin in enumerate(found):
        assert not origin.of or int(origin.of) < place
    assert independence(story(told), NOBODY).n_independent <= len(told)


def test_a_host_with_a_port_is_the_outlet_without_it():
    first, second = article("1", source="lake.example"), article("2", OWN, "lake.example:80", 1.0)
    told = story([first, second])
    assert kinds([first, second])[1] == (OriginKind.FOLLOW_UP, "1")
    found = independence(told, NOBODY)
    assert (found.n_outlets, found.n_independent) == (1, 1)
    assert independence(replace(told, origins=()), NOBODY) == found
