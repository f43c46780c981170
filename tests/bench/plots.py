"""The pictures of docs/performance.md, as SVG: what anybody would rather look at than a table."""

from collections.abc import Mapping, Sequence
from pathlib import Path

import matplotlib as mpl
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from tests.bench.measure import Measured
from tests.bench.servers import AVX2, CONTAINER, FLASK, PORTABLE, STAND_IN, Kind
from tests.bench.stages import Stages

# Text stays text, and the same numbers give the same file.
STYLE = {"svg.fonttype": "none", "svg.hashsalt": "autolote", "font.size": 8}
COLOURS: Mapping[Kind, str] = {
    CONTAINER: "#2166ac",
    AVX2: "#6baed6",
    PORTABLE: "#bdd7e7",
    STAND_IN: "#f4a582",
    FLASK: "#b2182b",
}
SHORT: Mapping[Kind, str] = {
    CONTAINER: "our container",
    AVX2: "our container, AVX2",
    PORTABLE: "our container, portable",
    STAND_IN: "same server, lightgbm",
    FLASK: "Flask + pandas + lightgbm",
}
STAGE_COLOURS = ("#fdae61", "#abdda4", "#2b83ba", "#5e4fa2", "#d9d9d9")


def throughput(main: Sequence[Measured], path: Path) -> None:
    """Rows per CPU-second by model and server, with how often the container's figure it is."""
    figure = _figure(8.5, 3.6)
    axes = figure.subplots()
    _bars(axes, main, lambda each: each.rows_per_cpu_s, "{:,.0f}".format)
    axes.set(yscale="log", ylabel="rows per CPU-second (log scale)")
    axes.set_title("6 MB bodies, 2 at a time: higher is better")
    _save(figure, axes, path)


def memory(main: Sequence[Measured], path: Path) -> None:
    """Peak memory and start-up by model and server."""
    figure = _figure(8.5, 3.4)
    left, right = figure.subplots(1, 2)
    _bars(left, main, lambda each: each.peak_mb, "{:,.0f}".format)
    left.set(ylabel="MB", title="Peak memory, 6 MB bodies, 2 at a time: lower is better")
    _bars(right, main, lambda each: each.start_s, "{:.2f}".format)
    right.set(ylabel="seconds", title="From a fresh start to /ping 200: lower is better")
    _save(figure, left, path)


def stages(measured: Mapping[str, Stages], path: Path) -> None:
    """Where the nanoseconds of a row go, by model."""
    figure = _figure(8.5, 2.6)
    axes = figure.subplots()
    models = list(measured)
    left = [0.0] * len(models)
    for name, colour in zip(next(iter(measured.values())).parts, STAGE_COLOURS, strict=True):
        widths = [measured[model].parts[name] for model in models]
        axes.barh(models, widths, left=left, color=colour, label=name)
        left = [at + width for at, width in zip(left, widths, strict=True)]
    for model, total in zip(models, left, strict=True):
        axes.text(total, model, f" {total:,.0f} ns", va="center")
    axes.invert_yaxis()
    axes.set(xlabel="CPU nanoseconds per row", title="Where the time of a row goes")
    axes.margins(x=0.12)
    _save(figure, axes, path)


def _bars(axes: Axes, main: Sequence[Measured], value: object, text: object) -> None:
    assert callable(value)
    assert callable(text)
    models = sorted({each.cell.model for each in main})
    kinds = [kind for kind in COLOURS if any(each.kind is kind for each in main)]
    width = 0.84 / len(kinds)
    for number, kind in enumerate(kinds):
        of = {each.cell.model: value(each) for each in main if each.kind is kind}
        places = [models.index(m) + (number - (len(kinds) - 1) / 2) * width for m in of]
        axes.bar(places, list(of.values()), width, color=COLOURS[kind], label=SHORT[kind])
        for place, height in zip(places, of.values(), strict=True):
            axes.text(place, height, text(height), ha="center", va="bottom", fontsize=5.5)
    axes.set_xticks(range(len(models)), [f"model {m}" for m in models])
    axes.margins(y=0.12)


def _figure(width: float, height: float) -> Figure:
    mpl.rcParams.update(STYLE)
    return Figure(figsize=(width, height), layout="constrained")


def _save(figure: Figure, labelled: Axes, path: Path) -> None:
    for axes in figure.axes:
        axes.spines[["top", "right"]].set_visible(False)
    handles, labels = labelled.get_legend_handles_labels()
    figure.legend(handles, labels, loc="outside lower center", ncols=5, frameon=False, fontsize=7)
    path.parent.mkdir(parents=True, exist_ok=True)
    figure.savefig(path, metadata={"Date": None})
