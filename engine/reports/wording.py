"""The words of reports and explanations, shared by their forms."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

from engine.domain import Article
from engine.jobs.lookup.alerts import BreakingStory
from engine.jobs.querying.explain import PairWhy, Why
from engine.jobs.storing.ingest import IngestReport
from engine.jobs.telling.matters import StagePlace
from engine.jobs.telling.summarise import Summary
from engine.recorded import Alert
from engine.reports.addresses import web_address
from engine.reports.briefing import Briefing
from engine.reports.coverage_wording import gap, leaders_and_laggards
from engine.reports.differences import told_differences
from engine.reports.news import ToldArticle
from engine.reports.story_brief import FirstIn, StoryBrief
from engine.reports.watch_news import WatchEntry
from engine.same_event.explanation import Explanation
from engine.same_event.granularity import in_words
from engine.store import RunFacts
from engine.words.headlines import headline_of
from engine.words.moments import NO_DATE, minute

_BARS = "▁▂▃▄▅▆▇█"

SLIGHT, STRONG = 0.7, 3.0
"""Log-odds below which a part of a score counts a little (it less than doubles the odds), and
from which it counts strongly (20 to 1)."""

LEAST_TOLD = 0.0005
"""Share from which one digit after the point shows something."""

MOST_LANGUAGES = 6
"""Languages of a story whose first article is shown."""


@dataclass(frozen=True, slots=True)
class Line:
    """One thing to say, the headline that it ends with, and where that can be read; or none."""

    text: str
    headline: str = ""
    url: str = ""


def title(briefing: Briefing) -> str:
    """Return the headline of a report."""
    return f"Stories of {briefing.run.at:%Y-%m-%d %H:%M} UTC"


def _empty(read: IngestReport) -> list[str]:
    """Return which inputs had nothing in them, as a sentence; none where all had."""
    files = ", ".join(empty.place for empty in read.empties)
    more = " and others" if read.empty > len(read.empties) else ""
    return [f"Nothing to read in {files}{more}."] if files else []


def counts(briefing: Briefing) -> list[str]:
    """Return what the night did, one sentence each."""
    facts = briefing.run.facts
    events = facts.events or {}
    articles = (
        f"Run {briefing.run.run}: {facts.n_articles or 0} articles, of which "
        f"{facts.n_new or 0} are new; {facts.n_recent or 0} in the window."
    )
    changes = ", ".join(f"{n} {kind}" for kind, n in events.items()) or "no change"
    said = [articles, f"Stories: {changes}."]
    if (read := briefing.ingested) is not None:
        said.append(
            f"Read: {read.added} added, {read.updated} updated, {read.unchanged} unchanged, "
            f"{read.rejected} rejected."
        )
        said += _empty(read)
    if (before := briefing.before) is not None:
        said.append(f"The run before was {before.run} ({before.kind}, {before.at:%Y-%m-%d %H:%M}).")
    if facts.granularity is not None:
        said.append(f"Granularity: {in_words(facts.granularity)}.")
    if facts.churn is not None:
        said.append(f"Steadiness: {steadiness(facts)}.")
    if facts.shared is not None:
        said.append(f"Vectors: {of_vectors(facts)}.")
    if facts.migrated_from is not None:
        said.append(continuity(facts))
    if briefing.n_more:
        said.append(f"{briefing.n_more} more stories have news.")
    return said


def steadiness(facts: RunFacts) -> str:
    """Return how steady the stories of a night are; shares of nothing are left out.

    A run of an earlier engine has not all of them.
    """
    changes = _shares(
        (facts.churn, "of the articles changed story"),
        (facts.merged, "of the articles went with their whole story to another"),
        (facts.fragmentation, "of the stories split"),
    )
    told = [
        ", ".join(changes) or "no article changed story, no story split",
        *_shares(
            (facts.chained, "of the articles of the largest stories are in chains"),
            (facts.torn, "of the likely pairs are in no story together"),
            (facts.singletons, "of all articles are in no story"),
        ),
    ]
    return "; ".join(told)


def of_vectors(facts: RunFacts) -> str:
    """Return by what a night told that its vectors are those of its texts."""
    near = "of the new articles share more words with their nearest than with that of another"
    astray = _shares((facts.astray, "of those encoded again have another vector"))
    return "; ".join([f"{in_percent(facts.shared or 0)} {near}", *astray])


def _shares(*told: tuple[float | None, str]) -> list[str]:
    """Return each share that is more than nothing, with what it is of."""
    return [f"{in_percent(share)} {what}" for share, what in told if share]


def in_percent(share: float) -> str:
    """Return a share as ``2.5%``; one that would be rounded to nothing is said to be little."""
    return "under 0.1%" if 0 < share < LEAST_TOLD else f"{share:.1%}"


def continuity(facts: RunFacts) -> str:
    """Return what another encoder did to the stories, from the facts of the first run with it."""
    n_stayed = (facts.n_placed or 0) - (facts.n_moved or 0)
    return (
        f"The encoder changed: {facts.n_ids_kept} of {facts.n_continued} stories of the "
        f"window kept their id, {n_stayed} of {facts.n_placed} articles stayed in their story; "
        f"without what had settled {facts.n_regrouped} would have other company. "
        f"It was {facts.migrated_from}, now {facts.fingerprint}."
    )


def headline(brief: StoryBrief) -> str:
    """Return the headline of a story with what is new about it."""
    return f"{brief.story.headline} ({brief.news.kind})"


def story_lines(briefing: Briefing, brief: StoryBrief) -> list[Line]:
    """Return what a report says of a story: in sentences, as a stage of a matter, in numbers."""
    id_ = brief.story.id
    said = summed_up(briefing.summaries[id_]) if id_ in briefing.summaries else []
    said += [stage(briefing.stages[id_])] if id_ in briefing.stages else []
    return said + lines(brief)


def lines(brief: StoryBrief) -> list[Line]:
    """Return what there is to say of a story."""
    story, news = brief.story, brief.news
    tonight = f"{news.n_joined} of them tonight, " if news.kind else ""
    size = (
        f"{len(story.article_ids)} articles, {tonight}{brief.per_day} in its last day; "
        f"{brief.independence}."
    )
    said = [Line(size)]
    if brief.first is not None and brief.first.published is not None:
        when = f"{brief.first.published:%Y-%m-%d %H:%M}"
        said.append(told(f"First: {outlet(brief.first)}, {when}", brief.first))
    for lineage in brief.copied[:3]:
        names = _listed([copy.source or copy.id for copy in lineage.copies])
        said.append(Line(f"Copied from {lineage.original.source or lineage.original.id}: {names}."))
    others = [one for one in brief.languages if one.article != brief.first]
    said += [_first_in(one) for one in others[:MOST_LANGUAGES]]
    if more := [one.article.language for one in others[MOST_LANGUAGES:]]:
        said.append(Line(f"Also in {', '.join(more)}."))
    said += [Line(*told) for told in told_differences(brief.differences)]
    if brief.missing:
        said.append(Line(f"Missing: {', '.join(brief.missing)}."))
    if news.absorbed:
        said.append(Line(f"Took in {', '.join(news.absorbed)}."))
    if news.split_from:
        said.append(Line(f"Split from {news.split_from}."))
    for label, terms in (("Names", story.names), ("Keywords", story.keywords)):
        said += [Line(f"{label}: {', '.join(terms)}.")] * bool(terms)
    return said


def stage(place: StagePlace) -> Line:
    """Return that a story goes on with a long matter."""
    day = "" if place.first.started is None else f", which began on {place.first.started:%Y-%m-%d}"
    return Line(
        f"Stage {place.number} of {place.n_stages} of the matter {place.matter}{day}: "
        f"{place.first.headline}"
    )


def summed_up(summary: Summary) -> list[Line]:
    """Return the sentences that stand for a story, each with who wrote it."""
    return [
        Line(f"\u201c{said.text}\u201d ({said.source or 'an unnamed source'})")
        for said in summary.sentences
    ]


def breaking(briefing: Briefing) -> list[Line]:
    """Return the stories that are breaking, with how fast they grow."""
    return [
        Line(f"{alert_headline(one)} ({one.alert.story}): {alert_reason(one.alert)}")
        for one in briefing.breaking
    ]


def alert_headline(one: BreakingStory) -> str:
    """Return what to call the story of an alert."""
    return one.story.headline if one.story is not None else "a story that is not shown any more"


def alert_reason(alert: Alert) -> str:
    """Return how fast a story grows, how likely that is by chance, and what became of others."""
    language = f" in {alert.language}" if alert.language else ""
    said = (
        f"{alert.n_voices} new independent voices within {alert.n_meanwhile} "
        f"articles{language}, {alert.began:%Y-%m-%d %H:%M} to {alert.at:%Y-%m-%d %H:%M} UTC; "
        f"{in_percent(alert.chance)} of {alert.n_stories} stories ever grew as fast, of which "
        f"{alert.n_kept_on} at least doubled and {alert.n_stopped} did not."
    )
    return f"It has reached {alert.reached}. It began with {said}" if alert.reached else said


def ended(briefing: Briefing) -> list[Line]:
    """Return the stories that ended."""
    return [
        Line(f"{story.headline} ({len(story.article_ids)} articles, {story.id})")
        for story in briefing.ended
    ]


def edited(briefing: Briefing) -> list[Line]:
    """Return the headlines that were edited."""
    return [
        told(f"{outlet(article)} said \u201c{earlier}\u201d, now", article)
        for earlier, article in briefing.edited
    ]


def covered(briefing: Briefing) -> list[Line]:
    """Return who led and who lagged in the last weeks, where that is asked for and sure."""
    found = briefing.coverage
    return [] if found is None else [Line(said) for said in leaders_and_laggards(found)]


def watched(briefing: Briefing) -> list[Line]:
    """Return what the watches were told, one line a story."""
    return [
        Line(f"{news.watch.name}, {len(entry.articles)} new: ", entry.headline)
        for news in briefing.watches
        for entry in news.entries
    ]


def watch_lines(entry: WatchEntry) -> list[Line]:
    """Return the new articles of a watch, one line each."""
    return [
        Line(
            f"{outlet(one)} ({one.language}), {minute(one.published)}: ",
            one.headline,
            web_address(one),
        )
        for one in entry.articles
    ]


def rejected(briefing: Briefing) -> list[Line]:
    """Return the inputs that could not be read, and where the rest of them is listed."""
    if (read := briefing.ingested) is None:
        return []
    said = [Line(f"{reject.place}: {reject.reason}") for reject in read.rejects]
    if briefing.reject_log is not None:
        listed = f"All {read.rejected} are" if read.rejected > 1 else "It is"
        said.append(Line(f"{listed} in {briefing.reject_log}"))
    return said


def reasons(why: Why, first: str, second: str) -> list[str]:
    """Return what joins two articles and what separates them, one line each.

    Parameters
    ----------
    why
        The parts of their score.
    first, second
        What to call the articles.
    """
    part = why.explanation
    said = _weighed(part)
    for label, terms, weighed in (
        ("shared names", part.shared_names, part.by_terms != 0),
        ("shared terms", part.shared_terms, True),
        ("shared numbers", part.shared_numbers, True),
        (f"names only in {first}", part.names_only_first, True),
        (f"names only in {second}", part.names_only_second, True),
        (f"numbers only in {first}", part.only_first, True),
        (f"numbers only in {second}", part.only_second, True),
        (f"weekdays only in {first}", part.weekdays_only_first, False),
        (f"weekdays only in {second}", part.weekdays_only_second, False),
    ):
        if terms:
            said.append(f"{label}: {', '.join(terms)}{'' if weighed else ' (not weighed)'}")
    if part.counted_apart:
        apart = "; ".join(f"{word} {one} and {other}" for word, one, other in part.counted_apart)
        said.append(f"stated differently (by number alone): {apart}")
    said.append(f"nearest sentences ({why.sentence_cosine:.3f}):")
    return said + [f"  {sentence}" for sentence in why.sentences]


def pair_reasons(found: PairWhy) -> list[str]:
    """Return why two articles are in one story or not."""
    one, other = found.stories
    chance = found.why.explanation.probability
    together = one is not None and other is not None and one.id == other.id
    verdict = "in one story" if together else "apart"
    odds = f"{chance:.0%} one event by themselves, {found.needed:.0%} would hold them together"
    said = [f"{verdict}: {odds}"]
    for article, story in zip(found.articles, found.stories, strict=True):
        place = "in no story" if story is None else story.id
        when = minute(article.published)
        said.append(f"  {article.id}, {article.language}, {outlet(article)}, {when}, {place}")
        said.append(f"    {headline_of(article)}")
    if found.copies:
        said.append("  versions of one text, which is clustered once")
    elif together and chance < found.needed:
        said.append("  held together by the other articles of the story, or by a correction")
    elif not together and chance >= found.needed:
        said.append("  held apart by the articles that each is nearer to, or by a correction")
    first, second = (article.id for article in found.articles)
    return said + [f"  {line}" for line in reasons(found.why, first, second)]


def _weighed(part: Explanation) -> list[str]:
    """Return which parts of a score count for one event, which against it, and which not."""
    joins, separates, silent = [], [], []
    apart = "no date" if part.hours_apart is None else f"{gap(part.hours_apart)} apart"
    for weight, near, far, name in (
        (part.prior, "near articles are often one event", "near articles are rarely one event", ""),
        (part.by_cosine, "near in meaning", "far in meaning", "meaning"),
        (part.by_time, apart, apart, f"time ({apart})"),
        (part.by_terms, "shared names and numbers", "few shared names and numbers", "names"),
        (part.conflict, "numbers that agree", "numbers that differ", "numbers"),
    ):
        force = " (strongly)" if abs(weight) >= STRONG else ""
        force = " (a little)" if abs(weight) < SLIGHT else force
        if weight > 0:
            joins.append(near + force)
        elif weight < 0 and not (part.template and name == "numbers"):
            separates.append(far + force)
        elif weight == 0 and not (name == "names" and part.shared_names):
            silent.append(name)  # shared names that are shown say so themselves
    if part.template:
        separates.append("one outlet's template, filled with other numbers (decides)")
    parts = {"joins": joins, "separates": separates, "not weighed": silent}
    return [f"{label}: {', '.join(found)}" for label, found in parts.items() if found]


def sparkline(timeline: Sequence[int]) -> str:
    """Return a timeline as block characters; empty spans are the lowest block."""
    top = max(timeline, default=0)
    return "".join(_BARS[math.ceil(7 * count / top) if top else 0] for count in timeline)


def _first_in(one: FirstIn) -> Line:
    """Return the first article of a language, and how late it was."""
    delay = NO_DATE if one.hours is None else f"after {one.hours:.1f} h"
    return told(f"{one.article.language} {delay}: {outlet(one.article)}", one.article)


def told(who: str, article: Article) -> Line:
    """Return a line that ends with the headline of an article, after `who`."""
    name = headline_of(article)
    return Line(f"{who}: ", name, web_address(article))


def outlet(article: Article | ToldArticle) -> str:
    """Return what to call the outlet of an article."""
    return article.source or "an unnamed source"


def _listed(names: Sequence[str], *, most: int = 6) -> str:
    distinct = list(dict.fromkeys(names))
    more = f" and {len(distinct) - most} more" if len(distinct) > most else ""
    return ", ".join(distinct[:most]) + more
