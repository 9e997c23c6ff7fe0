"""Going through a generation: articles, vectors and neighbours agree, and none is read at once."""

import itertools

import numpy as np
import pytest

import engine
from engine.errors import ClosedError, InputError, NotFoundError
from engine.jobs.clustering.forget import Selection
from engine.jobs.telling import iterate
from engine.store import ArticleFilter
from tests.jobs.cases import HASHING, line

ALL = ["b1", "b2", "b3", "r1", "r2", "alone"]


def test_articles_vectors_and_neighbours_come_in_one_order(base):
    assert [article.id for article in base.iter_articles()] == ALL
    blocks = list(base.iter_vectors())
    assert [id_ for ids, _ in blocks for id_ in ids] == ALL
    assert [id_ for id_, _ in base.iter_neighbours(2)] == ALL


def test_vectors_are_those_of_the_generation(base):
    ((_, vectors),) = base.iter_vectors()
    assert vectors.dtype == np.float32
    assert (vectors == base.reader.generation.vectors()).all()
    assert np.linalg.norm(vectors, axis=1) == pytest.approx(1, abs=1e-3)


def test_a_filter_holds_for_articles_and_vectors(base):
    weekly = ArticleFilter(sources=("Weekly",))
    assert [article.id for article in base.iter_articles(weekly)] == ["b2", "r2"]
    ((ids, vectors),) = base.iter_vectors(weekly)
    assert (ids, len(vectors)) == (["b2", "r2"], 2)
    with pytest.raises(NotFoundError, match="engine sources"):
        next(base.iter_vectors(ArticleFilter(sources=("None",))))


def test_neighbours_are_the_nearest_others(base):
    vectors = base.reader.generation.vectors()
    cosines = vectors @ vectors.T
    np.fill_diagonal(cosines, -2)
    for row, (id_, near) in enumerate(base.iter_neighbours(3)):
        order = np.argsort(-cosines[row], kind="stable")[:3]
        assert [ALL.index(other) for other, _ in near] == order.tolist()
        assert [cosine for _, cosine in near] == pytest.approx(cosines[row, order], abs=1e-5)
        assert base.neighbours(id_, 3) == near
    assert len(base.neighbours("b1", 99)) == 5


def test_more_than_a_block_comes_in_several(tmp_path):
    n_articles = iterate.BLOCK_ROWS + 40
    with engine.open(tmp_path) as base:
        base.ingest(
            {"id": f"a{n}", "title": f"Report {n} of {n % 7} things"} for n in range(n_articles)
        )
        base.rebuild(spec=HASHING)
        blocks = list(base.iter_vectors())
        assert [len(ids) for ids, _ in blocks] == [iterate.BLOCK_ROWS, 40]
        vectors = np.concatenate([vectors for _, vectors in blocks])
        assert (vectors == base.reader.generation.vectors()).all()
        near = dict(base.iter_neighbours(1))
        assert list(near) == [article.id for article in base.iter_articles()]
        assert near["a1060"] == base.neighbours("a1060", 1)


def test_what_was_begun_goes_on_with_its_generation(base, tmp_path):
    begun = base.iter_articles(), base.iter_vectors(), base.iter_neighbours(1)
    more = tmp_path / "more.jsonl"
    more.write_text(line("new", "A ferry ran aground near the lighthouse."))
    base.ingest([more])
    base.rebuild()
    articles, vectors, near = map(list, begun)
    assert [article.id for article in articles] == ALL
    assert vectors[0].ids == ALL
    assert [id_ for id_, _ in near] == ALL
    assert [article.id for article in base.iter_articles()] == [*ALL, "new"]


def test_what_is_forgotten_meanwhile_is_left_out(base):
    begun = base.iter_articles(), base.iter_vectors(), base.iter_neighbours(5)
    base.forget(Selection(ids=("b2",)))
    rest = [id_ for id_ in ALL if id_ != "b2"]
    articles, vectors, near = map(list, begun)
    assert [article.id for article in articles] == rest
    assert vectors[0].ids == rest
    assert len(vectors[0].vectors) == 5
    assert [id_ for id_, _ in near] == rest
    assert all(other != "b2" for _, found in near for other, _ in found)


def test_errors_are_said_when_it_is_called(base, tmp_path):
    with pytest.raises(InputError, match="k = 0"):
        base.iter_neighbours(0)
    with pytest.raises(InputError, match="k = 0"):
        base.neighbours("b1", 0)
    with pytest.raises(NotFoundError):
        base.neighbours("nowhere")
    with engine.open(tmp_path / "other") as other:
        other.ingest({"title": "A new base"})
        for verb in (other.iter_articles, other.iter_vectors, other.iter_neighbours):
            with pytest.raises(NotFoundError, match="rebuild"):
                verb()


def test_more_neighbours_than_there_are_is_all_of_them(base):
    n_others = len(list(base.iter_articles())) - 1
    assert len(base.neighbours("b1", 10**25)) == n_others
    assert all(len(near) == n_others for _, near in base.iter_neighbours(10**25))


def test_a_closed_base_ends_what_was_begun(base):
    begun = base.iter_articles()
    base.close()
    with pytest.raises(ClosedError):
        next(begun)


def test_an_empty_generation_is_gone_through_too(tmp_path):
    with engine.open(tmp_path) as base:
        base.ingest({"id": "only", "title": "The only one"})
        base.rebuild(spec=HASHING)
        assert base.neighbours("only") == []
        assert list(itertools.chain.from_iterable(ids for ids, _ in base.iter_vectors())) == [
            "only"
        ]
        assert list(base.iter_neighbours()) == [("only", [])]
