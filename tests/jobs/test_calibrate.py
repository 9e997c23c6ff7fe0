"""A base's own pair model: reading answers, learning, using what was learned."""

import json
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import numpy as np
import pytest

import engine
from engine.domain import EncoderSpec
from engine.errors import DamagedError, InputError
from engine.jobs.base.reader import Reader
from engine.jobs.clustering.correct import MOST_LABELS
from engine.jobs.lookup.answers import PairLabel, read_labels
from engine.jobs.lookup.learnt import base_granularity, base_mixture, base_model
from engine.same_event.calibration import LEAST_PAIRS, LabelledPairs, learn_granularity
from engine.same_event.evidence import Evidence
from engine.same_event.features import Features
from engine.same_event.granularity import LEAST, MOST
from engine.same_event.mixture import probability, usual_mixture
from engine.same_event.pair_model import FILE, shipped_model
from engine.stories.partition import partition

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
        return base_mixture(base.reader)

    assert mixture() is None
    before = chances()
    base.cluster()
    found, after = mixture(), chances()
    assert found.related[0] > found.unrelated[0]
    assert after != before
    base.rebuild()
    assert (mixture().share, chances()) == (found.share, after)
    # Another encoder makes other cosines: what was found of the old ones says nothing.
    live = base.reader.generation
    other = replace(live, manifest=replace(live.manifest, fingerprint="another"))
    assert base_mixture(Reader(base.layout, base.reader.corpus, generation=other)) is None


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
    report = base.calibrate(answers())
    assert (report.n_same, report.n_unknown) == (30, 0)
    assert report.n_pairs == len(answers())
    assert report.after.brier < report.before.brier
    assert report.model.related_means != shipped_model().related_means
    assert base_model(base.layout) == report.model


def test_an_open_base_keeps_the_model_that_it_read_until_it_learns_another(base):
    def chances(asked):
        return [hit.probability for hit in asked.similar("bridge", k=5)]

    before = chances(base)
    with engine.open(base.layout.root) as other:
        other.calibrate(answers())
        learned = chances(other)
    assert learned != before
    assert chances(base) == before
    base.calibrate(answers())
    assert chances(base) == learned


def test_the_next_clustering_takes_the_base_s_own_model(base):
    taken = []

    def look(window, judged, **options):
        taken.append(judged.model)
        return partition(window, judged, **options)

    with engine.open(base.layout.root, clusterer=look) as watched:
        watched.cluster()
        learned = watched.calibrate(answers()).model
        watched.cluster()
    assert taken == [shipped_model(), learned]


def test_answers_about_unknown_articles_are_counted_not_used(base):
    report = base.calibrate([*answers(), PairLabel("nowhere", "bridge-0", True)])
    assert report.n_unknown == 1
    assert report.n_pairs == len(answers())


def test_of_two_answers_for_a_pair_the_last_counts_and_counts_once(base):
    wrong = [PairLabel(label.b, label.a, not label.same_event) for label in answers()[:4]]
    report = base.calibrate([*wrong, *answers()])
    assert report.n_pairs == len(answers())
    assert report.model == base.calibrate(answers()).model
    assert base.calibrate([*answers(), *wrong]).n_same == report.n_same - len(wrong)
    unknown = [PairLabel("nowhere", "bridge-0", True), PairLabel("bridge-0", "nowhere", False)]
    assert base.calibrate([*answers(), *unknown]).n_unknown == 1


def test_few_answers_teach_only_how_coarse_stories_are(base):
    report = base.calibrate(answers(n_same=LEAST_PAIRS - 1))
    assert (report.after, report.model) == (None, shipped_model())
    assert not (base.layout.root / FILE).exists()
    assert report.granularity == base_granularity(base.layout)
    report = base.calibrate(answers(n_same=LEAST_PAIRS))
    assert report.after is not None
    assert (base.layout.root / FILE).exists()
    kept = base.calibrate(answers(n_same=3))
    assert (kept.after, kept.model) == (None, report.model)


def said_of_all(same):
    """Return the answer of a person who holds the articles of two neighbouring topics for one
    event, or each article for an event of its own."""
    pairs = (
        zip(TOPICS[::2], TOPICS[1::2], strict=True) if same else zip(TOPICS, TOPICS, strict=True)
    )
    return [
        PairLabel(f"{one}-{a}", f"{other}-{b}", same)
        for one, other in pairs
        for a, b in ((0, 1), (1, 2), (2, 3), (3, 4))
    ]


