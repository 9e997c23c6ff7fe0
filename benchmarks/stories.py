"""Scores the shipped clusterer on all labelled sets, each with that set left out of what is learnt.

    python benchmarks/stories.py DATA VECTORS [--sets uci roundups] [--kinds whole thin]
        [--no-peers] [--choose] [--nights]

DATA is the folder of the labelled sets. VECTORS is a folder for what takes minutes and does not
change: raw embeddings, and what the peers make of a window. `--choose` tries other values of the
constants that are set by hand, and `--nights` replays two sets night by night, instead.
"""

from __future__ import annotations

import argparse
import time
from collections.abc import Callable, Sequence
from functools import cache

import numpy as np
from labelled import (
    FORMS,
    LEARNT_FORMS,
    Labelled,
    learning_pairs,
    options_parser,
    read_sets,
)
from story_choices import choose
from story_nights import replay_nights
from story_peers import PeerResults
from story_table import COLUMNS, Row, summary
from story_windows import KINDS, Case, cases

from engine.index.faiss_build import build_index
from engine.same_event.calibration import refit, reliability
from engine.same_event.pair_model import PairModel, shipped_model
from engine.stories.agreement import bcubed
from engine.stories.partition import judge, partition


def main() -> None:
    """Read the sets and print what was asked for."""
    options = _options()
    sets = list(read_sets(options.data, options.vectors, FORMS))
    asked = [each for each in sets if each.name.startswith(tuple(options.sets))]
    learnt = left_out_models([each for each in sets if each.form in LEARNT_FORMS])
    if options.choose:
        for line in choose(asked, learnt):
            print(line, flush=True)
    elif options.nights:
        for line in replay_nights(options.data, options.vectors, learnt, tuple(options.sets)):
            print(line, flush=True)
    else:
        peers = PeerResults(options.vectors / "peers.json") if options.peers else None
        print_tables(asked, tuple(options.kinds), learnt, peers)


def _options() -> argparse.Namespace:
    parser = options_parser(__doc__.split("\n")[0])
    parser.add_argument("--sets", nargs="+", default=[""], help="starts of their names")
    parser.add_argument("--kinds", nargs="+", default=KINDS, choices=KINDS)
    parser.add_argument("--no-peers", dest="peers", action="store_false")
    parser.add_argument("--choose", action="store_true", help="try other values of constants")
    parser.add_argument("--nights", action="store_true", help="replay two sets night by night")
    return parser.parse_args()


def left_out_models(sets: Sequence[Labelled]) -> Callable[[str], PairModel]:
    """Return what gives the model that is learnt on all sets but the one it is told."""
    pairs = [(each.name, learning_pairs(each)) for each in sets]

    @cache
    def learnt(name: str) -> PairModel:
        others = [mine for source, mine in pairs if source != name]
        return refit(shipped_model(), others, pseudo_pairs=0.0)

    return learnt


def print_tables(
    sets: Sequence[Labelled],
    kinds: tuple[str, ...],
    learnt: Callable[[str], PairModel],
    peers: PeerResults | None,
) -> None:
    """Print a table for each form, line by line, and then what they sum up to."""
    rows = []
    for form, said in FORMS.items():
        print(f"{said}\n{COLUMNS}", flush=True)
        for labelled in sets:
            for case in cases(labelled, kinds) if labelled.form == form else ():
                rows.append(measured(case, learnt(case.source), peers))
                print(rows[-1], flush=True)
        print()
    print("\n".join(summary(rows)))


def measured(case: Case, model: PairModel, peers: PeerResults | None) -> Row:
    """Return what the shipped clusterer makes of a case."""
    started = time.perf_counter()
    judged = judge(case.window, build_index, model=model)
    labels = partition(case.window, judged).labels
    seconds = time.perf_counter() - started
    related = case.gold[judged.pairs[:, 0]] == case.gold[judged.pairs[:, 1]]
    return Row(
        case,
        bcubed(labels, case.gold),
        # Alone in the end, an article is the largest story.
        story=int(np.bincount(labels[labels >= 0], minlength=1).max()) or 1,
        event=int(np.bincount(case.gold).max()),
        fitted=judged.evidence.mixture.share,
        true=float(related.mean()),
        error=reliability(judged.evidence.probabilities, related).error,
        seconds=seconds,
        peers=peers(case) if peers else None,
    )


if __name__ == "__main__":
    main()
