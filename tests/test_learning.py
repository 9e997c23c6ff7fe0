"""A base's own pair model: reading answers, learning, using what was learned."""

import json
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from types import SimpleNamespace

import numpy as np
import pytest

import engine
from engine.clustering import judge
from engine.clustering.pair_model import FILE, shipped_model
from engine.domain import EncoderSpec
from engine.errors import DamagedError, InputError
from engine.indexing import open_live
from engine.pipeline.stories.answers import PairLabel, read_labels
from engine.pipeline.stories.learning import base_mixture, base_model

TOPICS = ("bridge", "harvest", "election", "concert", "storm", "museum", "strike", "rocket")
START = datetime(2023, 5, 1, tzinfo=UTC)


@pytest.fixture
def base(tmp_path):
    """Return a base of eight events of five articles; words differ from article to article."""
    rng = np.random.default_rng(3)
    lines = []
    for number, topic in enumerate(TOPICS):
        for place in range(5):
            extra = " ".join(f"{topic}{word}" for word in rng.choice(12, 7, replace=False))
            noise = " ".join(f"word{word}" for word in rng.choice(40, 5, replace=False))
            lines.append(
                {
                    "id": f"{topic}-{place}",
                    "text": f"{topic} {extra} {noise}",
                    "language": "en",
                    "published_at": (START + timedelta(days=number, hours=place)).isoformat(),
                }
            )
    feed = tmp_path / "feed.jsonl"
    feed.write_text("\n".join(map(json.dumps, lines)))
    with engine.open(tmp_path / "base") as opened:
        opened.ingest([feed])
        opened.rebuild(spec=EncoderSpec("hashing"))
        yield opened


def test_hits_are_judged_by_what_the_clustering_found(base):
    """Before there is one, the model's own mixture stands in; a rebuild keeps what was found."""

    def chances():
        return [hit.probability for hit in base.similar(base.query(id="storm-0"), k=6)]

    def mixture():
        return base_mixture(base.corpus, open_live(base.layout))

    assert mixture() is None
    before = chances()
    base.cluster()
    found, after = mixture(), chances()
    assert found.related[0] > found.unrelated[0]
    assert after != before
    base.rebuild()
    assert (mixture().share, chances()) == (found.share, after)
    # Another encoder makes other cosines: what was found of the old ones says nothing.
    live = open_live(base.layout).manifest
    other = SimpleNamespace(manifest=replace(live, fingerprint="another"))
    assert base_mixture(base.corpus, other) is None


def answers(n_same=30):
    same = [
        PairLabel(f"{topic}-{a}", f"{topic}-{b}", True)
        for topic in TOPICS
        for a in range(5)
        for b in range(a)
    ][:n_same]
    other = [
        PairLabel(f"{one}-{place}", f"{two}-{place}", False)
        for one in TOPICS
        for two in TOPICS
        if one < two
        for place in range(2)
    ]
    return same + other


def test_answers_teach_a_model_that_fits_them_better(base):
    report = base.desk.calibrate(answers())
    assert (report.n_same, report.n_unknown) == (30, 0)
    assert report.n_pairs == len(answers())
    assert report.after.brier < report.before.brier
    assert report.model.related_means != shipped_model().related_means
    assert base_model(base.layout.root) == report.model


def test_the_next_clustering_takes_the_base_s_own_model(base, monkeypatch):
    taken = []
    monkeypatch.setattr(
        "engine.pipeline.stories.reconcile.judge",
        lambda view, index, *, model, progress: (
            taken.append(model) or judge(view, index, model=model, progress=progress)
        ),
    )
    base.cluster()
    learned = base.desk.calibrate(answers()).model
    base.cluster()
    assert taken == [shipped_model(), learned]


def test_answers_about_unknown_articles_are_counted_not_used(base):
    report = base.desk.calibrate([*answers(), PairLabel("nowhere", "bridge-0", True)])
    assert report.n_unknown == 1
    assert report.n_pairs == len(answers())


