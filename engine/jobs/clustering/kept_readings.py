"""What texts say: kept from one run to the next, so that only new ones are read.

What was read is known by a digest of all that it was read from, so it cannot be that of another
version of an article.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Callable, Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any, Protocol, Self, TypeVar

import numpy as np
import numpy.typing as npt

from engine.disk.derived import read_arrays, write_arrays
from engine.disk.layout import Layout
from engine.domain import Article, Rows, joined_digests, split_digests
from engine.jobs.base.scope import Ground, Scope
from engine.origins import texts
from engine.origins.texts import Texts, content_of
from engine.same_event import readings
from engine.same_event.readings import Readings
from engine.same_event.triples import Marked
from engine.same_event.window import Window, content_key
from engine.stories import leads
from engine.stories.leads import Leads
from engine.version import VERSION

_MADE_BY = f"of engine {VERSION} with Unicode {unicodedata.unidata_version}"

READINGS_FORM = f"readings {readings.FORM} {_MADE_BY}"
LEADS_FORM = f"leads {leads.FORM} {_MADE_BY}"
TEXTS_FORM = f"texts {texts.FORM} {_MADE_BY}"

CONTENTS = "contents"
"""Name of the array of digests, beside those of what is kept."""


class Kept(Protocol):
    """Parallel to some articles."""

    def take(self, rows: Rows, /) -> Self:
        """Return that of some rows."""

    def to_arrays(self) -> dict[str, npt.NDArray[Any]]:
        """Return all of it as arrays."""

    @classmethod
    def of_parts(cls, parts: Iterable[Self], /) -> Self:
        """Return one part after the other."""

    @classmethod
    def from_arrays(cls, arrays: Mapping[str, npt.NDArray[Any]], /) -> Self:
        """Return what `to_arrays` was called on."""


K = TypeVar("K", bound=Kept)


def read_new(ground: Ground, view: Window) -> Readings:
    """Return what every article of `view` says, and keep it for the next run."""
    executor, path = ground.setup.executor, Layout(ground.corpus.path.parent).readings
    if not path.exists():  # nothing is looked up, and the workers find the digests with all else
        found = Readings.by(executor, view)
        write_arrays(path, READINGS_FORM, found.to_arrays())
        return found
    return _renewed(
        path,
        READINGS_FORM,
        Readings,
        [content_key(view, row) for row in range(len(view))],
        lambda rows: Readings.by(executor, view.take(rows)),
        n_more=0,
    )


def read_leads(
    ground: Ground, scope: Scope, view: Window, contents: Sequence[bytes], *, others: int = 0
) -> Leads:
    """Return what the start of every article of `view` says, and keep it for the next run.

    Parameters
    ----------
    ground, scope
        What a run stands on and clusters; where that is nothing, what was kept stays as it is.
    view, contents
        The articles, and `content_key` of each of the first of them.
    others
        Of what was kept of others, how much stays so.
    """
    executor = ground.setup.executor
    more = [content_key(view, row) for row in range(len(contents), len(view))]
    return _renewed(
        Layout(ground.corpus.path.parent).leads,
        LEADS_FORM,
        Leads,
        [*contents, *more],
        lambda rows: Leads.by(executor, view.take(rows)),
        n_more=others if scope.bound.any() else None,
    )


def read_texts(
    ground: Ground,
    scope: Scope,
    articles: Sequence[Article],
    marked: Marked | None = None,
    *,
    others: int | None = None,
) -> Texts:
    """Return what is compared of `articles` to trace them, and keep it for the next run.

    With it is kept what was kept before, as much as a window has articles unless `others` says
    how much: a run traces only the stories that it touches. All else is as for `read_leads`; what
    is `marked` of the articles, if anything, need not be read of them.
    """
    others = len(scope.keys) if others is None else others
    executor = ground.setup.executor
    return _renewed(
        Layout(ground.corpus.path.parent).texts,
        TEXTS_FORM,
        Texts,
        list(map(content_of, articles)),
        lambda rows: Texts.by(
            executor,
            [articles[row] for row in rows.tolist()],
            None if marked is None else marked.take(rows),
        ),
        n_more=others if scope.bound.any() else None,
    )


def _renewed(
    path: Path,
    form: str,
    kind: type[K],
    contents: Sequence[bytes],
    read: Callable[[Rows], K],
    *,
    n_more: int | None,
) -> K:
    """Return what is read of the articles with some digests: from `path`, or else anew.

    Parameters
    ----------
    path, form, kind
        Where it is kept, in which form, and what it is.
    contents
        The digests.
    read
        Reads those of some rows.
    n_more
        How many others that were kept stay so; None writes nothing.
    """
    arrays = read_arrays(path, form)
    every = Rows(np.arange(len(contents)))
    if arrays is None:
        found = read(every)
        if n_more is not None:
            write_arrays(path, form, {CONTENTS: joined_digests(contents), **found.to_arrays()})
        return found
    before, digests = kind.from_arrays(arrays), split_digests(arrays[CONTENTS])
    place = {digest: row for row, digest in enumerate(digests)}
    known = np.array([place.get(digest, -1) for digest in contents], np.int64)
    old, new = np.flatnonzero(known >= 0), np.flatnonzero(known < 0)
    found = before.take(Rows(known[old]))
    if len(new):
        parts = found, read(Rows(new))
        found = kind.of_parts(parts).take(Rows(np.argsort(np.concatenate([old, new]))))
    if n_more is None:
        return found
    asked = set(contents)
    rest = [row for row, digest in enumerate(digests) if digest not in asked][:n_more]
    if len(new) or len(contents) + len(rest) != len(digests):
        kept = kind.of_parts([found, before.take(Rows(np.array(rest)))]) if rest else found
        said = [*contents, *(digests[row] for row in rest)]
        write_arrays(path, form, {CONTENTS: joined_digests(said), **kept.to_arrays()})
    return found
