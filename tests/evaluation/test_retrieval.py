"""The figures of an evaluation are those of the search that users run."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

import engine
from engine.domain import EncoderSpec
from engine.errors import InputError
from engine.evaluation.retrieval import HITS, Searches, retrieval_of
from engine.jobs.querying.ranking import DENSE
from engine.store import ArticleFilter

HASHING = EncoderSpec("hashing")

EVENTS = {
    "flood": [
        ("en", "The river Elm flooded the lower town of Ostmark and cut off the hospital."),
        ("en", "Flood in Ostmark: the river Elm cut off the hospital of the lower town."),
        ("de", "Hochwasser in Ostmark: der Fluss Elm hat das Spital der Unterstadt abgeschnitten."),
    ],
    "theft": [
        ("en", "Three masked robbers took gold coins from the museum of Oldtown at night."),
        ("de", "Drei Maskierte stahlen nachts Gold aus dem Museum of Oldtown."),
    ],
    "alone": [("en", "A quiet village festival opened with music and cake.")],
    "": [("en", "Robbers took gold coins from the museum, a report of nobody's event.")],
}


@pytest.fixture(scope="module")
def searched(tmp_path_factory):
    """Return a base, the labelled articles and their events."""
    folder = tmp_path_factory.mktemp("labelled")
    lines, event_of = [], {}
    for event, articles in EVENTS.items():
        for number, (language, text) in enumerate(articles):
            id_ = f"{event or 'nobody'}-{number}"
            lines.append(json.dumps({"id": id_, "title": text, "text": text, "language": language}))
            if event:
                event_of[id_] = event
    (folder / "feed.jsonl").write_text("\n".join(lines))
    with engine.open(folder / "base") as base:
        base.ingest(folder / "feed.jsonl")
        base.rebuild(spec=HASHING)
        base.cluster()
        stored = base.articles(list(event_of))
        yield base, [stored[id_] for id_ in event_of], event_of


def asked_one_by_one(base, event_of, *, mode="event", languages=None, among=None):
    """Return the scores of a user who asks for each article and looks at ten hits."""
    found = []
    for id_, event in event_of.items():
        own = base.articles([id_])[id_].language
        if among is not None and own != among:
            continue
        others = {
            other
            for other, its in event_of.items()
            if its == event
            and other != id_
            and (languages is None or base.articles([other])[other].language in languages(own))
        }
        if not others:
            continue
        which = None if languages is None else ArticleFilter(languages=tuple(languages(own)))
        hits = base.similar(base.query(id=id_), k=HITS, which=which, fold=False, mode=mode)
        found.append(([hit.article.id in others for hit in hits], len(others)))
    return retrieval_of(found)


def test_stories_are_told_as_if_an_article_were_new(searched):
    base, articles, event_of = searched
    told = Searches(base.reader, articles, event_of).matches()
    right = wrong = silent = 0
    for id_, event in event_of.items():
        story = base.match(base.query(id=id_)).story
        own = () if story is None else base.story(story.id).article_ids
        found = set(own) & set(event_of) - {id_}
        others = [event_of[other] for other in found]
        right += bool(others) and 2 * others.count(event) >= len(others)
        wrong += bool(others) and 2 * others.count(event) < len(others)
        silent += event == "alone" and not others
    assert (told.n_articles, told.n_alone) == (5, 1)
    assert right > 0
    assert told.precision == round(right / (right + wrong), 4)
    assert told.recall == round(right / 5, 4)
    assert told.silence == silent


def test_the_figures_are_those_of_a_user_who_asks_one_by_one(searched):
    base, articles, event_of = searched
    searches = Searches(base.reader, articles, event_of)
    assert searches.among_all() == asked_one_by_one(base, event_of)
    assert searches.among_all().n_queries == 5  # one article is alone
    assert searches.among_all(DENSE) == asked_one_by_one(base, event_of, mode=DENSE)
    across = asked_one_by_one(base, event_of, languages=lambda own: {"en", "de"} - {own})
    assert searches.across_languages() == across
    within = asked_one_by_one(base, event_of, languages=lambda own: {own}, among="en")
    assert searches.within("en") == within
    assert searches.within("de").n_queries == 0


def test_hits_without_an_event_are_wrong_hits_but_say_nothing_of_probabilities(searched):
    base, articles, event_of = searched
    hits = {hit.article.id for hit in base.similar(base.query(id="theft-0"))}
    assert "nobody-0" in hits
    counted = sum(
        hit.article.id in event_of
        for id_ in event_of
        for hit in base.similar(base.query(id=id_), k=HITS)
    )
    assert Searches(base.reader, articles, event_of).trust().n_hits == counted


def test_an_evaluation_says_what_its_own_base_shows(tmp_path):
    lines = [
        {"title": text, "text": text, "language": language, "cluster": event}
        for event, articles in EVENTS.items()
        for language, text in articles
    ]
    gold = tmp_path / "gold.jsonl"
    gold.write_text("\n".join(json.dumps(line) for line in lines))
    with engine.open(tmp_path / "base") as base:
        result = base.evaluate(gold, spec=HASHING, peers=False)
    assert (result.n_articles, result.n_clusters) == (6, 3)
    assert result.peers is None
    assert "peers" not in result.to_dict()
    assert result.to_dict()["retrieval"]["n_queries"] == 5
    assert list(result.languages) == ["en", "de"]
    used = next(each for each in result.granularity.settings if each.granularity == 0)
    assert used.f1 == result.bcubed.f1  # the job and the scores cluster alike


@given(st.lists(st.tuples(st.lists(st.booleans(), max_size=HITS), st.integers(1, 20)), max_size=30))
def test_scores_agree_with_their_definition(found):
    found = [(hits, max(n_right, sum(hits))) for hits, n_right in found]
    scores = retrieval_of(found)
    assert scores.n_queries == len(found)
    if not found:
        return
    firsts = [hits.index(True) + 1 if True in hits else None for hits, _ in found]
    assert scores.hit_at_1 == pytest.approx(firsts.count(1) / len(found), abs=1e-4)
    ranks = [0 if first is None else 1 / first for first in firsts]
    assert scores.mrr == pytest.approx(sum(ranks) / len(found), abs=1e-4)
    recalls = [sum(hits) / n_right for hits, n_right in found]
    assert scores.recall_at_10 == pytest.approx(sum(recalls) / len(found), abs=1e-4)


def test_gold_without_two_labels_is_refused(tmp_path):
    gold = tmp_path / "gold.jsonl"
    gold.write_text(json.dumps({"title": "one", "text": "one", "cluster": "a"}))
    with engine.open(tmp_path / "base") as base, pytest.raises(InputError, match="fewer than two"):
        base.evaluate(gold, spec=HASHING)
