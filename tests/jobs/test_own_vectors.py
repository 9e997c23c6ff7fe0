"""Vectors that were made elsewhere are taken for those of an encoder of their fingerprint."""

import numpy as np
import pytest

import engine
from engine.encoding.hashing import HashingEncoder
from engine.errors import InputError, NotFoundError

IDS = ["b1", "b2", "b3", "r1", "r2", "alone"]


class Own:
    """An encoder of a caller that counts the texts it was asked for."""

    dim = 256

    def __init__(self, fingerprint="own|v=1"):
        self.fingerprint = fingerprint
        self.asked = []
        self._makes = HashingEncoder()

    def encode(self, texts):
        self.asked += texts
        return self._makes.encode(texts)[:, : self.dim].copy()


@pytest.fixture
def vectors():
    return np.random.default_rng(0).standard_normal((len(IDS), Own.dim)) * 3


@pytest.fixture
def own(tmp_path, feed):
    encoder = Own()
    with engine.open(tmp_path / "own", encoder=encoder) as base:
        base.ingest(feed)
        yield base, encoder


def cached(base, fingerprint):
    ((keys, vectors),) = base.reader.corpus.embeddings.blocks(fingerprint)
    ids = base.reader.corpus.articles.ids_of(keys.tolist())
    return dict(zip(ids.values(), vectors, strict=True))


def test_a_rebuild_takes_them_and_encodes_the_rest(own, vectors):
    base, encoder = own
    given = vectors.copy()
    assert base.add_vectors(IDS[:4], vectors[:4], fingerprint=encoder.fingerprint) == 4
    assert (vectors == given).all()  # a copy is normalised
    assert base.rebuild().n_embedded == 2
    texts = {article.title: article.id for article in base.iter_articles()}
    asked = {texts[text.split("\n")[0]] for text in encoder.asked if text.split("\n")[0] in texts}
    assert not asked & set(IDS[:4])
    kept = cached(base, encoder.fingerprint)
    units = given / np.linalg.norm(given, axis=1, keepdims=True)
    for id_, unit in zip(IDS[:4], units, strict=False):
        assert kept[id_] == pytest.approx(unit, abs=1e-6)
    assert base.query(id="b1").vector.shape == (1, Own.dim)


def test_another_fingerprint_does_not_take_them(own, vectors):
    base, _ = own
    base.add_vectors(IDS, vectors, fingerprint="own|v=2")
    assert base.rebuild().n_embedded == 6
    other = Own("own|v=2")
    with engine.open(base.layout.root, encoder=other) as changed:
        assert changed.rebuild().n_embedded == 0
        assert changed.rebuild().n_articles == 6


def test_given_twice_they_are_kept_once_and_others_are_refused(own, vectors):
    base, encoder = own
    name = encoder.fingerprint
    assert base.add_vectors(IDS, vectors, fingerprint=name) == 6
    assert base.add_vectors(IDS, vectors * 7, fingerprint=name) == 0
    with pytest.raises(InputError, match="equal fingerprints mean equal vectors"):
        base.add_vectors(["alone"], -vectors[5:], fingerprint=name)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (lambda v: v[:3], r"expected vectors of shape \(6, dim\), found \(3, 256\)"),
        (lambda v: v[0], r"found \(256,\)"),
        (lambda v: v[:, :0], "dim"),
        (lambda v: np.where(np.arange(6)[:, None] == 4, np.nan, v), "vector 4 is not finite"),
        (lambda v: np.where(np.arange(6)[:, None] == 2, np.inf, v), "vector 2 is not finite"),
        (lambda v: np.where(np.arange(6)[:, None] == 1, 0, v), "vector 1 .* length 0"),
        (lambda v: [["a"] * 3] * 6, "no array of numbers"),
        (lambda v: [[1.0], [1.0, 2.0]] * 3, "no array of numbers"),
    ],
    ids=["few", "flat", "thin", "nan", "infinite", "zero", "texts", "ragged"],
)
def test_what_is_no_vector_is_refused_and_nothing_is_kept(own, vectors, change, message):
    base, encoder = own
    with pytest.raises(InputError, match=message):
        base.add_vectors(IDS, change(vectors), fingerprint=encoder.fingerprint)
    assert base.rebuild().n_embedded == 6


def test_unknown_articles_keep_nothing(own, vectors):
    base, encoder = own
    with pytest.raises(NotFoundError, match="'nowhere'"):
        base.add_vectors([*IDS[:5], "nowhere"], vectors, fingerprint=encoder.fingerprint)
    with pytest.raises(InputError, match="'b1' is given twice"):
        base.add_vectors(["b1", "b1"], vectors[:2], fingerprint=encoder.fingerprint)
    with pytest.raises(InputError, match="fingerprint"):
        base.add_vectors(IDS, vectors, fingerprint="")
    assert base.rebuild().n_embedded == 6


def test_dimensions_of_one_fingerprint_agree(own, vectors):
    base, encoder = own
    base.add_vectors(IDS[:1], vectors[:1], fingerprint=encoder.fingerprint)
    with pytest.raises(InputError, match=r"have 100 dimensions, those kept .* have 256"):
        base.add_vectors(IDS, vectors[:, :100], fingerprint=encoder.fingerprint)


def test_a_base_with_nothing_in_it_says_so(tmp_path, vectors):
    with engine.open(tmp_path / "new") as base, pytest.raises(NotFoundError):
        base.add_vectors(IDS, vectors, fingerprint="own")
