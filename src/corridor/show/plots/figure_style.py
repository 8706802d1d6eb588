"""The style of plots: sizes, colours, the source line, and the files."""

from __future__ import annotations

import io
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from corridor.errors import DataError, Fault
from corridor.files.optional_imports import library
from corridor.files.whole_files import writable, write_bytes

# Okabe and Ito's colours, safe for colour-blind readers.
BLACK, ORANGE, SKY, GREEN = "#000000", "#E69F00", "#56B4E9", "#009E73"
BLUE, VERMILLION, PURPLE = "#0072B2", "#D55E00", "#CC79A7"
GREY, FAINT = "#666666", "#BBBBBB"
WHEEL = (BLUE, VERMILLION, GREEN, PURPLE, ORANGE, SKY, BLACK)

# Width in inches and text size in points: column of a journal, page, slide. Maps and charts have the same ratio.
SIZES = {"column": (3.5, 6.5), "page": (7.2, 8.5), "slide": (12.0, 15.0)}
RATIO = 0.78

# No dates and no versions in the files: the same answer gives the same picture.
FORMATS: dict[str, dict[str, None]] = {
    ".png": {"Software": None},
    ".svg": {"Date": None},
    ".pdf": {"CreationDate": None, "Creator": None, "Producer": None},
}


@dataclass(frozen=True)
class FigureStyle:
    """Axes and their text size."""

    axes: Any
    points: float

    @property
    def line(self) -> float:
        """Width of an ordinary line in points."""
        return self.points / 8.5


def figure_style_of(axes: Any = None, size: str = "page") -> FigureStyle:
    """Return the style of given axes, or of a new figure of a size: column, page, slide."""
    mpl = matplotlib()
    if size not in SIZES:
        raise DataError(Fault("option", "size", str(size), f"is {size!r}", f"give {', '.join(SIZES)}"))
    inches, points = SIZES[size]
    if axes is None:
        figure = mpl.figure.Figure(figsize=(inches, RATIO * inches), layout="constrained", dpi=100)
        axes = figure.add_subplot()
        axes._repr_png_ = lambda: picture(axes, ".png", dpi=100)  # notebooks display it
    axes.tick_params(labelsize=points)
    return FigureStyle(axes, points)


def as_written(figure: Any) -> None:
    """Set every text of a figure literally: a dollar sign in a name does not start mathematics."""
    for text in figure.findobj(match=lambda x: hasattr(x, "set_parse_math")):
        text.set_parse_math(False)


def source_line(style: FigureStyle, *parts: object) -> None:
    """Write the sources of the plot below the axes."""
    text = " · ".join(str(s) for s in parts if s)
    style.axes.annotate(
        text,
        (1.0, 0.0),
        xycoords="axes fraction",
        xytext=(0, -3.6 * style.points),
        textcoords="offset points",
        ha="right",
        va="top",
        fontsize=0.8 * style.points,
        color=GREY,
        annotation_clip=False,
    )


def check_picture(path: str) -> None:
    """Refuse a path that cannot take a picture, before any computation."""
    ending = Path(path).suffix.lower()
    if ending not in FORMATS:
        message = f"ends in '{ending}', which is not a supported picture format"
        raise DataError(Fault("file", "", path, message, f"end it in {', '.join(FORMATS)}"), path)
    matplotlib()
    writable(Path(path))


def save(axes: Any, path: str) -> None:
    """Write the figure of some axes; the ending of the path chooses the format."""
    check_picture(path)
    write_bytes(Path(path), picture(axes, Path(path).suffix.lower()))


def picture(axes: Any, ending: str, dpi: int = 150) -> bytes:
    """Return the figure of some axes as the bytes of a file."""
    mpl = matplotlib()
    content = io.BytesIO()
    as_written(axes.figure)
    with mpl.rc_context({"svg.hashsalt": "corridor", "svg.fonttype": "none", "pdf.fonttype": 42}):
        axes.figure.savefig(content, format=ending[1:], dpi=dpi, metadata=FORMATS[ending])
    return content.getvalue()


def matplotlib() -> Any:
    """Return matplotlib without pyplot, so that the backend of a notebook does not change."""
    for part in ("figure", "lines", "ticker"):
        library("plot", f"matplotlib.{part}")
    return library("plot", "matplotlib")
