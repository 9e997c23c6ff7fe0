"""What a night leaves for the next spares work and changes nothing."""

import random
from dataclasses import replace
from datetime import UTC, datetime

import numpy as np
import pytest

from engine.domain import Article, Keys, Rows
from engine.errors import StorageError
from engine.index.exact import ExactIndex
from engine.index.faiss_build import FLAT_ROWS
from engine.jobs.base.scope import Ground, Scope
from engine.jobs.clustering.compose import Ahead
from engine.jobs.clustering.forget import Selection
from engine.jobs.clustering.kept_readings import read_leads, read_new, read_texts
from engine.jobs.clustering.nearest import LEAST_KEPT, nearest_by_workers
from engine.jobs.clustering.reconcile import group_window, reconcile
from engine.origins.texts import TextPart, Texts
from engine.recorded import RunKind
from engine.same_event.candidates import CROWDED_NEIGHBOURS
from engine.same_event.readings import ReadingPart, Readings
from engine.same_event.window import Window
from engine.stories.leads import Leads
from engine.workers.local import LocalExecutor
from tests.jobs.night_cases import WEEK, WORDS, Stream, hashing_base, line, write
from tests.stories.cases import capitals_of

WANTED = CROWDED_NEIGHBOURS + 1


def damaged(path):
    """Leave a kept file as a failing disk might."""
    content = bytearray(path.read_bytes())
    content[len(content) // 2] ^= 0xFF
    path.write_bytes(content)


def cut(path):
    path.write_bytes(path.read_bytes()[:-100])


def gone(path):
    path.unlink()


def left_alone(path):
    pass


def told(base):
    return [story.to_dict() for story in base.stories()]


def change(base, randoms, day, lines):
    """Add the lines of a day, some late or edited ones, and forget an article now and then."""
    late = line(f"late{day}", " ".join(randoms.sample(WORDS, 14)), max(0, day - 9))
    known = sorted(base.articles([f"e{event}n0" for event in range(6)]))
    edited = [line(id_, " ".join(randoms.sample(WORDS, 14)), day) for id_ in known[:1]]
    report = base.nightly([write(base.layout.root / "feed", *lines, late, *edited)], window=WEEK)
    if known and randoms.random() < 0.3:
        base.forget(Selection(ids=(randoms.choice(known),)))
    return report


@pytest.mark.parametrize(("seed", "harm"), [(1, damaged), (2, cut), (3, gone)])
def test_nights_end_alike_whatever_becomes_of_what_is_kept(tmp_path, seed, harm):
    stream = Stream(tmp_path, seed=seed, n_events=5, n_days=5)
    with hashing_base(tmp_path / "kept") as kept, hashing_base(tmp_path / "lost") as lost:
        for day in stream.days:
            for path in lost.layout.kept:
                if path.exists():
                    harm(path)
            one, other = (
                change(base, random.Random(seed + day), day, stream.lines[day])
                for base in (kept, lost)
            )
            assert one.facts == other.facts
            assert told(kept) == told(lost)


def test_only_new_texts_are_read(tmp_path):
    with hashing_base(tmp_path / "base") as base:
        executor = Noting()
        ground = ground_of(base, executor)
        texts = [f"Report {number} of Karin Lind." for number in range(9)]
        read_new(ground, window_of(texts[:5]))
        found = read_new(ground, window_of(texts[::-1]))
        assert executor.noted == [texts[:5], texts[:4:-1]]
        assert found.contents == Readings.of(window_of(texts[::-1])).contents
        read_new(ground, window_of(texts[2:]))
        read_new(ground, window_of(texts[2:]))
        assert executor.noted[2:] == [], "nothing new is read, and what is gone is dropped"


def test_where_nothing_is_kept_only_the_workers_find_digests(tmp_path, monkeypatch):
    with hashing_base(tmp_path / "base") as base:
        ground, path = ground_of(base, Noting()), base.layout.readings
        view = window_of([f"Report {number} of Karin Lind." for number in range(9)])
        with monkeypatch.context() as context:
            context.delattr("engine.jobs.clustering.kept_readings.content_key")
            found = read_new(ground, view)
        first = path.read_bytes()
        damaged(path)
        assert read_new(ground, view).contents == found.contents
        assert path.read_bytes() == first


def test_only_new_leads_are_read_and_those_that_left_the_window_dropped(tmp_path):
    with hashing_base(tmp_path / "base") as base:
        executor = Noting()
        ground = ground_of(base, executor)
        texts = [f"Report {number} of Karin Lind." for number in range(9)]
        read_leads(ground, scope_of(5), window_of(texts[:5]), [])
        found = read_leads(ground, scope_of(9), window_of(texts[::-1]), [])
        assert executor.noted == [texts[:5], texts[:4:-1]]
        whole = Leads.by(LocalExecutor(), window_of(texts[::-1]))
        assert capitals_of(found) == capitals_of(whole)
        assert [words_of(found.said, row) for row in range(9)] == [
            words_of(whole.said, row) for row in range(9)
        ]
        read_leads(ground, scope_of(2), window_of(texts[:2]), [])
        read_leads(ground, scope_of(3), window_of(texts[:3]), [])
        assert executor.noted[2:] == [texts[2:3]]


def test_texts_stay_kept_as_many_as_the_window_has(tmp_path):
    with hashing_base(tmp_path / "base") as base:
        executor = Noting()
        ground = ground_of(base, executor)
        articles = [article(number) for number in range(9)]
        for first, last, n_window in ((0, 4, 4), (4, 6, 3), (2, 4, 3), (0, 2, 3), (0, 9, 9)):
            read_texts(ground, scope_of(n_window), articles[first:last])
        # What was asked for last stays.
        titles = [one.title for one in articles]
        assert executor.noted == [titles[0:4], titles[4:6], titles[3:4], titles[1:2], titles[5:9]]


def test_a_correction_reads_what_is_kept_and_leaves_it(tmp_path):
    with hashing_base(tmp_path / "base") as base:
        executor = Noting()
        ground = ground_of(base, executor)
        articles = [article(number) for number in range(9)]
        read_texts(ground, scope_of(9), articles)
        before = base.layout.texts.read_bytes()
        found = read_texts(ground, scope_of(9, bound=False), [articles[3], article(10)])
        assert found.wholes == Texts.by(LocalExecutor(), [articles[3], article(10)]).wholes
        assert executor.noted[1:] == [[article(10).title]]
        assert base.layout.texts.read_bytes() == before


def test_what_is_read_ahead_need_not_be_read_again(tmp_path):
    with hashing_base(tmp_path / "base") as base:
        executor = Noting()
        ground = ground_of(base, executor)
        articles = [article(number) for number in range(5)]
        scope = replace(scope_of(5), articles=articles, new=np.arange(5) > 1)
        read = replace(Readings.of(scope.view), contents=[])
        with Ahead(ground) as ahead:
            ahead.texts(scope, read)
            ahead.leads(scope, read)
        assert executor.noted == [[one.title for one in articles[2:]], scope.view.bodies]
        read_leads(ground, scope, scope.view, [])
        read_texts(ground, scope, articles[3:])
        assert executor.noted[2:] == []


def test_what_is_kept_of_older_articles_outlasts_reading_ahead(tmp_path):
    with hashing_base(tmp_path / "base") as base:
        executor = Noting()
        ground = ground_of(base, executor)
        older = [article(number) for number in range(5, 9)]
        before = window_of([one.title for one in older])
        read_leads(ground, scope_of(4), before, [])
        read_texts(ground, scope_of(4), older)
        articles = [article(number) for number in range(2)]
        scope = replace(scope_of(2), articles=articles)
        read = replace(Readings.of(scope.view), contents=[])
        with Ahead(ground) as ahead:
            ahead.texts(scope, read)
            ahead.leads(scope, read)
        assert executor.noted[2:] == [[one.title for one in articles], scope.view.bodies]
        read_leads(ground, scope, before, [])
        read_texts(ground, scope, older)
        assert executor.noted[4:] == []


class Watched(LocalExecutor):
    """Works here, and notes in which order it is asked for what."""

    def __init__(self):
        self.asked = []

    def begin(self, load):
        self.asked.append("workers")

    def map(self, make, parts, **options):
        for part, result in super().map(make, parts, **options):
            self.asked.append(part.name.split(" ")[0])
            yield part, result


class Noted(Ahead):
    """Reads nothing, and notes when it would."""

    def __init__(self, ground, asked):
        super().__init__(ground)
        self.asked = asked

    def texts(self, scope, read):
        self.asked.append("texts ahead")

    def leads(self, scope, read):
        self.asked.append("leads ahead")


def test_workers_read_leads_ahead_once_they_have_found_neighbours(tmp_path):
    with hashing_base(tmp_path / "base") as base:
        base.ingest(Stream(tmp_path).files())
        base.rebuild()
        executor = Watched()
        ground = ground_of(base, executor)
        with Noted(ground, executor.asked) as ahead:
            group_window(ground, None, ahead)
        assert executor.asked == ["texts", "texts ahead", "lists", "neighbours", "leads ahead"]


def test_what_goes_wrong_ahead_is_raised(tmp_path, monkeypatch):
    def refuse(*_, **__):
        raise StorageError("full")

    monkeypatch.setattr("engine.jobs.clustering.compose.read_texts", refuse)
    scope = replace(scope_of(2), articles=[article(0), article(1)])
    with hashing_base(tmp_path / "base") as base:
        ground = ground_of(base, Noting())

        def night(goes_wrong):
            with Ahead(ground) as ahead:
                ahead.texts(scope, Readings.of(scope.view))
                if goes_wrong:
                    raise KeyError

        with pytest.raises(StorageError):
            night(goes_wrong=False)
        with pytest.raises(KeyError):
            night(goes_wrong=True)


def test_workers_begin_before_a_large_archive_is_gathered(tmp_path, monkeypatch):
    with hashing_base(tmp_path / "base") as base:
        base.ingest(Stream(tmp_path).files())
        base.rebuild()
        for least, expected in ((10_000, "texts"), (2, "workers")):
            monkeypatch.setattr("engine.jobs.clustering.reconcile.LEAST_KEPT", least)
            executor = Watched()
            reconcile(
                ground_of(base, executor),
                kind=RunKind.CLUSTER,
                fingerprint="",
                window=None,
                steady=False,
            )
            assert executor.asked[0] == expected


def article(number):
    when = datetime(2026, 5, 9, tzinfo=UTC)
    return Article(f"a{number}", f"Title {number}", "Body.", "en", "Post", "", when, when)


def scope_of(n_articles, *, bound=True):
    view = window_of([""] * n_articles)
    flags = np.full(n_articles, bound)
    return Scope(Keys(np.arange(n_articles)), [], view, flags, flags, flags)


def words_of(bags, row):
    return {bags.words[place] for place in bags.of(row)}


def test_what_is_forgotten_is_not_kept(tmp_path):
    with hashing_base(tmp_path / "base") as base:
        text = "Karin Halmstadsson opened the bridge."
        base.nightly([write(tmp_path / "feed", line("one", text, 1), line("two", "Others.", 1))])
        left_behind = base.layout.readings.with_suffix(".bin.new")
        left_behind.write_bytes(base.layout.readings.read_bytes())
        assert b"Halmstadsson" in base.layout.readings.read_bytes()
        certificate = base.forget(Selection(ids=("one",)))
        assert "kept words" in certificate.checked
        assert not list(base.layout.root.glob("readings*"))
        assert not any(path.exists() for path in base.layout.kept)


class Noting:
    """Works here, and notes of which texts, or titles of whole articles, it is given parts."""

    def __init__(self):
        self.noted = []

    def map(self, make, parts, *, accelerated=False, spread=False):
        task = make()
        for part in parts:
            if isinstance(part, TextPart):
                self.noted.append(part.titles)
            elif isinstance(part, ReadingPart):
                self.noted.append(list(part.articles.bodies))
            yield part, task(part)

    def close(self):
        pass


def ground_of(base, executor):
    content = base.reader.generation.as_content()
    return Ground(base.reader.corpus, content, replace(base.setup, executor=executor))


def window_of(texts, vectors=None):
    n_articles = len(texts)
    return Window(
        titles=[""] * n_articles,
        bodies=texts,
        languages=["en"] * n_articles,
        sources=[""] * n_articles,
        published=np.full(n_articles, np.nan),
        vectors=np.zeros((n_articles, 0), np.float32) if vectors is None else vectors,
    )


def made_up(n_rows, *, seed, dim=16):
    vectors = np.random.default_rng(seed).standard_normal((n_rows, dim)).astype(np.float32)
    vectors /= np.linalg.norm(vectors, axis=1, keepdims=True)
    return vectors


@pytest.fixture(scope="module")
def large(tmp_path_factory):
    """Give a base, and what finds the nearest rows of a window that is too large to compare."""
    with hashing_base(tmp_path_factory.mktemp("large") / "base") as base:
        ground = ground_of(base, Noting())

        def nearest(vectors):
            return nearest_by_workers(ground, window_of([""] * len(vectors), vectors)).rows

        yield base, nearest


@pytest.mark.parametrize("harm", [left_alone, damaged, cut, gone])
def test_neighbours_are_as_good_as_found_anew(large, harm):
    base, nearest = large
    before, new = made_up(FLAT_ROWS + 400, seed=1), made_up(300, seed=2)
    nearest(before)
    harm(base.layout.neighbours)
    order = np.random.default_rng(0).permutation(len(before) + len(new) - 250)
    vectors = np.concatenate([before[250:], new])[order]
    found = nearest(vectors)
    assert found.shape == (len(vectors), WANTED)
    assert found.min() >= 0
    some = Rows(np.random.default_rng(3).choice(len(vectors), 400, replace=False))
    truth = ExactIndex(vectors).search(vectors[some], WANTED).rows
    assert share_found(found[some], truth) > 0.93
    if harm is left_alone:
        fresh = Rows(np.flatnonzero(order >= len(before) - 250))
        truth = ExactIndex(vectors).search(vectors[fresh], WANTED).rows
        assert share_found(found[fresh], truth) == 1.0
        assert np.isin(fresh, found[np.setdiff1d(truth, fresh)]).mean() > 0.9


def test_equal_vectors_are_told_apart(large):
    _, nearest = large
    vectors = made_up(FLAT_ROWS + 100, seed=4)
    vectors[50:80] = vectors[0]
    first = nearest(vectors)
    again = nearest(vectors)
    np.testing.assert_array_equal(first, again)
    assert set(again[0, :31].tolist()) == {0, *range(50, 80)}
    fewer = nearest(np.delete(vectors, range(70, 80), axis=0))
    assert set(fewer[0, :21].tolist()) == {0, *range(50, 70)}


def test_neighbours_of_a_window_that_can_be_compared_are_those_found_anew(large, monkeypatch):
    base, nearest = large
    rng = np.random.default_rng(5)
    vectors = made_up(LEAST_KEPT + 500, seed=6)
    vectors[40:55] = vectors[40]
    base.layout.neighbours.unlink(missing_ok=True)
    nearest(vectors)
    for night in range(3):
        left = rng.permutation(len(vectors))[300:]
        vectors = np.concatenate([vectors[left], made_up(200, seed=night), vectors[left[:2]]])
        with monkeypatch.context() as only_what_is_new:
            only_what_is_new.setattr("engine.jobs.clustering.nearest._searched", None)
            found = nearest(vectors)
        kept = base.layout.neighbours.read_bytes()
        base.layout.neighbours.unlink()
        # Sums are rounded as matrices are cut, so a tie at the end may fall the other way.
        assert (found == nearest(vectors)).all(axis=1).mean() > 0.999
        base.layout.neighbours.write_bytes(kept)


def test_what_lists_found_is_not_taken_for_all(large):
    base, nearest = large
    vectors = made_up(FLAT_ROWS + 100, seed=7)
    base.layout.neighbours.unlink(missing_ok=True)
    nearest(vectors)
    fewer = vectors[200:]
    some = np.arange(0, len(fewer), 40)
    truth = ExactIndex(fewer).search(fewer[some], WANTED).rows
    np.testing.assert_array_equal(np.sort(nearest(fewer)[some]), np.sort(truth))


def share_found(found, truth):
    pairs = zip(found.tolist(), truth.tolist(), strict=True)
    return np.mean([len(set(one) & set(other)) / len(other) for one, other in pairs])
