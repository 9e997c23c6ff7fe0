"""Where the text of each article of a story comes from: its outlet, an agency, another outlet."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Sequence

from engine.domain import Article, Origin, OriginKind
from engine.origins.agencies import credited_agency
from engine.same_event.copies import FEWEST_TRIPLES, LEAST_SHARED, triples_of
from engine.words.addresses import host_of


def trace(articles: Sequence[Article]) -> list[Origin]:
    """Return the origin of each article of a story.

    A text that has `LEAST_SHARED` of its word triples from an earlier one, or the other way
    round, is a copy of that: outlets cut agency reports short and add a paragraph of their own.
    An outlet that goes on with a text of its own follows up; one that prints its own text again
    in a later version repeats itself.

    Parameters
    ----------
    articles
        In the order in which they came.

    Returns
    -------
    list of Origin
        One each, in the same order.
    """
    texts = _Texts()
    copied = [texts.original_of(article) for article in articles]
    agencies: dict[str, str] = {}
    for article, (original, _) in zip(articles, copied, strict=True):
        # One outlet leaves the credit out, another prints it: it is of the text.
        if agency := credited_agency(article.raw or article.body, article.author):
            agencies.setdefault(original or article.id, agency)
    outlets = {article.id: article.source or host_of(article.url) for article in articles}
    latest: dict[str, str] = {}
    found = []
    for article, (original, exact) in zip(articles, copied, strict=True):
        outlet, of = outlets[article.id], original
        agency = agencies.get(original or article.id, "")
        if original:
            own = bool(outlet) and outlet == outlets[original]
            kind = OriginKind.VERSION if own else OriginKind.COPY if exact else OriginKind.EDITED
        elif agency:
            kind = OriginKind.WIRE
        else:
            of = latest.get(outlet, "") if outlet else ""
            kind = OriginKind.FOLLOW_UP if of else OriginKind.ORIGINAL
        found.append(Origin(kind, of, agency, outlet, host_of(article.url)))
        latest[outlet] = article.id
    return found


class _Texts:
    """The texts of a story that were no copy of an earlier one."""

    def __init__(self) -> None:
        self._whole: dict[str, str] = {}
        self._holders: dict[str, list[str]] = defaultdict(list)
        self._sizes: dict[str, int] = {}

    def original_of(self, article: Article) -> tuple[str, bool]:
        """Return the id of the text that an article copies, and whether word for word.

        An article that copies none is kept, and the id is empty.
        """
        whole = " ".join(f"{article.title}\n{article.body}".casefold().split())
        triples = set(triples_of(article.body))
        if whole in self._whole:
            return self._whole[whole], True
        original, exact = self._nearest(triples)
        if not original:
            self._sizes[article.id] = len(triples)
            for triple in triples:
                self._holders[triple].append(article.id)
        self._whole[whole] = original or article.id
        return original, exact

    def _nearest(self, triples: set[str]) -> tuple[str, bool]:
        if len(triples) < FEWEST_TRIPLES:
            return "", False
        known = triples & self._holders.keys()
        counts = Counter(name for triple in known for name in self._holders[triple])
        best, most = "", 0.0
        for name, n_shared in counts.items():
            shorter = min(len(triples), self._sizes[name])
            share = n_shared / shorter
            if shorter >= FEWEST_TRIPLES and share >= LEAST_SHARED and share > most:
                best, most = name, share
        exact = bool(best) and counts[best] == len(triples) == self._sizes[best]
        return best, exact
