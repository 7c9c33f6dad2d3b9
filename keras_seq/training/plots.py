"""The figures of a run."""

import os
import warnings
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any, BinaryIO

import keras
import numpy as np
import numpy.typing as npt

_BLUE, _ORANGE, _GREY = "#1f5fa8", "#d1660a", "#666666"
# Fonts for scripts that the default font does not have; the installed ones are used.
_FONTS = ("Noto Sans CJK SC", "WenQuanYi Zen Hei", "Droid Sans Fallback", "Noto Sans Arabic")


def curves(
    history: keras.callbacks.History, path: str | os.PathLike, chosen: int | None = None
) -> None:
    """Plot each metric over the epochs, for training and validation, and mark the kept epoch.

    Args:
        history: `keras.callbacks.History`.
        path: the .png file to write.
        chosen: index of the epoch whose weights were kept, or None.

    Example:

    >>> import tempfile
    >>> import keras
    >>> from keras_seq.training.plots import curves
    >>> history = keras.callbacks.History()
    >>> history.epoch, history.history = [0, 1], {"loss": [0.7, 0.4], "val_loss": [0.6, 0.5]}
    >>> curves(history, tempfile.mkdtemp() + "/curves.png", chosen=1)
    """
    names = [n.removeprefix("val_") for n in history.history if n.startswith("val_")]
    epochs = [epoch + 1 for epoch in history.epoch]
    with figure(path, len(names) * 5.2, 4) as drawn:
        for axes, name in zip(drawn.subplots(1, len(names), squeeze=False)[0], names, strict=True):
            validation = history.history["val_" + name]
            if name in history.history:
                axes.plot(epochs, history.history[name], "o-", color=_BLUE, ms=4, label="training")
            axes.plot(epochs, validation, "s-", color=_ORANGE, ms=4, label="validation")
            if chosen is not None:
                axes.axvline(chosen + 1, color=_GREY, ls="--", lw=1)
                axes.plot(chosen + 1, validation[chosen], "s", color=_ORANGE, ms=9, mec="black",
                          label=f"kept: epoch {chosen + 1}, {validation[chosen]:.3f}")  # fmt: skip
            axes.set_title(name.replace("_", " ").capitalize())
            axes.set_xlabel("epoch")
            axes.set_xlim(0.5, max(epochs) + 0.5)
            axes.xaxis.get_major_locator().set_params(integer=True)
            axes.grid(alpha=0.3)
            axes.legend()


def confusion(
    truth: npt.ArrayLike, predicted: npt.ArrayLike, names: Sequence[str], path: str | os.PathLike
) -> None:
    """Plot the confusion matrix: the number of examples for each true and predicted class.

    Args:
        truth, predicted: integer arrays (B,).
        names: list of str, the classes.
        path: the .png file to write.

    Example:

    >>> import tempfile
    >>> from keras_seq.training.plots import confusion
    >>> confusion([0, 1, 1], [0, 1, 0], ["no", "yes"], tempfile.mkdtemp() + "/confusion.png")
    """
    K = len(names)
    counts = np.zeros((K, K), "int64")
    np.add.at(counts, (np.asarray(truth), np.asarray(predicted)), 1)
    shares = counts / np.maximum(counts.sum(axis=1, keepdims=True), 1)
    side = max(4.2, 1.0 + 0.7 * K)
    with figure(path, side + 1.2, side) as drawn:
        axes = drawn.subplots()
        image = axes.imshow(shares, cmap="Blues", vmin=0, vmax=1)
        axes.set_xticks(range(K), names, rotation=0 if K < 4 else 60)
        axes.set_yticks(range(K), names)
        axes.set_xlabel("predicted class")
        axes.set_ylabel("true class")
        right = int(np.trace(counts))
        axes.set_title(f"{right} of {counts.sum()} right ({right / counts.sum():.1%})")
        for row in range(K):
            for column in range(K):
                text = f"{counts[row, column]}\n{shares[row, column]:.1%}" if K <= 8 else (
                    str(counts[row, column])
                )  # fmt: skip
                color = "white" if shares[row, column] > 0.6 else "black"
                axes.text(column, row, text, ha="center", va="center", color=color)
        drawn.colorbar(image, label="fraction of the true class")


@contextmanager
def figure(path: str | os.PathLike | BinaryIO, width: float, height: float) -> Iterator[Any]:
    """A matplotlib figure that is written to `path`, or a file, as PNG, and needs no display.

    Args:
        path: the .png file, or an open file to write to.
        width, height: in inches.

    Example:

    >>> import tempfile
    >>> from keras_seq.training.plots import figure
    >>> with figure(tempfile.mkdtemp() + "/empty.png", 4, 3) as drawn:
    ...     axes = drawn.subplots()
    """
    import matplotlib
    from matplotlib import font_manager
    from matplotlib.figure import Figure

    installed = set(font_manager.get_font_names())
    fonts = [name for name in ("DejaVu Sans", *_FONTS) if name in installed]
    with matplotlib.rc_context({"font.family": fonts}), _one_warning_of_glyphs():
        drawn = Figure(figsize=(width, height), layout="constrained")
        yield drawn
        drawn.savefig(path, dpi=120)


@contextmanager
def _one_warning_of_glyphs():
    """Replace Matplotlib's warnings for each character without a font by a single one."""
    with warnings.catch_warnings(record=True) as raised:
        warnings.simplefilter("always")
        yield
    others = [warning for warning in raised if "Glyph" not in str(warning.message)]
    for warning in others:
        warnings.warn_explicit(warning.message, warning.category, warning.filename, warning.lineno)
    if len(others) < len(raised):
        warnings.warn(
            f"characters in a figure are in no installed font and drawn as boxes: install one of "
            f"{', '.join(_FONTS)}",
            stacklevel=4,
        )
