"""The calibration and the operating curve of an evaluation as one picture, in plain SVG."""

from __future__ import annotations

from collections.abc import Sequence
from html import escape
from pathlib import Path

from engine.errors import StorageError
from engine.evaluation.scores import CalibrationScores

SIDE = 320
"""Pixels of the side of a panel."""

MARGIN = 56
"""Pixels around a panel, for its title and its axes."""

MOST_RADIUS, LEAST_RADIUS = 9.0, 2.0
"""Pixels; the area of a point is the number of pairs it stands for."""

Points = Sequence[tuple[float, float]]


def write_curves(calibration: CalibrationScores, path: Path) -> None:
    """Draw what ``engine evaluate`` found of pair probabilities.

    Parameters
    ----------
    calibration
        Of an evaluation.
    path
        SVG file to write.

    Raises
    ------
    StorageError
        The file cannot be written.
    """
    try:
        path.write_text(curves(calibration), encoding="utf-8")
    except OSError as error:
        raise StorageError(f"cannot write the picture to {path}: {error.strerror}") from error


def curves(calibration: CalibrationScores) -> str:
    """Return the picture: said against true probability, and precision against recall."""
    bins = calibration.curve
    most = max((entry.n_pairs for entry in bins), default=1)
    reliable = _frame(
        0, f"Reliability (ECE {calibration.error:.3f})", "probability said", "share related"
    )
    reliable.append(_line(0, [(0, 0), (1, 1)], "none"))
    reliable.append(_line(0, [(entry.probability, entry.related) for entry in bins], "said"))
    reliable += [
        _point(
            0,
            (entry.probability, entry.related),
            max(LEAST_RADIUS, MOST_RADIUS * (entry.n_pairs / most) ** 0.5),
            f"{entry.n_pairs} pairs",
        )
        for entry in bins
    ]
    cuts = calibration.operating
    operating = _frame(1, "Operating curve over pairs", "recall", "precision")
    operating.append(_line(1, [(cut.recall, cut.precision) for cut in cuts], "said"))
    operating += [
        _point(1, (cut.recall, cut.precision), 3.0, f"probability {cut.probability}")
        for cut in cuts
    ]
    width, height = 2 * (SIDE + 2 * MARGIN), SIDE + 2 * MARGIN
    return "\n".join(
        [
            (
                f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {height}" '
                f'width="{width}" height="{height}" font-family="sans-serif" font-size="12">'
            ),
            f'<rect width="{width}" height="{height}" fill="white"/>',
            *reliable,
            *operating,
            "</svg>\n",
        ]
    )


def _frame(panel: int, title: str, across: str, up: str) -> list[str]:
    """Return the axes of a panel from 0 to 1 both ways, with their names."""
    left, bottom = _place(panel, (0, 0))
    right, top = _place(panel, (1, 1))
    lines = [
        f'<rect x="{left}" y="{top}" width="{SIDE}" height="{SIDE}" fill="none" stroke="#888"/>',
        f'<text x="{left}" y="{top - 16}" font-weight="bold">{escape(title)}</text>',
        f'<text x="{right}" y="{bottom + 36}" text-anchor="end">{escape(across)}</text>',
        (
            f'<text x="{left - 40}" y="{top}" transform="rotate(-90 {left - 40} {top})" '
            f'text-anchor="end">{escape(up)}</text>'
        ),
    ]
    for step in range(6):
        value = step / 5
        x, _ = _place(panel, (value, 0))
        _, y = _place(panel, (0, value))
        lines.append(f'<text x="{x}" y="{bottom + 18}" text-anchor="middle">{value:g}</text>')
        lines.append(f'<text x="{left - 8}" y="{y + 4}" text-anchor="end">{value:g}</text>')
    return lines


def _line(panel: int, points: Points, kind: str) -> str:
    style = {
        "said": 'stroke="#1f5fa8" stroke-width="2"',
        "none": 'stroke="#bbb" stroke-dasharray="4 4"',
    }[kind]
    corners = " ".join(f"{x:.1f},{y:.1f}" for x, y in (_place(panel, point) for point in points))
    return f'<polyline points="{corners}" fill="none" {style}/>'


def _point(panel: int, point: tuple[float, float], radius: float, title: str) -> str:
    x, y = _place(panel, point)
    return (
        f'<circle cx="{x:.1f}" cy="{y:.1f}" r="{radius:.1f}" fill="#1f5fa8" fill-opacity="0.7">'
        f"<title>{escape(title)}</title></circle>"
    )


def _place(panel: int, point: tuple[float, float]) -> tuple[float, float]:
    """Return the pixel of a point of the unit square of a panel."""
    left = panel * (SIDE + 2 * MARGIN) + MARGIN
    return left + point[0] * SIDE, MARGIN + (1 - point[1]) * SIDE
