"""The command that times a model."""

from __future__ import annotations

from typing import Annotated

import typer

from engine.cli.options import Json
from engine.cli.output import note, print_json, print_table, progress_bars

shelf = typer.Typer(no_args_is_help=True, help="Look into models of the encoder.")


def add_to(app: typer.Typer) -> None:
    """Register the commands."""
    app.add_typer(shelf, name="model")


@shelf.command("bench")
def bench(
    name: Annotated[
        str, typer.Argument(help="As --encoder of rebuild: a name or folder.")
    ] = "e5-small",
    *,
    texts: Annotated[int, typer.Option(min=1, help="Articles of the sample in a round.")] = 96,
    rounds: Annotated[int, typer.Option(min=1, help="Interleaved rounds; medians count.")] = 3,
    json_: Json = False,
) -> None:
    """Time a model on this machine in every way that it can run.

    The vectors of all ways are compared. The first line is what the others are compared with: plain
    sentence-transformers in float32, or the compiled engine of e5-small.
    """
    from engine.jobs.rebuilding.model_bench import bench_model

    with progress_bars() as progress:
        found = bench_model(name, n_texts=texts, n_rounds=rounds, progress=progress)
    if json_:
        print_json(found.to_dict())
        return
    print_table(
        ("way", "texts/s", "times the first", "cosine to it"),
        ((way.way, way.texts_per_second, way.times_first, way.cosine) for way in found.ways),
    )
    for way, reason in found.impossible.items():
        note(f"not in {way}: {reason}")
