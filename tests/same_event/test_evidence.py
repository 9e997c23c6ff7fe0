from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from engine.errors import DamagedError, InputError, NotFoundError
from engine.same_event.calibration import LabelledPairs, most_informative, refit, reliability
from engine.same_event.evidence import Weighing, weigh_beside
from engine.same_event.evidence import weigh as weigh_timed
from engine.same_event.features import Features, pair_features
from engine.same_event.mixture import fit_mixture, usual_mixture
from engine.same_event.pair_model import read_model, shipped_model, write_model
from engine.same_event.timing import LEAST_EVENT_DAYS, TimeEvidence
from engine.same_event.window import Window
from engine.same_event.window_terms import WindowTerms

DAY = 86400.0


def features_of(cosines, days=np.nan, conflicts=np.nan, terms=np.nan):
    n_pairs = len(cosines)
    return Features(
        np.asarray(cosines, dtype=np.float64),
        np.full(n_pairs, terms) if np.isscalar(terms) else np.asarray(terms),
        np.full(n_pairs, days) if np.isscalar(days) else np.asarray(days),
        np.full(n_pairs, conflicts) if np.isscalar(conflicts) else np.asarray(conflicts),
        np.zeros(n_pairs, dtype=np.bool_),
    )


def weigh(features, published, model, *, mixture=None):
    return weigh_timed(features, TimeEvidence(published, model), model, mixture=mixture)


FORECAST = (
    "The forecast for {day}: wind from the west at {wind} km an hour, {warm} degrees at noon."
)


def filled(sources, days=(0.0, 1.0), second=(41, 25), first=(12, 19)):
    texts = [
        FORECAST.format(day=day, wind=wind, warm=warm)
        for day, (wind, warm) in zip(("Monday", "Tuesday"), (first, second), strict=True)
    ]
    return Window(
        titles=["The weather"] * 2,
        bodies=texts,
        languages=["en"] * 2,
        sources=list(sources),
        published=np.array(days) * DAY,
        vectors=np.array([[1, 0], [0.999, 0.0447]], np.float32),
    )


@pytest.mark.parametrize(
    ("window", "template"),
    [
        (filled(["Daily", "Daily"]), True),
        (filled(["Daily", "Weekly"]), False),
        (filled(["", ""]), False),
        (filled(["Daily", "Daily"], days=(0.0, 0.1)), False),
        (filled(["Daily", "Daily"], days=(0.0, np.nan)), False),
        (filled(["Daily", "Daily"], second=(12, 19)), False),
    ],
    ids=["repeated", "two outlets", "no outlet", "corrected at once", "undated", "same numbers"],
)
def test_a_template_filled_again_by_its_outlet_is_another_event(window, template):
    features = pair_features(window, np.array([[0, 1]]), WindowTerms.of(window))
    assert features.templates.tolist() == [template]
    likely = weigh(
        features, window.published, shipped_model(), mixture=usual_mixture(shipped_model())
    )
    assert (likely.probabilities[0] < 0.5) == template


@pytest.mark.parametrize("n_dates", [0, 1, 40])
def test_pairs_weigh_the_same_however_often_they_are_weighed(n_dates):
    random = np.random.default_rng(n_dates)
    days = random.choice([0.0, 0.3, 5.0, 400.0, np.nan], 60)
    features = features_of(random.uniform(0, 1, 60), days, terms=random.uniform(0, 1, 60))
    model, timing = shipped_model(), TimeEvidence(np.arange(n_dates) * DAY, shipped_model())
    weighing, usual = Weighing(features, timing, model), usual_mixture(model)
    for mixture in (usual, usual._replace(event_days=0.2, share=0.4), usual):
        alone = weigh_timed(features, timing, model, mixture=mixture)
        again = weighing.evidence(mixture)
        for part in ("total", "cosine", "terms", "time", "conflict"):
            np.testing.assert_array_equal(getattr(again, part), getattr(alone, part))
        np.testing.assert_array_equal(weighing.total(mixture), alone.total)
        np.testing.assert_array_equal(again.time, timing(days, mixture.event_days))


