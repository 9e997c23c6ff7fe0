import json
from importlib import resources

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from engine.encoding import Centring, HashingEncoder, fit_centring, reference_offsets
from engine.encoding.centring import CONTENT_STRENGTH, LANGUAGE_STRENGTH
from engine.errors import DamagedError, InputError

CODES = ("ar", "en", "nl", "und", "zh", "xx")


def unit(rows):
    return (rows / np.linalg.norm(rows, axis=-1, keepdims=True)).astype(np.float32)


def random_rows(n, *, dim=16, seed=0):
    return unit(np.random.default_rng(seed).normal(size=(n, dim)))


def some_reference(*, dim=16, codes=("ar", "en", "nl", "zh")):
    means = 0.3 * random_rows(len(codes), dim=dim, seed=99)
    return Centring(tuple(codes), means, means.mean(axis=0))


def naive_fit(vectors, languages, reference):
    """The formula of the docstring, by loops in float64, for rows that are all distinct."""
    zero = np.zeros(vectors.shape[1])
    offset, base = {}, zero
    if reference is not None:
        base = reference.otherwise.astype(float)
        offset = {
            code: mean.astype(float) - base
            for code, mean in zip(reference.languages, reference.means, strict=True)
        }
    strength = 0.0 if reference is None else CONTENT_STRENGTH
    total, weight = strength * base, strength
    for row, code in zip(vectors, languages, strict=True):
        total, weight = total + row - offset.get(code, zero), weight + 1
    content = total / weight
    means = {}
    for code in set(offset) | set(languages):
        own = [
            row.astype(float)
            for row, other in zip(vectors, languages, strict=True)
            if other == code
        ]
        prior = content + offset.get(code, zero)
        means[code] = (sum(own, zero) + LANGUAGE_STRENGTH * prior) / (len(own) + LANGUAGE_STRENGTH)
    means.pop("und", None)
    return means, content


@settings(deadline=None)
@given(
    st.lists(st.sampled_from(CODES), min_size=1, max_size=30), st.booleans(), st.integers(0, 1000)
)
def test_fit_equals_the_formula_by_loops(languages, with_reference, seed):
    vectors = random_rows(len(languages), seed=seed)
    reference = some_reference() if with_reference else None
    fitted = fit_centring(vectors, languages, reference=reference)
    means, content = naive_fit(vectors, languages, reference)
    assert fitted.languages == tuple(sorted(means))
    assert np.allclose(fitted.otherwise, content, atol=1e-6)
    for code, mean in zip(fitted.languages, fitted.means, strict=True):
        assert np.allclose(mean, means[code], atol=1e-6)


@settings(deadline=None)
@given(st.lists(st.sampled_from(CODES), min_size=1, max_size=30), st.randoms())
def test_fit_ignores_order_and_repeated_texts(languages, random):
    vectors = random_rows(len(languages))
    rows = list(range(len(languages))) + random.choices(range(len(languages)), k=5)
    random.shuffle(rows)
    once = fit_centring(vectors, languages, reference=some_reference())
    often = fit_centring(
        vectors[rows], [languages[row] for row in rows], reference=some_reference()
    )
    assert once.languages == often.languages
    assert np.allclose(once.means, often.means, atol=1e-6)
    assert np.allclose(once.otherwise, often.otherwise, atol=1e-6)


@settings(deadline=None)
@given(st.lists(st.sampled_from(CODES), max_size=20))
def test_apply_returns_unit_rows_and_leaves_the_input_alone(languages):
    vectors = random_rows(len(languages)) if languages else np.empty((0, 16), np.float32)
    before = vectors.copy()
    centred = some_reference().apply(vectors, languages)
    assert centred.dtype == np.float32
    assert np.allclose(np.linalg.norm(centred, axis=1), 1, atol=1e-5)
    assert np.array_equal(vectors, before)
    assert not np.shares_memory(centred, vectors)


def test_unknown_languages_get_the_common_mean():
    centring = some_reference()
    row = random_rows(1)
    expected = unit(row - centring.otherwise)
    for code in ("und", "xx", ""):
        assert np.allclose(centring.apply(row, [code]), expected, atol=1e-6)
    assert not np.allclose(centring.apply(row, ["nl"]), expected, atol=1e-3)


def test_a_row_that_equals_its_mean_stays_as_it_was():
    row = random_rows(1)
    centring = Centring(("nl",), row, row[0])
    assert np.array_equal(centring.apply(row, ["nl"]), row)


