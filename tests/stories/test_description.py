import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from engine.domain import Clustering, Rows
from engine.same_event.window import Window
from engine.stories.background import Background
from engine.stories.contrast import Contrast
from engine.stories.counting import LEAST_LIFT, Counted
from engine.stories.description import describe
from engine.stories.leads import Leads
from engine.workers.local import LocalExecutor

GERMAN = [f"Die Stadt baut die Schule und die Brücke Nummer {word}" for word in "abc"]
ENGLISH = [f"Some weather number {number} came over the hills" for number in range(60)]
QUAKE = [
    ("Beben trifft Dorf bei Karacamli, die Retter suchen", "de", "Blatt"),
    ("Nach dem Beben in Karacamli suchen die Leute Wasser", "de", "Kurier"),
    ("Das Beben in Karacamli war die dritte Warnung an die Leute", "de", "Post"),
    ("An earthquake has struck near Karacamli and Izmir", "en", "Wire"),
    ("The balconies of Izmir fell as the quake hit Karacamli", "en", "Wire"),
]


def window_of(rows):
    texts, languages, sources = zip(*rows, strict=True)
    vectors = np.ones((len(rows), 2), np.float32) / np.sqrt(2, dtype=np.float32)
    return Window(list(texts), [""] * len(rows), languages, sources, np.zeros(len(rows)), vectors)


def town():
    others = [(text, "de", "Blatt") for text in GERMAN] + [(text, "en", "X") for text in ENGLISH]
    return window_of([*QUAKE, *others])


def story_of(window, rows):
    labels = np.full(len(window), -1)
    labels[rows] = 0
    ids = [f"{window.titles[row]}" for row in range(len(window))]
    (story,) = describe(
        window, Clustering(labels, np.ones(len(window), np.float32)), ids, ["s-0"], LocalExecutor()
    )
    return story


def test_what_is_usual_in_a_language_is_no_keyword_of_its_articles():
    story = story_of(town(), range(5))
    assert "karacamli" in story.keywords
    assert "beben" in story.keywords
    assert "die" not in story.keywords


def test_a_word_in_two_scripts_is_one_keyword():
    rows = [("Depot burns at Krasny Log", "en", source) for source in ("A", "B", "C")]
    rows += [("Пожар на складе в Красный Лог", "ru", source) for source in ("Г", "Д")]
    rows += [(f"They talk of {word}", "en", word) for word in "abcdefgh"]
    rows += [(f"Говорят про {word}", "ru", word) for word in "абвгдежз"]
    keywords = story_of(window_of(rows), range(5)).keywords
    assert "log" in keywords
    assert "лог" not in keywords
    assert "пожар" in keywords


def test_one_outlet_alone_makes_neither_a_keyword_nor_a_name():
    story = story_of(town(), range(5))
    assert "izmir" not in story.keywords
    assert "Karacamli" in story.names
    assert "Izmir" not in story.names


def test_the_articles_of_a_story_of_one_outlet_count_by_themselves():
    assert "Izmir" in story_of(town(), range(3, 5)).names


def test_a_name_that_everything_is_about_is_not_told():
    rows = [(f"They said {word} of Lund", "en", word) for word in "abcdefgh"]
    rows += [(f"In Lund the mill of Berga burned for {word}", "en", word) for word in "xyz"]
    story = story_of(window_of(rows), range(8, 11))
    assert story.names == ("Berga",)


def test_weights_compare_with_as_many_articles_of_the_languages():
    """Counted by hand: all 3 other German articles have 'die', none of the 60 English ones."""
    window = town()
    read = Leads.by(LocalExecutor(), window).said
    background = Background(read, window.languages)
    rows = [Rows(np.arange(5))]
    contrast = Contrast(Counted(background, window.languages, window.sources, read, rows), 0)
    among_all = 3 / 63
    german, english = (3 + among_all) / (3 + 1), (0 + among_all) / (60 + 1)
    usual = 4 * (3 * german + 2 * english) / 5
    assert (3 + 0.5) / (usual + 0.5) < LEAST_LIFT < (3 + 0.5) / (4 * among_all + 0.5)
    assert contrast.weight(["die"], 3) == 0.0
    assert contrast.weight(["karacamli"], 4) == pytest.approx(np.log((4 + 0.5) / 0.5))


@settings(max_examples=20, deadline=None)
@given(st.randoms())
def test_a_story_does_not_depend_on_the_order_of_the_window(random):
    window = town()
    order = list(range(len(window)))
    random.shuffle(order)
    rows = np.flatnonzero(np.array(order) < 5)
    assert story_of(window.take(np.array(order)), rows) == story_of(window, range(5))