@settings(deadline=None)
@given(st.lists(st.sampled_from([0.0, 0.3, 5.0, 400.0, np.nan]), max_size=20), st.booleans())
def test_what_is_weighed_beside_a_known_cosine_is_what_is_weighed_with_it(days, templates):
    random = np.random.default_rng(len(days))
    features = replace(
        features_of(random.uniform(0, 1, len(days)), days, terms=random.uniform(0, 1, len(days))),
        conflicts=random.choice([0.0, 0.4, 1.0, np.nan], len(days)),
        templates=np.full(len(days), templates),
    )
    model, timing = shipped_model(), TimeEvidence(np.arange(40.0) * DAY, shipped_model())
    mixture, cosine = usual_mixture(model), random.normal(size=len(days))
    whole = weigh_timed(features, timing, model, mixture=mixture)
    found = weigh_beside(cosine, features, timing, model, mixture)
    assert np.array_equal(found.time, whole.time)
    assert np.array_equal(found.conflict, whole.conflict)
    assert np.array_equal(found.total, cosine + whole.time + whole.conflict)
    assert not found.terms.any()
    assert found.temperature == whole.temperature


NO_DATES = TimeEvidence(np.array([]), shipped_model())


def drawn(n_related, n_others, means=(0.6, 0.3), seed=0):
    random = np.random.default_rng(seed)
    related = random.normal(means[0], 0.1, n_related)
    others = random.normal(means[1], 0.1, n_others)
    truth = np.repeat([True, False], [n_related, n_others])
    return np.concatenate([related, others]), truth


@settings(max_examples=40, deadline=None)
@given(st.lists(st.floats(-1, 1), min_size=2, max_size=60), st.booleans())
def test_a_higher_cosine_is_never_evidence_against(cosines, dated):
    days = 1.0 if dated else np.nan
    found = weigh(features_of(sorted(cosines), days), np.arange(9) * DAY, shipped_model())
    assert (np.diff(found.total) >= -1e-9).all()
    assert np.isfinite(found.total).all()


def test_evidence_is_the_sum_of_its_parts():
    features = features_of(
        [0.2, 0.5, 0.8], [0.1, 3.0, np.nan], [1, 0, np.nan], terms=[0.0, 1.0, np.nan]
    )
    found = weigh(features, np.arange(30) * DAY, shipped_model())
    assert found.total == pytest.approx(found.cosine + found.terms + found.time + found.conflict)
    assert found.time[2] == 0
    assert found.conflict[2] == 0
    assert found.conflict[0] < 0 < found.conflict[1]
    assert found.terms[0] < 0 < found.terms[1]
    assert found.terms[2] == 0


@pytest.mark.parametrize("share", [0.05, 0.2, 0.6])
def test_the_share_of_related_pairs_is_found_without_labels(share):
    n_related = int(20_000 * share)
    cosines, truth = drawn(n_related, 20_000 - n_related)
    features = features_of(cosines)
    mixture = fit_mixture(features, NO_DATES, shipped_model())
    assert mixture.share == pytest.approx(share, abs=0.06)
    # These are normal and independent as no news is, so nothing needs to be softened.
    found = weigh(features, np.full(3, np.nan), replace(shipped_model(), temperature=1.0))
    assert reliability(found.probabilities, truth).error < 0.06


def test_few_pairs_leave_the_model_as_it_is():
    model = shipped_model()
    mixture = fit_mixture(features_of([0.95]), NO_DATES, model)
    assert mixture.related == pytest.approx(model.related_means, abs=0.02)
    assert mixture.share == pytest.approx(model.related_share, abs=0.05)


def test_a_longer_gap_is_never_better_evidence():
    evidence = TimeEvidence(np.linspace(0, 60, 500) * DAY, shipped_model())
    found = evidence(np.array([0.0, 0.5, 1, 2, 4, 8, 16, 30]), 0.7)
    assert (np.diff(found) < 0.3).all()
    assert found[0] > 2 > 0 > found[5]


def test_a_gap_says_less_in_a_window_of_a_day_than_of_a_year():
    gaps = np.array([0.2])
    year, day = (TimeEvidence(np.linspace(0, n, 400) * DAY, shipped_model()) for n in (365, 1))
    assert year(gaps, 0.7)[0] > 3
    assert abs(day(gaps, 0.7)[0]) < 1


