"""Hits of several bases become one list, in which copies of two bases are one."""

from datetime import UTC, datetime

import pytest

from engine.domain import Article
from engine.front.merging import best_match, merged_hits
from engine.jobs.querying.hits import Hit
from engine.jobs.querying.match import StoryMatch

LONG = " ".join(f"word{number} of the long report" for number in range(40))


def hit(id_, cosine, probability=0.0, body="", folded=(), source="Daily"):
    article = Article(id_, id_, body or id_, "en", source, "", None, datetime.now(UTC), "")
    return Hit(article, cosine, probability, 7, tuple(folded))


def ids(hits):
    return [one.article.id for one in hits]


def test_the_order_is_that_of_one_base():
    found = [[hit("a", 0.9, 0.01), hit("b", 0.3, 0.9)], [hit("c", 0.8, 0.04), hit("d", 0.5, 0.6)]]
    assert ids(merged_hits(found, 4, by_event=True, fold=True)) == ["b", "d", "a", "c"]
    assert ids(merged_hits(found, 3, by_event=False, fold=True)) == ["a", "c", "d"]


def test_of_equal_hits_the_earlier_shard_comes_first():
    found = [[hit("z", 0.5)], [hit("a", 0.5)], [hit("m", 0.5)]]
    assert ids(merged_hits(found, 3, by_event=False, fold=False)) == ["z", "a", "m"]


def test_copies_of_two_shards_are_folded_with_what_was_under_them():
    found = [
        [hit("a", 0.8, body=LONG, folded=["a2"])],
        [hit("b", 0.9, body=f"{LONG} An end.", folded=["b2"], source="Other"), hit("c", 0.1)],
    ]
    best, other = merged_hits(found, 5, by_event=False, fold=True)
    assert (best.article.id, best.folded) == ("b", ("b2", "a", "a2"))
    assert (other.article.id, other.row) == ("c", -1)
    assert ids(merged_hits(found, 5, by_event=False, fold=False)) == ["b", "a", "c"]


@pytest.mark.parametrize("fold", [True, False])
def test_an_article_that_two_shards_have_is_one_hit(fold):
    found = [[hit("a", 0.8, folded=["x"])], [hit("a", 0.7, folded=["x", "y"])]]
    (only,) = merged_hits(found, 5, by_event=False, fold=fold)
    assert (only.cosine, only.folded) == (0.8, ("x", "y"))


def test_of_no_hits_nothing_is_made():
    assert merged_hits([[], []], 5, by_event=True, fold=True) == ()


def test_the_likeliest_match_is_told():
    none, likely = StoryMatch(None, 0.0, None), StoryMatch(None, 0.4, hit("a", 0.5, 0.4))
    best = best_match([none, likely])
    assert best.probability == 0.4
    assert best.hit is not None
    assert best.hit.row == -1
    assert best_match([none, none]) == none
