"""Do vectors say what texts say? Near articles share words, and a text encoded again is itself."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from math import comb
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

from engine.domain import Article, Embeddings, Rows, embedding_text, lengths_of, text_hash
from engine.encoding import Centring
from engine.jobs.base.scope import Scope
from engine.jobs.base.setup import Setup
from engine.jobs.rebuilding.embedding import Opening, TextPart
from engine.jobs.rebuilding.rebuild import Prepared
from engine.same_event.bags import Bags, Gathered
from engine.same_event.copies import NEAR_DUPLICATE_COSINE
from engine.same_event.features import LEADS_AT_ONCE

if TYPE_CHECKING:
    from scipy import sparse

LEAST_JUDGED = 100
"""Articles from which a share says something; fewer are reported but not judged."""

MOST_ASKED = 500
"""Articles whose neighbours are looked at, and as many among which these are looked for. Of titles
with vectors of noise a fifth tells anything, as most have no word in common with two others."""

N_DUBIOUS, N_EARLIER = 4, 2
"""Texts that are encoded again: those that have least in common with their neighbours, and
earlier ones. A lead of 1,000 characters takes 0.17 s of processor."""

_EQUAL = 1e-5
"""Cosines that differ by less are equal, and any of these neighbours is taken: where all vectors
are alike the first row would be everybody's neighbour."""


def _none() -> Rows:
    return Rows(np.empty(0, np.int64))


@dataclass(frozen=True, slots=True)
class Shared:
    """What articles have in common with their nearest, and with the nearest of another article.

    Attributes
    ----------
    n_more, n_less
        Articles that share more words with their own nearest, and those that share fewer.
    dubious
        Rows of the scope, those first that have much more in common with others than with their
        nearest.
    earlier
        Rows among which these were looked for.
    """

    n_more: int = 0
    n_less: int = 0
    dubious: Rows = field(default_factory=_none)
    earlier: Rows = field(default_factory=_none)

    @property
    def n_told(self) -> int:
        """Return how many articles tell anything."""
        return self.n_more + self.n_less

    @property
    def share(self) -> float:
        """Return the share that has more in common with its own; 1 where nothing is told."""
        return self.n_more / self.n_told if self.n_told else 1.0

    @property
    def chance(self) -> float:
        """Return how probable as many would be if vectors had nothing to do with texts.

        Either neighbour of an article would be its own as likely as not (sign test, Arbuthnot
        1710), whatever vectors say of languages, since both are of its language.
        """
        ways = sum(comb(self.n_told, n_more) for n_more in range(self.n_more, self.n_told + 1))
        return float(ways / 2**self.n_told)


def shared_words(scope: Scope, stands_for: Rows) -> Shared:
    """Ask whether the nearest earlier article shares more words than that of another article does.

    New articles are asked, the latest `MOST_ASKED` of them, and as many of the latest before as it
    takes until `LEAST_JUDGED` tell something. Of a base's first night the later half is asked.

    Parameters
    ----------
    scope
        What is clustered.
    stands_for
        Int64, (n,): the row that stands for each; a text that a hundred outlets copy is one
        witness.
    """
    asked, earlier = _sides(scope, Rows(np.flatnonzero(stands_for == np.arange(len(stands_for)))))
    if not len(asked):
        return Shared(dubious=asked, earlier=earlier)
    random = np.random.default_rng(0)
    leads = _leads(scope, np.concatenate([asked, earlier]))
    common = (leads[: len(asked)] @ leads[len(asked) :].T).toarray()
    languages = np.array(scope.view.languages)
    comparable = languages[asked][:, None] == languages[earlier][None, :]
    cosines = scope.view.vectors[asked] @ scope.view.vectors[earlier].T
    cosines += np.float32(_EQUAL) * random.random(cosines.shape, np.float32)
    cosines[~comparable] = -np.inf
    able = np.flatnonzero(comparable.any(1))
    nearest = cosines[able].argmax(1)
    mine = common[able, nearest]
    others = common[able, nearest[_exchanged(languages[asked[able]], random)]]
    more, less = mine > others, mine < others
    told = np.flatnonzero(np.cumsum(more | less) >= LEAST_JUDGED)
    n_taken = max(int(scope.new[asked[able]].sum()), int(told[0]) + 1 if len(told) else len(able))
    common[~comparable] = 0.0
    lacking = common[able].max(1, initial=0.0) - mine
    return Shared(
        int(more[:n_taken].sum()),
        int(less[:n_taken].sum()),
        Rows(asked[able[np.argsort(-lacking, kind="stable")]]),
        earlier,
    )


