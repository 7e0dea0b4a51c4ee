"""Pictures of a model and of its life, as SVG for the report and PNG for MLflow."""

import io
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

import matplotlib as mpl
from matplotlib.axes import Axes
from matplotlib.dates import ConciseDateFormatter, MonthLocator, date2num
from matplotlib.figure import Figure

INK, MUTED, GRID = "#1c2733", "#66758a", "#dfe5ec"
BLUE, ORANGE, GREEN, RED, GREY = "#2563b8", "#c8641b", "#2f8f5b", "#c0352f", "#9aa7b5"
STYLE: dict[Any, Any] = {
    "font.size": 9,
    "font.family": "sans-serif",
    "text.color": INK,
    "axes.edgecolor": GRID,
    "axes.labelcolor": MUTED,
    "axes.spines.top": False,
    "axes.spines.right": False,
    "axes.grid": True,
    "axes.axisbelow": True,
    "grid.color": GRID,
    "xtick.color": MUTED,
    "ytick.color": MUTED,
    "legend.frameon": False,
    "svg.fonttype": "none",
    # The same picture gives the same bytes.
    "svg.hashsalt": "mlops",
}
MARKS = {"trained": (GREY, ":"), "promoted": (GREEN, "-"), "rolled back": (RED, "--")}
TAKEN_BACK = "a release that was taken back"


def calibration(curve: Sequence[Mapping[str, Any]], form: str) -> bytes:
    """Observed against predicted, by bin; the diagonal is a calibrated model."""
    with mpl.rc_context(STYLE):
        figure, axes = _figure(4.2, 3.4)
        predicted = [point["predicted"] for point in curve]
        observed = [point["observed"] for point in curve]
        low, high = min(predicted + observed), max(predicted + observed)
        axes.plot([low, high], [low, high], color=GREY, linestyle="--", linewidth=1)
        axes.plot(predicted, observed, color=BLUE, marker="o", markersize=4)
        axes.set(xlabel="predicted", ylabel="observed")
        return _render(figure, form)


def slices(rows: Sequence[Mapping[str, Any]], form: str, *, bound: float) -> bytes:
    """The calibration gap of each slice beside the gate's bound."""
    with mpl.rc_context(STYLE):
        figure, axes = _figure(6.4, 0.6 + 0.17 * len(rows))
        names = [f"{row['slice']} {row['value']} (n={row['rows']:,})" for row in rows]
        gaps = [row["calibration_gap"] for row in rows]
        axes.barh(names, gaps, color=[RED if abs(gap) > bound else BLUE for gap in gaps], height=0.6)
        for edge in (-bound, bound):
            axes.axvline(edge, color=GREY, linestyle="--", linewidth=1)
        axes.invert_yaxis()
        axes.set(xlabel="predicted minus observed")
        axes.grid(visible=False, axis="y")
        return _render(figure, form)


def over_time(
    times: Sequence[datetime],
    lines: Mapping[str, Sequence[float | None]],
    *,
    label: str,
    bounds: Mapping[str, Sequence[float | None]] | None = None,
    marks: Sequence[tuple[datetime, str]] = (),
    spans: Sequence[tuple[datetime, datetime]] = (),
    logarithmic: bool = False,
) -> str:
    """Measures by window as SVG, with their thresholds (dashed) and the rollouts and trainings (vertical).

    Args:
        spans: when a release answered that was taken back; shaded.
    """
    with mpl.rc_context(STYLE):
        figure, axes = _figure(9.6, 2.7)
        days = date2num(list(times))
        for (name, values), color in zip(lines.items(), (BLUE, ORANGE, GREEN), strict=False):
            axes.plot(days, [_number(value) for value in values], color=color, marker="o", markersize=2.5, label=name)
            bound = (bounds or {}).get(name)
            if bound:
                steps = [_number(value) for value in bound]
                axes.plot(days, steps, color=color, linestyle="--", linewidth=1, alpha=0.7, drawstyle="steps-post")
        seen: set[str] = set()
        for moment, kind in marks:
            color, style = MARKS[kind]
            axes.axvline(
                float(date2num(moment)),
                color=color,
                linestyle=style,
                linewidth=1.2,
                label=None if kind in seen else kind,
            )
            seen.add(kind)
        for number, (start, end) in enumerate(spans):
            label_once = None if number else TAKEN_BACK
            axes.axvspan(*date2num([start, end]), color=RED, alpha=0.13, linewidth=0, label=label_once)
        if logarithmic and any(value for values in lines.values() for value in values):
            axes.set_yscale("log")
        axes.set(ylabel=label)
        axes.xaxis.set_major_locator(MonthLocator())
        axes.xaxis.set_major_formatter(ConciseDateFormatter(MonthLocator()))
        axes.legend(loc="upper left", bbox_to_anchor=(0, 1.18), ncols=7, fontsize=8)
        return _render(figure, "svg").decode()


def _figure(width: float, height: float) -> tuple[Figure, Axes]:
    figure = Figure(figsize=(width, height), layout="constrained")
    return figure, figure.subplots()


def _number(value: float | None) -> float:
    return float("nan") if value is None else value


def _render(figure: Figure, form: str) -> bytes:
    out = io.BytesIO()
    figure.savefig(
        out, format=form, dpi=110, metadata={"Date": None} if form == "svg" else {}, transparent=form == "svg"
    )
    picture = out.getvalue()
    # Inside a page, the XML declaration and the document type are noise.
    return picture[picture.index(b"<svg") :] if form == "svg" else picture