def test_of_two_answers_for_a_pair_the_last_counts_and_counts_once(base):
    wrong = [PairLabel(label.b, label.a, not label.same_event) for label in answers()[:4]]
    report = base.desk.calibrate([*wrong, *answers()])
    assert report.n_pairs == len(answers())
    assert report.model == base.desk.calibrate(answers()).model
    assert base.desk.calibrate([*answers(), *wrong]).n_same == report.n_same - len(wrong)
    unknown = [PairLabel("nowhere", "bridge-0", True), PairLabel("bridge-0", "nowhere", False)]
    assert base.desk.calibrate([*answers(), *unknown]).n_unknown == 1


def test_too_few_answers_change_nothing(base):
    with pytest.raises(InputError, match="too few"):
        base.desk.calibrate(answers(n_same=3))
    assert not (base.layout.root / FILE).exists()


def test_the_pairs_to_ask_about_are_doubtful_and_distinct(base):
    asked = [(first.id, second.id) for first, second in base.desk.doubtful(6)]
    assert len(set(asked)) == 6
    assert all(first != second for first, second in asked)


def test_a_damaged_model_is_named(base):
    (base.layout.root / FILE).write_text("{}")
    with pytest.raises(DamagedError, match="pair_model"):
        base.cluster()


@pytest.mark.parametrize(
    "line",
    ["{broken", "[]", '{"a": "x", "b": "y"}', '{"a": "x", "b": 3, "same_event": true}',
     '{"a": "x", "b": "y", "same_event": "yes"}'],
)  # fmt: skip
def test_a_bad_answer_is_named_by_its_line(tmp_path, line):
    path = tmp_path / "labels.jsonl"
    path.write_text('{"a": "x", "b": "y", "same_event": false}\n' + line)
    with pytest.raises(InputError, match="line 2"):
        read_labels(path)


def test_answers_are_read_as_they_are_written(tmp_path):
    path = tmp_path / "labels.jsonl"
    path.write_text('{"a": "x", "b": "y", "same_event": false}\n\n')
    assert read_labels(path) == [PairLabel("x", "y", False)]
    with pytest.raises(InputError, match="missing"):
        read_labels(tmp_path / "missing.jsonl")


def test_a_person_is_asked_and_answers_are_kept(base, monkeypatch):
    from typer.testing import CliRunner

    from engine.cli.main import app

    monkeypatch.setenv("ENGINE_INDEXES", str(base.layout.root))
    first_asked = [(first.id, second.id) for first, second in base.desk.doubtful(2)]
    done = CliRunner().invoke(app, ["label", "-n", "5"], input="y\nn\ns\nq\n")
    assert done.exit_code == 0
    kept = read_labels(base.layout.root / "labels.jsonl")
    assert [label.same_event for label in kept] == [True, False]
    assert [(label.a, label.b) for label in kept] == first_asked
    few = CliRunner().invoke(app, ["calibrate"])
    assert isinstance(few.exception, InputError)


def asked(base, n_pairs=1000):
    return [{first.id, second.id} for first, second in base.desk.doubtful(n_pairs)]


def test_an_answered_pair_is_not_asked_again(base):
    before = asked(base)
    answered = [sorted(before[0]), sorted(before[1], reverse=True)]
    base.layout.answers.write_text(
        "\n".join(json.dumps({"a": a, "b": b, "same_event": True}) for a, b in answered)
    )
    now = asked(base)
    assert before[0] not in now
    assert before[1] not in now
    assert len(now) == len(before) - 2


def test_a_pair_that_was_corrected_is_not_asked(base):
    base.cluster()
    story = base.stories()[0]
    first, *others = story.article_ids
    base.desk.split(story.id, [first])
    corrected = [label.pair for label in base.desk.labels()]
    assert frozenset((first, others[0])) in corrected
    assert not [pair for pair in asked(base) if frozenset(pair) in corrected]
