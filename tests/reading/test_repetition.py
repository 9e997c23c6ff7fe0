"""Lines that an outlet repeats are furniture; sentences of its stories are not."""

from datetime import UTC, datetime

from engine.domain import Article
from engine.reading.cleaning.cleaner import FEWEST_ARTICLES, MOST_LINES, repeated_lines

FETCHED = datetime(2024, 5, 9, tzinfo=UTC)
SLOGAN = "The Echo, your paper since 1890"


def article(number, *lines, title=None, raw=""):
    return Article(
        id=str(number),
        title=f"Story {number}" if title is None else title,
        body="\n".join(lines),
        language="en",
        source="The Echo",
        url="",
        published=None,
        fetched=FETCHED,
        raw=raw,
    )


def stories(n_articles, *, extra=SLOGAN):
    return [
        article(n, f"Sentence one of {n}.", f"Sentence two of {n}.", extra)
        for n in range(n_articles)
    ]


def test_a_slogan_is_found():
    assert repeated_lines(stories(FEWEST_ARTICLES)) == {SLOGAN}


def test_fewer_articles_prove_nothing():
    assert repeated_lines(stories(FEWEST_ARTICLES - 1)) == frozenset()


def test_a_line_of_few_among_many_is_background():
    papers = stories(FEWEST_ARTICLES) + [article(n, f"Only {n}.") for n in range(100, 500)]
    assert repeated_lines(papers) == frozenset()


def test_updates_of_one_article_do_not_make_its_lines_furniture():
    updates = [article(n, "The bridge closes.", f"Update {n}.", title="Bridge") for n in range(20)]
    assert repeated_lines(updates) == frozenset()


def test_a_long_paragraph_is_never_counted():
    assert repeated_lines(stories(20, extra="A long paragraph. " * 30)) == frozenset()


def test_counting_forgets_rare_lines_when_there_are_many():
    long = [
        article(n, SLOGAN, *(f"{n} {line}" for line in range(MOST_LINES // 100)))
        for n in range(200)
    ]
    assert repeated_lines(long) == {SLOGAN}