def test_a_gap_says_nothing_where_all_articles_are_of_one_time():
    """No gap is longer than the window, so that none within an event is longer is no evidence."""
    for hours in (0.0, 8.0):
        evidence = TimeEvidence(np.linspace(0, hours / 24, 8) * DAY, shipped_model())
        assert np.abs(evidence(np.array([0.0, hours / 24]), 0.7)).max() < 0.1


@pytest.mark.parametrize("published", [[], [5 * DAY], [np.nan, np.nan]])
def test_gaps_say_nothing_without_two_dates(published):
    evidence = TimeEvidence(np.array(published, dtype=np.float64), shipped_model())
    assert evidence(np.array([0.0, 1.0]), 0.7).tolist() == [0, 0]


@pytest.mark.parametrize(("hours", "days"), [(0, LEAST_EVENT_DAYS), (12, 0.5), (60, 0.7)])
def test_the_gap_within_an_event_is_fitted_but_never_lengthened(hours, days):
    timing = TimeEvidence(np.linspace(0, 60, 500) * DAY, shipped_model())
    gaps = np.append(np.full(5000, hours / 24), np.nan)
    belief = np.ones(5001)
    fitted = 0.7
    for _ in range(10):
        fitted = timing.fitted_event_days(gaps, belief, fitted)
    assert fitted == pytest.approx(days, abs=0.02)


def test_dates_of_the_event_itself_make_a_day_apart_say_more():
    cosines, truth = drawn(600, 2400)
    random = np.random.default_rng(1)
    published = random.uniform(0, 60, 300) * DAY
    apart = np.where(truth, 0.0, random.uniform(0, 40, len(truth)))
    near = np.where(truth, random.exponential(0.7, len(truth)), apart)
    exact, usual = (
        weigh(features_of(cosines, days), published, shipped_model()) for days in (apart, near)
    )
    assert exact.mixture.event_days < 0.2 < usual.mixture.event_days
    late = features_of([0.5], 1.0)
    said = [
        weigh(late, published, shipped_model(), mixture=found.mixture).time[0]
        for found in (exact, usual)
    ]
    assert said[0] < said[1]


def test_names_count_as_far_as_they_tell_events_apart_in_the_window():
    cosines, truth = drawn(600, 2400)
    random = np.random.default_rng(2)
    telling = np.clip(np.where(truth, 0.7, 0.1) + random.normal(0, 0.15, len(truth)), 0, 1)
    idle = random.uniform(0, 1, len(truth))
    published = np.full(3, np.nan)
    found = {
        name: weigh(features_of(cosines, terms=terms), published, shipped_model())
        for name, terms in (("telling", telling), ("idle", idle), ("none", np.nan))
    }
    brier = {name: reliability(each.probabilities, truth).brier for name, each in found.items()}
    assert brier["telling"] < 0.6 * brier["none"]
    assert brier["idle"] < 1.1 * brier["none"]


@settings(max_examples=40, deadline=None)
@given(st.integers(0, 2**32), st.floats(0.05, 0.9), st.floats(-1, 1))
def test_more_shared_names_are_never_evidence_against(seed, share, tie):
    cosines, truth = drawn(int(400 * share), 400 - int(400 * share), seed=seed)
    random = np.random.default_rng(seed)
    terms = np.clip(tie * cosines + random.uniform(0, 1, len(truth)), 0, 1)
    mixture = fit_mixture(features_of(cosines, terms=terms), NO_DATES, shipped_model())
    steps = np.linspace(0, 1, 9)
    cosine, added = mixture.log_odds(np.full(9, 0.5), steps)
    assert (np.diff(added) >= -1e-9).all()
    assert np.ptp(cosine) < 1e-9
    rising, _ = mixture.log_odds(steps, np.full(9, 0.5))
    assert (np.diff(rising) > 0).all()


def test_a_model_is_learned_from_labelled_pairs():
    cosines, truth = drawn(400, 1200, means=(0.8, 0.1))
    known = np.ones(len(truth), dtype=bool)
    pairs = LabelledPairs(features_of(cosines), np.full(3, np.nan), known, truth)
    learned = refit(shipped_model(), [pairs], pseudo_pairs=0.0)
    assert learned.related_means[0] == pytest.approx(0.8, abs=0.02)
    assert learned.unrelated_means[0] == pytest.approx(0.1, abs=0.02)
    assert learned.related_means[1] == shipped_model().related_means[1]
    assert learned.related_share == pytest.approx(0.25)
    held = refit(shipped_model(), [pairs], pseudo_pairs=1e9)
    assert held.related_means == pytest.approx(shipped_model().related_means, abs=1e-4)


