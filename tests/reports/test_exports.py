"""What is handed out as files: pages, citations, graphs; whatever a title holds stays text."""

import datetime as dt
import re
from html.parser import HTMLParser
from xml.etree import ElementTree as ET

import numpy as np
import pytest

import engine
from engine.domain import Article, EncoderSpec
from engine.errors import InputError, NotFoundError, StorageError
from engine.reports.citations import bibtex, ris
from engine.reports.exports import graph_text, map_text, story_text
from engine.reports.layout import places
from engine.store import Corpus

HOSTILE = "</script></title><img src=x onerror=alert(1)> \"'&amp; ]]>"
FLOOD = "The river flooded the lower town of Ostmark on Friday and cut off the hospital."

GRAPHML = "{http://graphml.graphdrawing.org/xmlns}"


def article(**fields):
    moment = dt.datetime(2023, 5, 10, 8, tzinfo=dt.UTC)
    known = {"id": "a", "title": "T", "body": "", "language": "en", "source": "S", "url": ""}
    return Article(**(known | {"published": moment, "fetched": moment} | fields))


HARMFUL = article(
    id="f1",
    title=HOSTILE,
    body=FLOOD,
    source=HOSTILE,
    url='https://x.example/"><script>alert(1)</script>',
    author=HOSTILE,
)
ARTICLES = [
    HARMFUL,
    article(
        id='f"2',
        title=f"Flood {HOSTILE}",
        body=f"{FLOOD} Boats came.",
        url="javascript:alert(1)",
        source="Weekly",
    ),
    article(
        id="f3",
        title="Flood in Ostmark",
        body=f"{FLOOD} It rains.",
        source="Daily",
        author="Ann Lee, Bo Day",
        url="https://daily.example/flood?a=1&b={2}",
    ),
    article(id="other", title="A library", body="A library opened in the harbour."),
]


@pytest.fixture
def base(tmp_path):
    with engine.open(tmp_path / "base") as opened:
        opened.ingest(ARTICLES)
        # As no cleaning would leave it.
        with Corpus(opened.layout.corpus) as corpus, corpus.transaction():
            corpus.articles.upsert(ARTICLES)
        opened.rebuild(spec=EncoderSpec("hashing"))
        opened.cluster()
        yield opened


class Elements(HTMLParser):
    """Keeps what a browser would make of a page: its elements and where its links lead."""

    def __init__(self, page):
        super().__init__()
        self.tags: list[str] = []
        self.handlers: list[str] = []
        self.links: list[str] = []
        self.feed(page)

    def handle_starttag(self, tag, attrs):
        self.tags.append(tag)
        self.handlers += [name for name, _ in attrs if name.startswith("on")]
        self.links += [value or "" for name, value in attrs if tag == "a" and name == "href"]


def test_no_title_becomes_an_element_of_a_page(base):
    story = base.stories()[0]
    assert set(story.article_ids) == {"f1", 'f"2', "f3"}
    pages = story_text(base.reader, story.id, ".html"), map_text(base.reader)
    for page, n_scripts in zip(pages, (0, 1), strict=True):
        found = Elements(page)
        assert "img" not in found.tags
        assert found.tags.count("script") == n_scripts
        assert found.handlers == []
        assert {link.split(":")[0] for link in found.links} == {"https"}
        assert re.search("onerror=alert", page)  # it is there, as text
        policy = re.search('Content-Security-Policy" content="([^"]*)"', page)
        assert policy is not None
        assert policy[1].startswith("default-src 'none'")
        assert not re.search(r"(?:src|href)=\"(?!data:|https://(?:x|daily)\.example)", page)


def test_the_script_of_a_map_is_the_only_one_that_its_page_allows(base):
    from base64 import b64encode
    from hashlib import sha256

    page = map_text(base.reader)
    script = re.search("<script>(.*)</script>", page, re.DOTALL)
    assert script is not None
    digest = b64encode(sha256(script[1].encode()).digest()).decode()
    assert f"script-src 'sha256-{digest}'" in page
    assert "script-src 'none'" in story_text(base.reader, base.stories()[0].id, ".html")


def test_a_story_page_holds_each_article_once_with_copies_below(base):
    copy = {"id": "copy", "title": "Flood in Ostmark", "text": f"{FLOOD} It rains.",
            "source": "Late", "language": "en", "published_at": "2023-05-11"}  # fmt: skip
    base.ingest([copy])
    base.rebuild()
    base.cluster()
    page = story_text(base.reader, base.stories()[0].id, ".html")
    listed = page[page.index("<h2>en</h2>") :]
    assert listed.count("Flood in Ostmark</a>") + listed.count(": Flood in Ostmark<") == 2
    assert re.search(
        "<ul><li[^>]*>2023-05-11 00:00 UTC, Late: Flood in Ostmark</li></ul></li>", page
    )
    assert "tonight" not in page


def test_a_map_has_a_point_for_each_article_and_a_colour_for_each_story(base):
    page = map_text(base.reader)
    assert page.count('r="4"') == 4 + 1  # and one in the list of stories
    assert len(re.findall(r'r="4" fill="hsl\(', page)) == 3 + 1
    assert page.startswith("<!doctype html>")
    only = map_text(base.reader, engine.ArticleFilter(sources=("Daily",)))
    assert "<h1>1 articles" in only


