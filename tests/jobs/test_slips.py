"""What a program slips in by mistake is refused in a sentence, not taken for something else."""

from datetime import UTC, date, datetime
from typing import Any

import pytest

import engine
from engine.domain import EncoderSpec


@pytest.fixture
def base(tmp_path):
    text = "The old bridge collapsed on Monday. " * 20
    with engine.open(tmp_path / "base") as opened:
        opened.ingest([{"id": "b1", "title": "A bridge collapsed", "text": text}])
        opened.rebuild(spec=EncoderSpec("hashing"))
        yield opened


@pytest.mark.parametrize("filter_", [engine.ArticleFilter, engine.StoryFilter, engine.Span])
@pytest.mark.parametrize(
    "moment",
    [datetime(2023, 5, 21), date(2023, 5, 21), "2023-05-21"],  # noqa: DTZ001 - as is refused
)
def test_a_time_that_could_be_of_any_zone_is_refused(filter_, moment):
    with pytest.raises(engine.InputError, match="aware time for since"):
        filter_(since=moment)
    assert filter_(since=datetime(2023, 5, 21, tzinfo=UTC), until=None)


@pytest.mark.parametrize("field", ["languages", "sources"])
def test_a_filter_takes_no_text_for_its_letters(field):
    wrong: dict[str, Any] = {field: "nl"}
    with pytest.raises(engine.InputError, match=rf"expected {field} as \['nl'\], got 'nl'"):
        engine.ArticleFilter(**wrong)


def test_a_text_is_not_taken_for_several(base):
    with pytest.raises(engine.InputError, match=r"expected queries as \['a bridge'\]"):
        base.similar_to_each("a bridge")
    with pytest.raises(engine.InputError, match=r"expected ids as \['b1'\]"):
        base.articles("b1")
    assert list(base.articles(["b1"])) == ["b1"]


def test_a_base_and_an_article_are_printed_in_a_line(base, tmp_path):
    assert repr(base) == f"Base({str(tmp_path / 'base')!r})"
    (article,) = base.iter_articles()
    said = repr(article)
    assert said.startswith("Article(id='b1', title=")
    assert len(said) < 300 < len(article.body)