def _sides(scope: Scope, distinct: Rows) -> tuple[Rows, Rows]:
    """Return which of some rows are asked, the latest first, and the earlier ones for these."""
    came = np.array([_came(scope.articles[row]) for row in distinct.tolist()])
    new = scope.new[distinct]
    order = distinct[np.lexsort((came, new))]
    n_asked, n_old = min(MOST_ASKED, len(order) // 2), int(np.count_nonzero(~new))
    end = len(order) - n_asked
    if n_old >= LEAST_JUDGED:
        end = min(end, n_old)
    return Rows(order[::-1][:n_asked]), Rows(order[max(0, end - MOST_ASKED) : end])


def _came(article: Article) -> float:
    """Return when an article came up, in seconds since 1970: not after it was read."""
    return min(article.published or article.fetched, article.fetched).timestamp()


def _exchanged(
    languages: npt.NDArray[np.str_], random: np.random.Generator
) -> npt.NDArray[np.int64]:
    """Return for each place another one of its language, drawn at random; itself if it is alone."""
    found = np.arange(len(languages))
    for language in np.unique(languages):
        places = random.permutation(np.flatnonzero(languages == language))
        found[places] = np.roll(places, 1)
    return found


def _leads(scope: Scope, rows: npt.NDArray[np.int64]) -> sparse.csr_array:
    """Return the words of leads as unit rows, (n, n_words): rarer words count for more."""
    from scipy import sparse

    gathered = Gathered(1)
    for start in range(0, len(rows), LEADS_AT_ONCE):
        some = rows[start : start + LEADS_AT_ONCE].tolist()
        gathered.join([Bags.of_words([scope.view.lead(row) for row in some])])
    (bags,) = gathered.bags()
    weights = np.log(len(rows) / np.maximum(bags.n_articles(), 1))[bags.columns]
    sums = np.zeros(len(rows))
    np.add.at(sums, bags.rows, weights * weights)
    weights /= np.sqrt(np.maximum(sums, np.finfo(float).tiny))[bags.rows]
    shape = len(rows), max(1, len(bags.words))
    return sparse.csr_array((weights, bags.columns, bags.starts), shape=shape)


@dataclass(frozen=True, slots=True)
class Again:
    """Texts that were encoded again.

    Attributes
    ----------
    n_encoded, n_astray
        How many, and how many of these have a vector that is not that of their text.
    """

    n_encoded: int = 0
    n_astray: int = 0

    @property
    def share(self) -> float:
        """Return the share that has another text's vector, or none's."""
        return self.n_astray / self.n_encoded if self.n_encoded else 0.0


def encoded_again(scope: Scope, shared: Shared, prepared: Prepared, setup: Setup) -> Again:
    """Encode a few articles again, and count those whose vector is of no copy of their text."""
    random = np.random.default_rng(0)
    earlier = random.permutation(shared.earlier)[:N_EARLIER]
    rows = Rows(np.concatenate([shared.dubious[:N_DUBIOUS], earlier]))
    articles = [scope.articles[row] for row in rows.tolist()]
    centring = Centring.from_bytes(prepared.content.centring)
    texts = [embedding_text(article.title, article.body) for article in articles]
    centred = centring.apply(
        _encoded(texts, prepared, setup),
        [article.language for article in articles],
        lengths_of(texts),
    )
    cosines = np.einsum("ij,ij->i", centred, scope.view.vectors[rows])
    return Again(len(rows), int(np.count_nonzero(cosines < NEAR_DUPLICATE_COSINE)))


def _encoded(texts: Sequence[str], prepared: Prepared, setup: Setup) -> Embeddings:
    """Return the vectors of texts as the encoder makes them now, (n, dim)."""
    hashes = [text_hash(text) for text in texts]
    part = TextPart(1, len(texts), dict(zip(hashes, texts, strict=True)))
    opening = Opening(prepared.encoder, prepared.fingerprint, prepared.opened)
    found = np.zeros((0, prepared.opened.dim), np.float32)
    for _, vectors in setup.executor.map(opening, [part] if texts else [], spread=True):
        found = vectors
    place = {digest: row for row, digest in enumerate(part.texts)}
    again: Embeddings = found[[place[digest] for digest in hashes]]
    return again