def test_shared_names_are_learned_with_their_tie_to_the_cosine():
    cosines, truth = drawn(400, 1200)
    random = np.random.default_rng(3)
    terms = np.where(truth, 0.6, 0.2) + (cosines - np.where(truth, 0.6, 0.3))
    terms += random.normal(0, 0.1, len(truth))
    known = np.ones(len(truth), dtype=bool)
    pairs = LabelledPairs(features_of(cosines, terms=terms), np.full(3, np.nan), known, truth)
    learned = refit(shipped_model(), [pairs], pseudo_pairs=0.0)
    assert learned.related_means[1] == pytest.approx(0.6, abs=0.03)
    assert learned.unrelated_means[1] == pytest.approx(0.2, abs=0.03)
    assert learned.correlation == pytest.approx(0.7, abs=0.05)


def test_conflicting_numbers_are_learned_to_part():
    cosines, truth = drawn(500, 500, means=(0.5, 0.5))
    conflicts = np.where(truth, 0.0, 1.0)
    known = np.ones(len(truth), dtype=bool)
    pairs = LabelledPairs(features_of(cosines, np.nan, conflicts), np.full(3, np.nan), known, truth)
    none = replace(shipped_model(), conflict_weight=0.0)
    assert refit(none, [pairs], pseudo_pairs=0.0).conflict_weight > 2


def test_a_temperature_is_learned_where_the_sum_is_too_sure():
    """Half the labels of the surest pairs are wrong, so nothing should be said so surely."""
    cosines, truth = drawn(500, 1500)
    known = np.ones(len(truth), dtype=bool)
    told = [truth, np.where(np.random.default_rng(5).random(len(truth)) < 0.2, ~truth, truth)]
    models = [
        refit(
            shipped_model(),
            [LabelledPairs(features_of(cosines), np.full(3, np.nan), known, related)],
            pseudo_pairs=0.0,
        )
        for related in told
    ]
    assert models[0].temperature < models[1].temperature
    for model, related in zip(models, told, strict=True):
        said = weigh(features_of(cosines), np.full(3, np.nan), model)
        plain = weigh(features_of(cosines), np.full(3, np.nan), replace(model, temperature=1.0))
        assert np.array_equal(said.total, plain.total)
        assert (
            reliability(said.probabilities, related).brier
            <= reliability(plain.probabilities, related).brier
        )


def test_too_few_labels_are_refused():
    cosines, truth = drawn(3, 50)
    pairs = LabelledPairs(features_of(cosines), np.full(3, np.nan), np.ones(53, dtype=bool), truth)
    with pytest.raises(InputError, match="too few"):
        refit(shipped_model(), [pairs], pseudo_pairs=0.0)


def test_reliability_agrees_with_a_naive_count():
    probabilities = np.array([0.05, 0.15, 0.15, 0.95])
    related = np.array([False, True, False, True])
    found = reliability(probabilities, related)
    assert found.error == pytest.approx((0.05 + 2 * 0.35 + 0.05) / 4)
    assert found.brier == pytest.approx(np.mean([0.05**2, 0.85**2, 0.15**2, 0.05**2]))
    assert [n for _, _, n in found.curve] == [1, 2, 1]


def test_doubtful_pairs_are_asked_first_and_once():
    chosen = most_informative(np.array([0.99, 0.52, 0.01, 0.31, 0.72]), 3)
    assert chosen.tolist() == [1, 3, 4]
    assert sorted(most_informative(np.array([0.5, 0.5]), 9).tolist()) == [0, 1]


def test_a_model_is_read_as_it_was_written(tmp_path):
    path = tmp_path / "model.json"
    write_model(shipped_model(), path, report={"curve": [[0.1, 0.2, 3]]})
    assert read_model(path) == shipped_model()
    assert "[ 0.1, 0.2, 3 ]" in path.read_text()
    path.write_text('{"model": {"related_share": 1}}')
    with pytest.raises(DamagedError, match="no pair model"):
        read_model(path)
    with pytest.raises(NotFoundError, match="no pair model at"):
        read_model(tmp_path / "nothing.json")