def test_an_empty_window_has_a_map(base):
    late = engine.ArticleFilter(since=dt.datetime(2030, 1, 1, tzinfo=dt.UTC))
    assert "<h1>0 articles</h1>" in map_text(base.reader, late)
    assert "".join(graph_text(base.reader, late)).count("<node") == 0


def test_a_graph_has_the_neighbours_of_the_base(base):
    tree = ET.fromstring("".join(graph_text(base.reader, k=2)))
    nodes = {node.attrib["id"]: node for node in tree.iter(f"{GRAPHML}node")}
    assert nodes.keys() == {"f1", 'f"2', "f3", "other"}
    titles = {data.text for data in nodes["f1"].iter(f"{GRAPHML}data")}
    assert base.articles(["f1"])["f1"].title in titles
    edges: dict[str, list[str]] = {}
    for edge in tree.iter(f"{GRAPHML}edge"):
        edges.setdefault(edge.attrib["source"], []).append(edge.attrib["target"])
    assert edges == {id_: [near.id for near in found] for id_, found in base.iter_neighbours(2)}
    some = engine.ArticleFilter(sources=("Daily", "Weekly"))
    tree = ET.fromstring("".join(graph_text(base.reader, some)))
    assert {edge.attrib["source"] for edge in tree.iter(f"{GRAPHML}edge")} == {'f"2', "f3"}


def test_control_characters_leave_a_graph_well_formed():
    from engine.reports.graphml import graphml

    text = "".join(graphml([article(title="a\x00b\x0bc\ufffe", id="x\x01")], [], {}))
    (node,) = ET.fromstring(text).iter(f"{GRAPHML}node")
    assert node.attrib["id"] == "x\ufffd"


def test_a_title_does_not_begin_another_line_of_ris():
    text = ris([article(title="A\r\nER  - \nTY  - BOOK\x85AU  - X\x00", author="Ann Lee, Bo Day")])
    lines = text.split("\r\n")
    assert lines[0] == "TY  - NEWS"
    tags = [line[:2] for line in lines if line]
    assert " ".join(tags) == "TY ID TI AU AU T2 DA PY LA ER"
    assert lines.count("ER  - ") == 1
    assert "\n" not in text.replace("\r\n", "")


@pytest.mark.parametrize("title", ["} @evil{x,", "a{b", "100% \\input{/etc/passwd} $x_1^2~#&"])
def test_a_title_does_not_end_its_entry_of_bibtex(title):
    text = bibtex([article(title=title, id="x,y{"), article(title=title, id="x y")])
    depth = 0
    for place, character in enumerate(text):
        depth += (character == "{") - (character == "}")
        assert depth >= 0
        if character == "@":
            assert (depth == 0) == text[place:].startswith("@online{")
    assert depth == 0
    keys = re.findall("@online{(.*),", text)
    assert keys == ["x-y", "x-y.2"]
    assert "\\input" not in text


def test_only_addresses_of_the_web_are_cited():
    assert "UR  - " not in ris([article(url="javascript:alert(1)")])
    assert "url" not in bibtex([article(url="file:///etc/passwd")])
    assert "url = {{https://x.example/%7D%7D?a=1}}" in bibtex(
        [article(url="https://x.example/}}?a=1")]
    )


def test_files_are_written_whole_or_not_at_all(base, tmp_path):
    story = base.stories()[0].id
    for name, starts in (("s.html", "<!doctype"), ("s.ris", "TY  - NEWS"), ("s.bib", "@online{")):
        base.write_story(tmp_path / name, story)
        assert (tmp_path / name).read_text().startswith(starts)
    base.write_map(tmp_path / "map.html")
    base.write_graph(tmp_path / "a.graphml", k=1)
    assert ET.parse(tmp_path / "a.graphml").getroot().tag == f"{GRAPHML}graphml"
    kept = (tmp_path / "s.html").read_bytes()
    with pytest.raises(InputError, match=r"\.html, \.ris, \.bib"):
        base.write_story(tmp_path / "s.docx", story)
    with pytest.raises(NotFoundError):
        base.write_story(tmp_path / "s.html", "s-none")
    with pytest.raises(InputError, match="k = 0"):
        base.write_graph(tmp_path / "a.graphml", k=0)
    with pytest.raises(StorageError):
        base.write_map(tmp_path / "nowhere" / "map.html")
    assert (tmp_path / "s.html").read_bytes() == kept
    assert not list(tmp_path.glob("*.new"))


def test_what_is_alike_lies_together_and_the_same_map_comes_again():
    draw = np.random.default_rng(7)
    centres = draw.normal(size=(8, 32))
    group = np.repeat(np.arange(8), 30)
    rows = centres[group] + 0.3 * draw.normal(size=(240, 32))
    vectors = (rows / np.linalg.norm(rows, axis=1, keepdims=True)).astype(np.float32)
    spots = places(vectors)
    assert spots.shape == (240, 2)
    assert spots.min() == 0
    assert spots.max() == 1
    apart = np.linalg.norm(spots[:, None] - spots[None], axis=-1)
    np.fill_diagonal(apart, np.inf)
    assert (group[apart.argmin(axis=1)] == group).mean() > 0.95
    assert (places(vectors) == spots).all()


@pytest.mark.parametrize("n", [0, 1, 2, 3])
def test_few_articles_have_places(n):
    vectors = np.eye(4, dtype=np.float32)[:n]
    spots = places(vectors)
    assert spots.shape == (n, 2)
    assert np.isfinite(spots).all()
    same = places(np.repeat(vectors[:1], n, axis=0))
    assert np.isfinite(same).all()
