"""The report of a night in Markdown and HTML, and what all pages are made of: they load nothing."""

from __future__ import annotations

from base64 import b64encode
from collections.abc import Iterable, Sequence
from hashlib import sha256
from html import escape
from importlib.resources import files
from pathlib import Path

from engine.errors import StorageError
from engine.reports.briefing import Briefing
from engine.reports.story_brief import StoryBrief
from engine.reports.wording import (
    Line,
    breaking,
    counts,
    covered,
    edited,
    ended,
    headline,
    rejected,
    sparkline,
    story_lines,
    title,
    watched,
)

_MARKDOWN = str.maketrans({character: f"\\{character}" for character in "\\`*_{}[]<>#|"})

BREAKING = "Breaking"

HELD = "Held back: the stories below are those of the run before."


def write_report(briefing: Briefing, folder: Path) -> tuple[Path, Path]:
    """Write ``run-NUMBER.md`` and ``.html`` into `folder` and return their paths.

    Raises
    ------
    StorageError
        The folder cannot be written.
    """
    stem = folder / f"run-{briefing.run.run}"
    paths = (stem.with_suffix(".md"), stem.with_suffix(".html"))
    try:
        folder.mkdir(parents=True, exist_ok=True)
        for path, content in zip(paths, (markdown(briefing), html(briefing)), strict=True):
            path.write_text(content, encoding="utf-8", errors="backslashreplace")
    except OSError as error:
        raise StorageError(f"cannot write the report to {folder}: {error.strerror}") from error
    return paths


def markdown(briefing: Briefing) -> str:
    """Return the report as Markdown."""
    parts = [f"# {title(briefing)}", "", *(f"- {_plain(said)}" for said in counts(briefing)), ""]
    if briefing.reasons:
        parts += [f"**{HELD}**", "", *(f"- {_plain(reason)}" for reason in briefing.reasons), ""]
    if briefing.breaking:
        parts += [f"## {BREAKING}", "", *map(_item, breaking(briefing)), ""]
    for place, brief in enumerate(briefing.stories, start=1):
        parts += [f"## {place}. {_plain(headline(brief))}", ""]
        if brief.timeline:
            parts += [f"`{sparkline(brief.timeline)}`", ""]
        parts += [*map(_item, story_lines(briefing, brief)), f"- `{brief.story.id}`", ""]
    for name, said in _sections(briefing):
        parts += [f"## {name}", "", *map(_item, said), ""]
    return "\n".join(parts)


def html(briefing: Briefing) -> str:
    """Return the report as a page that loads nothing."""
    body = [f"<h1>{escape(title(briefing))}</h1>", listed(map(Line, counts(briefing)))]
    if briefing.reasons:
        body += [f"<p><strong>{HELD}</strong></p>", listed(map(Line, briefing.reasons))]
    if briefing.breaking:
        body += [f"<h2>{BREAKING}</h2>", listed(breaking(briefing))]
    body += [_story(brief, story_lines(briefing, brief)) for brief in briefing.stories]
    for name, said in _sections(briefing):
        body += [f"<h2>{name}</h2>", listed(said)]
    return page(title(briefing), body)


def page(name: str, body: Iterable[str], *, style: str = "", script: str = "") -> str:
    """Return a page that loads nothing and runs nothing but `script`.

    Parameters
    ----------
    name
        Plain text: what the page is called.
    body
        Its elements, escaped.
    style, script
        What it has besides the style of all pages; files of this package, nothing from outside.
    """
    css = files("engine.reports").joinpath("report.css").read_text(encoding="utf-8") + style
    digest = b64encode(sha256(script.encode()).digest()).decode()
    runs = f"script-src 'sha256-{digest}'" if script else "script-src 'none'"
    return (
        '<!doctype html>\n<html lang="en">\n<head>\n<meta charset="utf-8">\n'
        '<meta http-equiv="Content-Security-Policy" content="default-src \'none\'; '
        f"img-src data:; style-src 'unsafe-inline'; {runs}\">\n"
        '<meta name="viewport" content="width=device-width">\n<link rel="icon" href="data:,">\n'
        f"<title>{escape(name)}</title>\n<style>\n{css}</style>\n</head>\n<body>\n"
        + "\n".join(body)
        + (f"\n<script>{script}</script>" if script else "")
        + "\n</body>\n</html>\n"
    )


def _sections(briefing: Briefing) -> list[tuple[str, list[Line]]]:
    """Return what else there is to say, under its heading; nothing empty."""
    found = [
        ("Watches", watched(briefing)),
        ("Ended", ended(briefing)),
        ("Edited headlines", edited(briefing)),
        ("Who led and who lagged in the last weeks", covered(briefing)),
        ("Rejected", rejected(briefing)),
    ]
    return [(name, said) for name, said in found if said]


def _story(brief: StoryBrief, said: Sequence[Line]) -> str:
    language = brief.story.languages[0] if brief.story.languages else "und"
    return "\n".join(
        [
            f'<section id="{escape(brief.story.id)}">',
            f'<h2 lang="{escape(language)}" dir="auto">{escape(headline(brief))}</h2>',
            bars(brief.timeline),
            listed(said),
            "</section>",
        ]
    )


def bars(timeline: tuple[int, ...]) -> str:
    """Return a timeline as a drawing that a screen reader can name."""
    if not timeline:
        return ""
    top = max(timeline)
    bars = "".join(
        f'<rect x="{5 * place}" y="{24 - 24 * count / top:.1f}" width="4" '
        f'height="{24 * count / top:.1f}"/>'
        for place, count in enumerate(timeline)
    )
    return (
        f'<svg viewBox="0 0 {5 * len(timeline)} 24" role="img" preserveAspectRatio="none" '
        f'aria-label="Articles over time: {", ".join(map(str, timeline))}">{bars}</svg>'
    )


def listed(said: Iterable[Line]) -> str:
    """Return lines as a list."""
    items = "".join(f'<li dir="auto">{linked(line)}</li>' for line in said)
    return f"<ul>{items}</ul>"


def linked(line: Line) -> str:
    """Return a line whose headline leads to its article."""
    said = escape(line.headline)
    if line.url:
        said = f'<a href="{escape(line.url)}" rel="noreferrer">{said}</a>'
    return escape(line.text) + said


def _item(line: Line) -> str:
    """Return a line as an item of a list in Markdown."""
    said = _plain(line.headline)
    if line.url:
        said = f"[{said}](<{line.url}>)"
    return f"- {_plain(line.text)} {said}".rstrip()


def _plain(text: str) -> str:
    """Return `text` on one line and without meaning for Markdown."""
    return " ".join(text.split()).translate(_MARKDOWN)
