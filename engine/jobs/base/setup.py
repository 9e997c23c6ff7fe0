"""What varies from one use of a base to another: encoder, clusterer, index, clock, workers."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

from engine.disk.lock import AT_ONCE
from engine.domain import EncoderSpec
from engine.encoding import open_encoder
from engine.errors import EncoderError
from engine.protocols import Clock, Encoder, Executor, Progress, silent
from engine.workers.local import LocalExecutor

if TYPE_CHECKING:
    from engine.domain import Clustering
    from engine.same_event.window import Window
    from engine.stories.partition import Clusterer, Judged

OWN_ENCODER = EncoderSpec("own", precision="float32")
"""What the manifest says of vectors that an encoder object of the caller made; their
fingerprint tells which one."""


def utc_now() -> datetime:
    """Return the time, aware and in UTC."""
    return datetime.now(UTC)


def partition(
    window: Window, judged: Judged, *, granularity: float, progress: Progress
) -> Clustering:
    """Make stories as the engine does; see `engine.stories.partition.partition`."""
    from engine.stories import partition as own  # who only reads imports nothing that clusters

    return own.partition(window, judged, granularity=granularity, progress=progress)


@dataclass(frozen=True, slots=True)
class Setup:
    """What varies from one use of a base to another.

    Attributes
    ----------
    encoder
        An encoder of the caller's own; None takes those that the engine knows by name.
    clusterer
        Makes stories of judged pairs.
    index_kind
        One of `engine.index.faiss_build.KINDS`; None chooses by the size of the base.
    clock
        Tells the time of runs.
    progress
        Called as long work goes on.
    patience
        How long a run waits for another one to end.
    executor
        Where texts are embedded and neighbours looked for.
    many_questions
        Whether questions are encoded as stored articles are, by the runtime of the built-in
        model that takes half a second more to start and then a third of the time of the other, and
        copies among hits read at once.
    """

    encoder: Encoder | None = None
    clusterer: Clusterer = partition
    index_kind: str | None = None
    clock: Clock = utc_now
    progress: Progress = field(default=silent)
    patience: timedelta = AT_ONCE
    executor: Executor = field(default_factory=LocalExecutor)
    many_questions: bool = False

    @property
    def spec(self) -> EncoderSpec | None:
        """What names the encoder of the caller's own; None where there is none."""
        return None if self.encoder is None else OWN_ENCODER

    def asking_encoder(self, spec: EncoderSpec) -> Encoder:
        """Return what embeds queries to vectors that `spec` made: the caller's own, if any."""
        if self.encoder is not None:
            return self.encoder
        return self.open_encoder(spec, storing=self.many_questions)

    def now(self) -> datetime:
        """Return the time, to the second, as runs record it."""
        return self.clock().replace(microsecond=0)

    def open_encoder(self, spec: EncoderSpec, *, storing: bool = False) -> Encoder:
        """Return the encoder that `spec` names; see `engine.encoding.open_encoder`."""
        if spec != OWN_ENCODER:
            return open_encoder(spec, storing=storing, progress=self.progress)
        if self.encoder is None:
            raise EncoderError(
                "the vectors of this base were made with an encoder of your own; "
                "give it to engine.open(encoder=...)"
            )
        return self.encoder


SHIPPED = Setup()