def test_answers_turn_the_dial_their_way(base):
    assert base.calibrate(said_of_all(same=True)).granularity > 0.3
    assert base.cluster().facts.granularity == base_granularity(base.layout) > 0.3
    report = base.calibrate(said_of_all(same=False))
    assert report.granularity < -0.3 < 0.3 < report.granularity_before
    # What was learnt before, or set by hand, is no part of what is learnt now.
    base.cluster(granularity="coarsest")
    assert base.calibrate(said_of_all(same=False)).granularity == report.granularity


def test_corrections_teach_without_a_file(base):
    base.cluster()
    stories = [story.id for story in base.stories()[:4]]
    base.merge(stories[:2])
    base.merge(stories[2:])
    by_hand = base.calibrate(base.labels())
    assert by_hand.granularity > 0
    assert base.calibrate().granularity == by_hand.granularity
    label = base.labels()[0]
    said = {"a": label.b, "b": label.a, "same_event": False}
    base.layout.answers.write_text(json.dumps(said))
    # A correction says the last word on a pair.
    assert base.calibrate().granularity == by_hand.granularity


def test_one_correction_of_many_articles_is_few_labels(base):
    base.cluster()
    base.merge([story.id for story in base.stories()])
    assert len({label.pair for label in base.labels()}) <= MOST_LABELS


def test_nothing_is_learnt_from_nothing(base):
    for labels in (None, [], [PairLabel("nowhere", "bridge-0", True)]):
        with pytest.raises(InputError, match="no labelled pair"):
            base.calibrate(labels)
    assert not base.layout.granularity.exists()


def judged_pairs(shift, n_pairs=20_000, temperature=2.0):
    """Return pairs whose labels are as likely as their evidence says after `shift` is added."""
    random = np.random.default_rng(1)
    total = random.normal(scale=3, size=n_pairs)
    related = random.random(n_pairs) < probability((total + shift) / temperature)
    none = np.zeros(n_pairs)
    features = Features(none, none, none, none, np.zeros(n_pairs, np.bool_))
    mixture = usual_mixture(shipped_model())
    evidence = Evidence(total, none, none, none, none, mixture, temperature)
    return LabelledPairs(features, np.empty(0), np.ones(n_pairs, np.bool_), related), evidence


@pytest.mark.parametrize("shift", [-2.0, 0.0, 1.0])
def test_many_labels_find_the_shift_that_they_were_made_with(shift):
    pairs, evidence = judged_pairs(shift)
    assert learn_granularity(pairs, evidence, pseudo_pairs=1) == pytest.approx(shift, abs=0.15)


def test_a_shift_is_pulled_to_none_and_held_in_the_range():
    pairs, evidence = judged_pairs(1.0, n_pairs=50)
    found = [learn_granularity(pairs, evidence, pseudo_pairs=n) for n in (0, 100, 10_000)]
    assert found[0] > found[1] > found[2] > 0
    assert learn_granularity(*judged_pairs(9.0), pseudo_pairs=1) == MOST
    assert learn_granularity(*judged_pairs(-9.0), pseudo_pairs=1) == LEAST


def test_the_pairs_to_ask_about_are_doubtful_and_distinct(base):
    asked = [(first.id, second.id) for first, second in base.doubtful(6)]
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
    first_asked = [(first.id, second.id) for first, second in base.doubtful(2)]
    done = CliRunner().invoke(app, ["label", "-n", "5"], input="y\nn\ns\nq\n")
    assert done.exit_code == 0
    kept = read_labels(base.layout.root / "labels.jsonl")
    assert [label.same_event for label in kept] == [True, False]
    assert [(label.a, label.b) for label in kept] == first_asked
    done = CliRunner().invoke(app, ["calibrate"])
    assert done.exit_code == 0
    assert "learned from 2 pairs, 1 of one event" in done.output
    assert "pair model: it stays" in done.output
    assert "before default (0); 'engine cluster' takes it" in done.output
    found = json.loads(CliRunner().invoke(app, ["calibrate", "--json"]).output)
    assert found["after"] is None
    assert found["granularity"] == found["granularity_before"] == base_granularity(base.layout)


def asked(base, n_pairs=1000):
    return [{first.id, second.id} for first, second in base.doubtful(n_pairs)]


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
    base.split(story.id, [first])
    corrected = [label.pair for label in base.labels()]
    assert frozenset((first, others[0])) in corrected
    assert not [pair for pair in asked(base) if frozenset(pair) in corrected]
