"""The words of a report, shared by its forms."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import Any

from engine.pipeline.briefing import Briefing, StoryBrief

_BARS = "▁▂▃▄▅▆▇█"


def title(briefing: Briefing) -> str:
    """Return the headline of a report."""
    return f"Stories of {briefing.run.at:%Y-%m-%d %H:%M} UTC"


def counts(briefing: Briefing) -> list[str]:
    """Return what the night did, one sentence each."""
    facts = briefing.run.facts
    events = facts.get("events", {})
    articles = (
        f"Run {briefing.run.run}: {facts.get('n_articles', 0)} articles, of which "
        f"{facts.get('n_new', 0)} are new; {facts.get('n_recent', 0)} in the window."
    )
    changes = ", ".join(f"{n} {kind}" for kind, n in events.items()) or "no change"
    said = [articles, f"Stories: {changes}."]
    if briefing.before is not None:
        said.append(
            f"The run before was {briefing.before.run}, {briefing.before.at:%Y-%m-%d %H:%M}."
        )
    if "agreement" in facts:
        said.append(
            f"Steadiness: halves of the window agree by {facts['agreement']:.2f}; "
            f"{facts['churn']:.1%} of the articles changed story, {facts['fragmentation']:.1%} of "
            f"the stories split, {facts['singletons']:.1%} of the articles are in no story."
        )
    if "migrated_from" in facts:
        said.append(continuity(facts))
    if briefing.n_more:
        said.append(f"{briefing.n_more} more stories have news.")
    return said


def continuity(facts: Mapping[str, Any]) -> str:
    """Return what another encoder did to the stories, from the facts of the first run with it."""
    n_stayed = facts["n_placed"] - facts["n_moved"]
    return (
        f"The encoder changed: {facts['n_ids_kept']} of {facts['n_continued']} stories of the "
        f"window kept their id, {n_stayed} of {facts['n_placed']} articles stayed in their story; "
        f"without what had settled {facts['n_regrouped']} would have other company. "
        f"It was {facts['migrated_from']}, now {facts['fingerprint']}."
    )


def headline(brief: StoryBrief) -> str:
    """Return the headline of a story with what is new about it."""
    return f"{brief.story.headline} ({brief.news})"


def lines(brief: StoryBrief) -> list[str]:
    """Return what there is to say of a story, one sentence each."""
    story = brief.story
    size = (
        f"{len(story.article_ids)} articles, {brief.n_joined} of them tonight, "
        f"{brief.per_day} in its last day; {brief.n_independent} independent of "
        f"{max(1, len(story.sources))} sources."
    )
    said = [size]
    if brief.first is not None and brief.first.published is not None:
        source = brief.first.source or "an unnamed source"
        said.append(f"First: {source}, {brief.first.published:%Y-%m-%d %H:%M}.")
    for lineage in brief.lineages[:3]:
        names = _listed([copy.source or copy.id for copy in lineage.copies])
        said.append(f"Copied from {lineage.original.source or lineage.original.id}: {names}.")
    said.append("Languages: " + ", ".join(_delay(*item) for item in brief.delays.items()) + ".")
    if brief.missing:
        said.append(f"Missing: {', '.join(brief.missing)}.")
    if brief.absorbed:
        said.append(f"Took in {', '.join(brief.absorbed)}.")
    if story.keywords:
        said.append(f"Keywords: {', '.join(story.keywords)}.")
    return said


def sparkline(timeline: Sequence[int]) -> str:
    """Return a timeline as block characters; empty spans are the lowest block."""
    top = max(timeline, default=0)
    return "".join(_BARS[math.ceil(7 * count / top) if top else 0] for count in timeline)


def _delay(language: str, hours: float) -> str:
    if math.isnan(hours):
        return f"{language} (undated)"
    return language if hours == 0 else f"{language} after {hours:.1f} h"


def _listed(names: Sequence[str], *, most: int = 6) -> str:
    distinct = list(dict.fromkeys(names))
    more = f" and {len(distinct) - most} more" if len(distinct) > most else ""
    return ", ".join(distinct[:most]) + more