def test_centring_finds_translations_that_language_hides():
    rng = np.random.default_rng(3)
    events, offsets = rng.normal(size=(40, 64)), 4 * rng.normal(size=(3, 64))
    noise = 0.3 * rng.normal(size=(3, 40, 64))
    vectors = unit((events[np.newaxis] + offsets[:, np.newaxis] + noise).reshape(-1, 64))
    languages = [code for code in ("en", "nl", "zh") for _ in range(40)]
    event = np.tile(np.arange(40), 3)

    def hit_rate(rows):
        cosines = rows @ rows.T
        np.fill_diagonal(cosines, -np.inf)
        return (event[cosines.argmax(axis=1)] == event).mean()

    assert hit_rate(vectors) < 0.1
    assert hit_rate(fit_centring(vectors, languages).apply(vectors, languages)) > 0.95


def test_a_language_with_one_event_keeps_it():
    """Three Arabic reports of one event stay alike: their mean is mostly the reference's."""
    rng = np.random.default_rng(4)
    english = random_rows(50, dim=64, seed=5)
    event = rng.normal(size=64)
    arabic = unit(event + 0.5 * rng.normal(size=(3, 64)))
    vectors, languages = np.concatenate([english, arabic]), ["en"] * 50 + ["ar"] * 3
    reference = some_reference(dim=64)
    kept = fit_centring(vectors, languages, reference=reference).apply(vectors, languages)[-3:]
    own_mean = unit(arabic - arabic.mean(axis=0))
    assert (kept @ kept.T).min() > 0.5
    assert (own_mean @ own_mean.T).min() < 0


def test_without_articles_the_reference_alone_is_used():
    reference = some_reference()
    fitted = fit_centring(np.empty((0, 16), np.float32), [], reference=reference)
    assert fitted.languages == reference.languages
    assert np.allclose(fitted.means, reference.means, atol=1e-6)
    assert np.allclose(fitted.otherwise, reference.otherwise, atol=1e-6)


def test_nothing_to_fit_is_refused():
    with pytest.raises(InputError, match="neither"):
        fit_centring(np.empty((0, 16), np.float32), [])


@pytest.mark.parametrize(("shape", "n_languages"), [((2, 16), 3), ((2, 8), 2), ((16,), 16)])
def test_shapes_that_do_not_fit_are_refused(shape, n_languages):
    vectors = np.ones(shape, dtype=np.float32)
    with pytest.raises(InputError, match="one row for each language"):
        some_reference().apply(vectors, ["nl"] * n_languages)


def test_stored_centring_comes_back_equal():
    centring = some_reference()
    again = Centring.from_bytes(centring.to_bytes())
    assert again.languages == centring.languages
    assert np.array_equal(again.means, centring.means)
    assert np.array_equal(again.otherwise, centring.otherwise)
    assert centring.to_bytes() == again.to_bytes()


@settings(deadline=None)
@given(st.data())
def test_damage_is_found_or_harmless(data):
    centring = some_reference()
    content = bytearray(centring.to_bytes())
    if data.draw(st.booleans(), label="truncate"):
        del content[data.draw(st.integers(0, len(content) - 1)) :]
    else:
        content[data.draw(st.integers(0, len(content) - 1))] ^= data.draw(st.integers(1, 255))
    try:
        again = Centring.from_bytes(bytes(content))
    except DamagedError:
        return
    assert again.languages == centring.languages
    assert np.array_equal(again.means, centring.means)
    assert np.array_equal(again.otherwise, centring.otherwise)


def test_content_of_another_kind_is_damage():
    other = Centring(("nl",), np.ones((1, 4), np.float64), np.ones(4, np.float32))
    for content in (b"", b"text", other.to_bytes()):
        with pytest.raises(DamagedError, match="engine rebuild"):
            Centring.from_bytes(content)


def test_reference_sentences_are_parallel():
    file = resources.files("engine.encoding") / "reference" / "sentences.jsonl"
    entries = [json.loads(line) for line in file.read_text(encoding="utf-8").splitlines()]
    codes = [entry["language"] for entry in entries]
    assert len(codes) == len(set(codes)) >= 40
    assert len({len(entry["sentences"]) for entry in entries}) == 1
    for entry in entries:
        assert len(set(entry["sentences"])) == len(entry["sentences"])


def test_reference_means_are_those_of_the_sentences():
    encoder = HashingEncoder(32)
    centring = reference_offsets(encoder)
    file = resources.files("engine.encoding") / "reference" / "sentences.jsonl"
    for line in file.read_text(encoding="utf-8").splitlines():
        entry = json.loads(line)
        mean = encoder.encode(entry["sentences"]).mean(axis=0)
        row = centring.languages.index(entry["language"])
        assert np.allclose(centring.means[row], mean, atol=1e-6)
    assert centring.languages == tuple(sorted(centring.languages))
    assert np.allclose(centring.otherwise, centring.means.mean(axis=0), atol=1e-6)
