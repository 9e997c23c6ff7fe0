"""The engine's verbs on one base: what `engine.open` returns."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import timedelta
from functools import partial
from pathlib import Path
from typing import BinaryIO

import numpy.typing as npt

from engine.arguments import checked_methods
from engine.disk.layout import base_layout
from engine.domain import EncoderSpec
from engine.evaluation.evaluate import evaluate
from engine.evaluation.scores import Evaluation
from engine.generations.upkeep import prune, rollback
from engine.jobs.base.copying import import_base, rehearsal
from engine.jobs.base.filtering import as_code
from engine.jobs.base.remotes import Taken, pull_base, push_base
from engine.jobs.clustering.calibrate import CalibrationReport, calibrate
from engine.jobs.clustering.cluster import ClusterReport, cluster
from engine.jobs.clustering.correct import (
    Corrected,
    merge_stories,
    move_article,
    pin_article,
    split_story,
    undo_correction,
)
from engine.jobs.clustering.forget import Certificate, Selection, forget
from engine.jobs.lookup.answers import PairLabel, keep_answer
from engine.jobs.lookup.learnt import keep_headline_language
from engine.jobs.lookup.owners import keep_owners
from engine.jobs.lookup.watches import Watch, remove_watch
from engine.jobs.nights.approve import approve_night
from engine.jobs.nights.nightly import (
    KEPT_GENERATIONS,
    WINDOW,
    Changed,
    NightlyReport,
    nightly,
    tell_changes,
)
from engine.jobs.nights.replay import STEP, ReplayReport, replay
from engine.jobs.rebuilding.rebuild import RebuildReport, rebuild
from engine.jobs.storing.clean import (
    cut_lines,
    restore_lines,
)
from engine.jobs.storing.ingest import IngestReport, ingest
from engine.jobs.storing.intake import PLAIN, Intake, Source
from engine.jobs.storing.own_vectors import add_vectors
from engine.questions import Questions
from engine.remote.folder import open_remote
from engine.remote.sending import Sent
from engine.reports.telling import WatchesTold, Ways, add_watch, tell_watches


@checked_methods
class Base(Questions):
    """One base of articles.

    A base opens the live generation when it first reads and keeps it, so that all answers
    agree, until it writes itself or `refresh` is called. Many threads may use it at once.
    Use it as a context manager, or call `close`.

    Parameters
    ----------
    folder
        Where the base lies; made by the first ingest.
    setup
        What varies.

    Examples
    --------
    >>> import engine
    >>> with engine.open("indexes") as base:  # doctest: +SKIP
    ...     base.ingest("feeds/")
    ...     base.rebuild()
    ...     hits = base.similar("a soldier surrendered to a drone near Bakhmut")
    """

    # Taking in and building

    def ingest(
        self,
        source: Source,
        *,
        stdin: BinaryIO | None = None,
        intake: Intake = PLAIN,
    ) -> IngestReport:
        """Read, clean and store articles; see `engine.jobs.storing.ingest.ingest`."""
        with self._writing("ingest", create=True) as writer:
            return ingest(writer, source, stdin=stdin, intake=intake)

    def cut_lines(self, source: str, lines: Sequence[str]) -> int:
        """Cut lines of an outlet; see `engine.jobs.storing.clean.cut_lines`."""
        with self._writing("clean") as writer:
            return cut_lines(writer, source, lines)

    def restore_lines(self, source: str) -> int:
        """Put cut lines back; see `engine.jobs.storing.clean.restore_lines`."""
        with self._writing("clean") as writer:
            return restore_lines(writer, source)

    def rebuild(
        self,
        *,
        spec: EncoderSpec | None = None,
        recall: float | None = None,
        mend: bool = False,
        centring_of: str | Path | None = None,
    ) -> RebuildReport:
        """Embed what is new and publish; see `engine.jobs.rebuilding.rebuild.rebuild`."""
        self._expect_open()
        other = None if centring_of is None else base_layout(centring_of)
        report = rebuild(
            self.layout, self.setup, spec=spec, recall=recall, mend=mend, centring_of=other
        )
        self.refresh()
        return report

    def forget(self, selection: Selection) -> Certificate:
        """Delete articles for good; see `engine.jobs.clustering.forget.forget`."""
        with self._writing("forget") as writer:
            return forget(writer, selection)

    def add_vectors(self, ids: Sequence[str], vectors: npt.ArrayLike, *, fingerprint: str) -> int:
        """Keep vectors made elsewhere; see `engine.jobs.storing.own_vectors.add_vectors`."""
        with self._writing("add vectors") as writer:
            return add_vectors(writer, ids, vectors, fingerprint=fingerprint)

    # Stories

    def cluster(
        self, *, window: timedelta | None = None, granularity: str | float | None = None
    ) -> ClusterReport:
        """Group articles into stories; see `engine.jobs.clustering.cluster.cluster`."""
        with self._writing("cluster") as writer:
            return cluster(writer, window=window, granularity=granularity)

    def nightly(
        self,
        source: Source = (),
        *,
        stdin: BinaryIO | None = None,
        intake: Intake = PLAIN,
        spec: EncoderSpec | None = None,
        window: timedelta = WINDOW,
        keep: int = KEPT_GENERATIONS,
        granularity: str | float | None = None,
        matters: bool = True,
        breaking: bool = True,
        check_vectors: bool = True,
        changed: Changed | None = None,
    ) -> NightlyReport:
        """Do the night's work in one run; see `engine.jobs.nights.nightly.nightly`.

        `changed` is called with each event of the night once all is published; see
        `engine.jobs.nights.nightly.tell_changes`.
        """
        with self._writing("nightly", create=True) as writer:
            report = nightly(
                writer,
                source,
                stdin=stdin,
                intake=intake,
                spec=spec,
                window=window,
                keep=keep,
                granularity=granularity,
                matters=matters,
                breaking=breaking,
                check_vectors=check_vectors,
            )
        if changed is not None:
            tell_changes(self.reader, report, changed)
        return report

    @contextmanager
    def rehearsal(self) -> Iterator[Base]:
        """Give a copy of this base to try things on; see `engine.jobs.base.copying`."""
        self._expect_open()
        with (
            rehearsal(self.layout, patience=self.setup.patience) as copy,
            Base(copy.root, self.setup) as base,
        ):
            yield base

    # What a person says of stories, and their past

    def merge(self, stories: Sequence[str]) -> Corrected:
        """Make one story of several; see `engine.jobs.clustering.correct.merge_stories`."""
        with self._writing("stories merge") as writer:
            return merge_stories(writer, stories)

    def split(self, story: str, articles: Sequence[str]) -> Corrected:
        """Take articles out of a story; see `engine.jobs.clustering.correct.split_story`."""
        with self._writing("stories split") as writer:
            return split_story(writer, story, articles)

    def move(self, article: str, story: str) -> Corrected:
        """Put an article into a story; see `engine.jobs.clustering.correct.move_article`."""
        with self._writing("stories move") as writer:
            return move_article(writer, article, story)

    def pin(self, article: str) -> Corrected:
        """Keep an article in its story; see `engine.jobs.clustering.correct.pin_article`."""
        with self._writing("stories pin") as writer:
            return pin_article(writer, article)

    def undo(self, run: int) -> Corrected:
        """Take back a correction; see `engine.jobs.clustering.correct.undo_correction`."""
        with self._writing("stories undo") as writer:
            return undo_correction(writer, run)

    def answer(self, label: PairLabel) -> None:
        """Keep an answer to `engine label`; see `engine.jobs.lookup.answers.keep_answer`."""
        self._expect_open()
        keep_answer(self.layout, label)

    def approve(self, run: int) -> Corrected:
        """Publish the stories of a held night; see `engine.jobs.nights.approve.approve_night`."""
        with self._writing("approve") as writer:
            return approve_night(writer, run)

    def tell_in(self, language: str) -> str:
        """Want headlines in a language from now on, or with an empty one as they come.

        Returns its code. See `engine.jobs.lookup.learnt.keep_headline_language`.
        """
        code = as_code(self.reader.corpus, language) if language else ""
        with self._writing("stories headlines") as writer:
            keep_headline_language(writer.lock, code)
        return code

    def keep_owners(self, table: str, name: str = "the table") -> None:
        """Keep who owns which outlets; see `engine.jobs.lookup.owners.keep_owners`."""
        with self._locked("owners") as lock:
            keep_owners(lock, table, name)

    def calibrate(self, labels: Sequence[PairLabel] | None = None) -> CalibrationReport:
        """Learn from labels, or from all `answers`; see `engine.jobs.clustering.calibrate`."""
        known = self.answers() if labels is None else labels
        with self._writing("calibrate") as writer:
            report = calibrate(writer, known)
        self._renew()
        return report

    # Watches

    def add_watch(self, watch: Watch, *, mail: Sequence[str] = (), webhook: str = "") -> Watch:
        """Save a query; see `engine.reports.telling.add_watch`."""
        self.refresh()
        with self._locked("watches add") as lock:
            return add_watch(lock, self.reader, watch, mail=mail, webhook=webhook)

    def remove_watch(self, name: str) -> Watch:
        """Forget a watch; see `engine.jobs.lookup.watches.remove_watch`."""
        with self._locked("watches remove") as lock:
            return remove_watch(lock, name)

    def tell_watches(self, ways: Ways | None = None, *, name: str | None = None) -> WatchesTold:
        """Tell watches what is new to them; see `engine.reports.telling.tell_watches`.

        Without `ways` nothing is sent: it is in the feeds, and waits for whoever sends it.
        """
        self.refresh()
        locked = partial(self._locked, "watches")
        return tell_watches(self.reader, locked, ways or {}, name=name)

    # Measuring

    def evaluate(
        self,
        gold: str | Path,
        *,
        spec: EncoderSpec | None = None,
        granularity: str | float = 0.0,
        peers: bool = True,
    ) -> Evaluation:
        """Score the engine on labelled articles; see `engine.evaluation.evaluate.evaluate`."""
        self._expect_open()
        return evaluate(
            Path(gold),
            folder=self.layout.evaluations,
            setup=self.setup,
            spec=spec,
            granularity=granularity,
            peers=peers,
        )

    def replay(
        self,
        paths: str | Path | Sequence[str | Path],
        *,
        step: timedelta = STEP,
        window: timedelta = WINDOW,
        spec: EncoderSpec | None = None,
    ) -> ReplayReport:
        """Take articles in night by night elsewhere; see `engine.jobs.nights.replay.replay`."""
        self._expect_open()
        return replay(self.layout, _several(paths), self.setup, step=step, window=window, spec=spec)

    # Keeping

    def rollback(self, name: str | None = None) -> str:
        """Make an earlier generation live and return its name.

        The ledger goes back to the run that made its stories; see
        `engine.generations.upkeep.rollback`.
        """
        if not self.layout.corpus.exists():
            with self._locked("rollback") as lock:
                return rollback(lock, name).name
        with self._writing("rollback") as writer:
            writer.recover()
            generation = rollback(writer.lock, name)
            writer.recover()
            return generation.name

    def import_from(self, source: str | Path) -> str:
        """Fill this base, which must be empty, from an exported file; return the generation."""
        with self._locked("import", create=True) as lock:
            return import_base(lock, Path(source))

    def push(self, url: str, *, force: bool = False) -> Sent:
        """Send what is live to a remote; see `engine.jobs.base.remotes.push_base`."""
        return push_base(self.reader, open_remote(url), force=force)

    def pull(self, url: str, *, force: bool = False) -> Taken:
        """Make live what is current in a remote; see `engine.jobs.base.remotes.pull_base`."""
        remote = open_remote(url)
        with self._locked("remote pull", create=True) as lock:
            taken = pull_base(lock, remote, force=force, progress=self.setup.progress)
        self._follow()
        return taken

    def prune(self, *, keep: int) -> list[str]:
        """Delete old generations but the newest `keep`; return the names of the deleted."""
        with self._locked("prune") as lock:
            return prune(lock, keep=keep)


def _several(paths: str | Path | Sequence[str | Path]) -> Sequence[str | Path]:
    """Return the paths; a string is one path, not its letters."""
    return [paths] if isinstance(paths, str | Path) else paths
