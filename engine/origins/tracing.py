"""Where the text of each article of a story comes from: its outlet, an agency, another outlet."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Sequence
from itertools import chain

from engine.domain import Article, Origin, OriginKind
from engine.origins.agencies import credited_agency
from engine.same_event.copies import FEWEST_TRIPLES, LEAST_SHARED, triples_of
from engine.words.addresses import host_of, outlet_name


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
    copied = _copied(articles)
    agencies: dict[str, str] = {}
    for article, (original, _) in zip(articles, copied, strict=True):
        # One outlet leaves the credit out, another prints it: it is of the text.
        if agency := credited_agency(article.raw or article.body, article.author):
            agencies.setdefault(original or article.id, agency)
    outlets = {
        article.id: outlet_name(article.source) or host_of(article.url) for article in articles
    }
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


def _copied(articles: Sequence[Article]) -> list[tuple[str, bool]]:
    """Return the id of the text that each article copies, and whether word for word.

    The id is empty for one that copies none.
    """
    triples = [set(triples_of(article.body)) for article in articles]
    texts = _Texts(Counter(chain.from_iterable(triples)))
    originals: dict[str, str] = {}
    found = []
    for article, own in zip(articles, triples, strict=True):
        whole = " ".join(f"{article.title}\n{article.body}".casefold().split())
        if whole in originals:
            found.append((originals[whole], True))
            continue
        original, exact = texts.nearest(own)
        if not original:
            texts.add(article.id, own)
        originals[whole] = original or article.id
        found.append((original, exact))
    return found


class _Texts:
    """The texts of a story that were no copy of an earlier one.

    Of two texts that share enough, one of the rarest triples of the shorter is in the other: a
    fifth of all may be missing, and there are one or two more of these. So texts that share only
    what many say are never compared (the prefix filter of Chaudhuri, Ganti and Kaushik 2006, "A
    primitive operator for similarity joins in data cleaning").

    Parameters
    ----------
    n_texts
        How many texts of the story have each triple.
    """

    def __init__(self, n_texts: Counter[str]) -> None:
        self._n_texts = n_texts
        self._ids: list[str] = []
        self._triples: list[set[str]] = []
        self._holders: dict[str, list[int]] = defaultdict(list)
        self._rare_holders: dict[str, list[int]] = defaultdict(list)

    def add(self, id_: str, triples: set[str]) -> None:
        """Keep a text that copies none; one too short to be copied is never asked for."""
        if len(triples) < FEWEST_TRIPLES:
            return
        number = len(self._ids)
        self._ids.append(id_)
        self._triples.append(triples)
        for triple in triples:
            if self._n_texts[triple] > 1:
                self._holders[triple].append(number)
        for triple in self._rarest(triples):
            self._rare_holders[triple].append(number)

    def nearest(self, triples: set[str]) -> tuple[str, bool]:
        """Return the text that shares most of the shorter one, the earliest of several."""
        if len(triples) < FEWEST_TRIPLES:
            return "", False
        near = {number for triple in self._rarest(triples) for number in self._holders[triple]}
        for triple in triples & self._rare_holders.keys():
            near.update(self._rare_holders[triple])
        best, most, exact = "", 0.0, False
        for number in sorted(near):
            other = self._triples[number]
            n_shared = len(triples & other)
            share = n_shared / min(len(triples), len(other))
            if share >= LEAST_SHARED and share > most:
                exact = n_shared == len(triples) == len(other)
                best, most = self._ids[number], share
        return best, exact

    def _rarest(self, triples: set[str]) -> list[str]:
        """Return triples of which any text that shares enough has one; none that is its own."""
        n_rarest = int((1 - LEAST_SHARED) * len(triples)) + 2
        rarest = sorted(triples, key=self._n_texts.__getitem__)[:n_rarest]
        return [triple for triple in rarest if self._n_texts[triple] > 1]
