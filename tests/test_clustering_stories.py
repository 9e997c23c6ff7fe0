import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from engine.clustering.background import Background, Contrast
from engine.clustering.stories import describe
from engine.clustering.window import Window
from engine.domain import Clustering

GERMAN = [f"Die Stadt baut die Schule und die Brücke Nummer {word}" for word in "abcde"]
ENGLISH = [f"Some {word} weather came over the hills" for word in ("cold", "mild", "wet", "dry")]
QUAKE = [
    ("Beben trifft Dorf bei Karacamli, die Retter suchen", "de", "Blatt"),
    ("Nach dem Beben in Karacamli suchen die Leute Wasser", "de", "Kurier"),
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
    (story,) = describe(window, Clustering(labels, np.ones(len(window), np.float32)), ids)
    return story


def test_what_is_usual_in_a_language_is_no_keyword_of_its_articles():
    story = story_of(town(), range(4))
    assert "karacamli" in story.keywords
    assert "beben" in story.keywords
    assert "die" not in story.keywords


def test_one_outlet_alone_makes_neither_a_keyword_nor_a_name():
    story = story_of(town(), range(4))
    assert "izmir" not in story.keywords
    assert story.names == ("Karacamli",)


def test_the_articles_of_a_story_of_one_outlet_count_by_themselves():
    assert "Izmir" in story_of(town(), range(2, 4)).names


def test_a_name_that_everything_is_about_is_not_told():
    rows = [(f"They said {word} of Lund", "en", word) for word in "abcdefgh"]
    rows += [(f"In Lund the mill of Berga burned for {word}", "en", word) for word in "xyz"]
    story = story_of(window_of(rows), range(8, 11))
    assert story.names == ("Berga",)


def test_weights_compare_with_as_many_articles_of_the_languages():
    """Counted by hand: of 5 other German articles 5 have 'die', of 4 English ones none."""
    window = town()
    contrast = Contrast(Background(window), np.arange(4))
    assert contrast.weight(["die"], 2) == 0.0
    german, english = (0 + 0) / 6, (0 + 0) / 5  # 'karacamli' is in no other article
    usual = 3 * (2 * german + 2 * english) / 4
    expected = np.log((3 + 0.5) / (usual + 0.5))
    assert contrast.weight(["karacamli"], 3) == expected


@settings(max_examples=20, deadline=None)
@given(st.permutations(range(13)))
def test_a_story_does_not_depend_on_the_order_of_the_window(order):
    window, order = town(), np.array(order)
    rows = np.flatnonzero(np.isin(order, range(4)))
    assert story_of(window.take(order), rows) == story_of(window, range(4))
