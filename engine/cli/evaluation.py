"""The command that scores the engine on labelled articles."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

import engine
from engine.cli.options import DEFAULT_INDEXES, Indexes, Json, log_odds
from engine.cli.output import print_json, print_table, print_text, progress_bars
from engine.domain import EncoderSpec

if TYPE_CHECKING:
    from engine.evaluation.scores import (
        CalibrationScores,
        Evaluation,
        HitScores,
        MembershipScores,
        PeerScores,
        Retrieval,
    )

SHOWN_CUTS = (0.05, 0.2, 0.35, 0.5, 0.65, 0.8, 0.95)
"""Points of the operating curve that are printed for people; --json and --plot have all."""


def add_to(app: typer.Typer) -> None:
    """Register the command."""
    app.command()(evaluate)


def evaluate(
    gold: Annotated[
        Path, typer.Argument(help="JSON lines of articles with their event in 'cluster'.")
    ],
    *,
    peers: Annotated[
        bool, typer.Option("--peers/--no-peers", help="Also score other clusterers.")
    ] = True,
    encoder: Annotated[str | None, typer.Option(help="As for rebuild. Default: e5-small.")] = None,
    granularity: Annotated[
        str, typer.Option(metavar="WORD|NUMBER", help="As for cluster, and for this once.")
    ] = "default",
    plot: Annotated[
        Path | None,
        typer.Option(help="Draw the calibration and the operating curve into this SVG file."),
    ] = None,
    json_: Json = False,
    indexes: Indexes = DEFAULT_INDEXES,
) -> None:
    """Build a base from labelled articles and score it.

    It has the shipped defaults. Embeddings are kept under INDEXES/evaluations for the next
    evaluation of the same file.
    """
    spec = None if encoder is None else EncoderSpec(encoder)
    setting = log_odds(granularity)
    with progress_bars() as progress, engine.open(indexes, progress=progress) as base:
        result = base.evaluate(gold, spec=spec, granularity=setting, peers=peers)
    if plot is not None:
        from engine.reports.curves import write_curves

        write_curves(result.calibration, plot)
    if json_:
        print_json(result.to_dict())
    else:
        _print(result)


def _print(result: Evaluation) -> None:
    seconds = ", ".join(f"{name} {value:.1f} s" for name, value in result.seconds.items())
    print_text(
        f"{result.n_articles} articles, {result.n_clusters} gold events, "
        f"{result.n_stories} stories ({seconds})"
    )
    turned = result.granularity
    setting = f"granularity {turned.used:g}" if turned.used else "shipped defaults"
    rows = [("engine", *_agreement(result), setting)]
    for name, peer in (result.peers or {}).items():
        rows.append((name, *_agreement(peer), f"best on this gold: {peer.setting}"))
    print_table(("clusterer", "B3 precision", "B3 recall", "B3 F1", "pair F1", "setting"), rows)
    best = turned.best
    print_text(
        f"of all granularities {best.granularity:g} would have been best on this gold: "
        f"B3 precision {best.precision:.3f}, recall {best.recall:.3f}, F1 {best.f1:.3f}"
    )
    found = [("all", result.n_articles, *_found(result.retrieval))]
    found.append(("other languages only", "", *_found(result.cross_lingual)))
    dense = result.dense
    found.append(("by vectors alone", "", *_found(dense.retrieval)))
    found.append(("the same, other languages", "", *_found(dense.cross_lingual)))
    for language, scores in result.languages.items():
        if scores.retrieval.n_queries:
            found.append((f"within {language}", scores.n_articles, *_found(scores.retrieval)))
    said = result.calibration
    print_text(f"probabilities of {said.n_pairs} candidate pairs: {_trust(said)}")
    placed = result.memberships
    print_text(f"strengths of {placed.n_articles} memberships: {_trust(placed)}")
    hits = result.hits
    print_text(
        f"probabilities of {hits.n_hits} hits of queries: {hits.accuracy:.3f} on the right "
        f"side of a half, {_trust(hits)}"
    )
    told = result.matches
    print_text(
        f"stories told for {told.n_articles} articles as if new: precision "
        f"{told.precision:.3f}, recall {told.recall:.3f}; none told for {told.silence:.3f} of "
        f"{told.n_alone} articles that are alone with their event"
    )
    print_table(
        ("pairs cut at", "precision", "recall"),
        (
            (f"{cut.probability:.2f}", f"{cut.precision:.3f}", f"{cut.recall:.3f}")
            for cut in said.operating
            if cut.probability in SHOWN_CUTS
        ),
    )
    print_table(("neighbours", "articles", "queries", "hit@1", "recall@10", "MRR"), found)


def _trust(scores: CalibrationScores | MembershipScores | HitScores) -> str:
    return f"Brier score {scores.brier:.3f}, expected calibration error {scores.error:.3f}"


def _agreement(scores: Evaluation | PeerScores) -> tuple[str, ...]:
    found = scores.bcubed
    values = (found.precision, found.recall, found.f1, scores.pairwise_f1)
    return tuple(f"{value:.3f}" for value in values)


def _found(scores: Retrieval) -> tuple[str, ...]:
    if not scores.n_queries:
        return ("0", "-", "-", "-")
    values = (scores.hit_at_1, scores.recall_at_10, scores.mrr)
    return (str(scores.n_queries), *(f"{value:.3f}" for value in values))
