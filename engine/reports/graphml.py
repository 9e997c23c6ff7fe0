"""Articles and their nearest neighbours as GraphML, which Gephi, Cytoscape and networkx read."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from xml.sax.saxutils import escape, quoteattr

from engine.domain import Article
from engine.jobs.telling.iterate import Neighbour
from engine.words.headlines import headline_of

_NO_XML = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
"""Characters that no document of XML 1.0 may hold, escaped or not."""

_OF_ARTICLES = ("title", "language", "source", "published", "url", "story")

_HEAD = f"""<?xml version="1.0" encoding="UTF-8"?>
<graphml xmlns="http://graphml.graphdrawing.org/xmlns">
{"".join(f'<key id="{n}" for="node" attr.name="{n}" attr.type="string"/>' for n in _OF_ARTICLES)}
<key id="cosine" for="edge" attr.name="cosine" attr.type="double"/>
<graph edgedefault="directed">
"""


def graphml(
    articles: Iterable[Article],
    near: Iterable[tuple[str, Sequence[Neighbour]]],
    story_of: Mapping[str, str],
) -> Iterator[str]:
    """Yield a document piece by piece: a node for each article, an edge to each neighbour.

    Parameters
    ----------
    articles
        The nodes.
    near
        Neighbours of articles by their ids; edges to and from other articles are left out.
    story_of
        The story that an article is in.
    """
    yield _HEAD
    ids = set()
    for article in articles:
        ids.add(article.id)
        yield _node(article, story_of.get(article.id, ""))
    for id_, found in near:
        if id_ in ids:
            yield "".join(_edge(id_, other) for other in found if other.id in ids)
    yield "</graph>\n</graphml>\n"


def _node(article: Article, story: str) -> str:
    values = (
        headline_of(article),
        article.language,
        article.source,
        "" if article.published is None else article.published.isoformat(),
        article.url,
        story,
    )
    data = "".join(
        f'<data key="{name}">{escape(_allowed(value))}</data>'
        for name, value in zip(_OF_ARTICLES, values, strict=True)
        if value
    )
    return f"<node id={_quoted(article.id)}>{data}</node>\n"


def _edge(id_: str, near: Neighbour) -> str:
    ends = f"source={_quoted(id_)} target={_quoted(near.id)}"
    return f'<edge {ends}><data key="cosine">{near.cosine:.4f}</data></edge>\n'


def _quoted(text: str) -> str:
    return quoteattr(_allowed(text))


def _allowed(text: str) -> str:
    return _NO_XML.sub("\ufffd", text)
