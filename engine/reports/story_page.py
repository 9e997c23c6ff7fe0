"""A story as one page that can be kept, mailed and printed; it loads nothing and runs nothing."""

from __future__ import annotations

from collections.abc import Sequence
from html import escape

from engine.domain import Article
from engine.jobs.telling.summarise import Summary
from engine.reports.html import bars, linked, listed, page
from engine.reports.story_brief import StoryBrief
from engine.reports.wording import lines, outlet, summed_up, told
from engine.words.moments import minute

_STYLE = """h1, h2 { break-after: avoid; }
li { break-inside: avoid; }
@media print { body { color: #000; background: #fff; margin: 0; max-width: none; } }
"""


def story_page(
    brief: StoryBrief, articles: Sequence[Article], summary: Summary | None = None
) -> str:
    """Return a page with what there is to say of a story, and its articles by language.

    The quickest language comes first; copies stand under the article that they copied.

    Parameters
    ----------
    brief
        The story.
    articles
        Those of it that are still there, in order of time.
    summary
        The sentences that stand for it, or None.
    """
    story = brief.story
    body = [f'<h1 dir="auto">{escape(story.headline)}</h1>', bars(brief.timeline)]
    if summary is not None:
        body.append(listed(summed_up(summary)))
    body.append(listed(lines(brief)))
    copies = {lineage.original.id: lineage.copies for lineage in brief.lineages}
    # What was copied itself stays in sight.
    folded = {copy.id for found in copies.values() for copy in found} - copies.keys()
    for first in brief.languages:
        language = first.article.language
        mine = [one for one in articles if one.language == language and one.id not in folded]
        if mine:
            items = "".join(_item(one, copies.get(one.id, ())) for one in mine)
            code = escape(language)
            body.append(f'<h2>{code}</h2><ul lang="{code}">{items}</ul>')
    body.append(f"<footer><p>{escape(story.id)}</p></footer>")
    return page(story.headline, body, style=_STYLE)


def _item(article: Article, copies: Sequence[Article]) -> str:
    below = f"<ul>{''.join(_item(copy, ()) for copy in copies)}</ul>" if copies else ""
    when = minute(article.published) + " UTC" * (article.published is not None)
    line = linked(told(f"{when}, {outlet(article)}", article))
    author = f" ({escape(article.author)})" if article.author else ""
    return f'<li dir="auto">{line}{author}{below}</li>'
