"""Figures of a translator: attention weights, and BLEU over the source length."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from keras_seq.training.plots import figure


def alignments(
    weights: Sequence[Any],
    sources: Sequence[Sequence[str]],
    targets: Sequence[Sequence[str]],
    path: str | Path,
) -> None:
    """Draw a heat map of the attention weights of each pair, with the source on the x axis.

    Args:
        weights: list of arrays (T, S).
        sources, targets: lists of lists of S and T str, the pieces.
        path: the .png file to write.

    Example:

    >>> import tempfile
    >>> from keras_seq.tasks.translation.plots import alignments
    >>> path = tempfile.mkdtemp() + "/alignment.png"
    >>> alignments([np.eye(2)], [["one", "two"]], [["eins", "zwei"]], path)
    """
    wide = 2.0 + 0.32 * max(map(len, sources))
    high = [1.6 + 0.28 * len(target) for target in targets]
    with figure(path, wide, sum(high)) as drawn:
        rows = drawn.subplots(len(weights), 1, squeeze=False, height_ratios=high)[:, 0]
        for axes, w, source, target in zip(rows, weights, sources, targets, strict=True):
            axes.imshow(np.asarray(w), cmap="Blues", vmin=0, vmax=1, aspect="auto")
            axes.set_xticks(range(len(source)), source, rotation=90)
            axes.set_yticks(range(len(target)), target)
            axes.set_xlabel("read")
            axes.set_ylabel("said")


def length_curves(
    curves: Mapping[str, Sequence[tuple[int, int, int, float]]], path: str | Path
) -> None:
    """Plot BLEU over the source length, and the number of sentences of each length.

    Args:
        curves: dictionary of name -> the result of `bleu_by_length`, of the same sentences.
        path: the .png file to write.

    Example:

    >>> import tempfile
    >>> from keras_seq.tasks.translation.plots import length_curves
    >>> found = [(1, 5, 40, 31.5), (6, 10, 25, 24.0)]
    >>> length_curves({"beam 5": found}, tempfile.mkdtemp() + "/bleu_by_length.png")
    """
    buckets = next(iter(curves.values()))
    middles = [(low + high) / 2 for low, high, _, _ in buckets]
    with figure(path, 6.4, 4) as drawn:
        counts = drawn.subplots()
        widths = [0.9 * (high - low + 1) for low, high, _, _ in buckets]
        counts.bar(middles, [count for _, _, count, _ in buckets], widths, color="#dddddd")
        counts.set_ylabel("sentences (bars)")
        counts.set_xticks(middles, [f"{low} to {high}" for low, high, _, _ in buckets])
        counts.set_xlabel("words of the source")
        axes = counts.twinx()
        for (name, found), style in zip(curves.items(), ("o-", "s--", "^:"), strict=False):
            axes.plot(middles, [score for *_, score in found], style, ms=5, label=name)
        axes.set_ylim(0, None)
        axes.set_ylabel("BLEU (lines)")
        axes.grid(alpha=0.3)
        axes.legend()
