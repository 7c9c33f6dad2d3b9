"""Figures of a tagger: sentences with their spans, transition scores, confusion of types."""

import io
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np

from keras_seq.crf.tag_schemes import Span
from keras_seq.tasks.tagging.html import colors_of
from keras_seq.tasks.tagging.metrics import pair_spans
from keras_seq.training.plots import confusion, figure

_RED = "#cc0000"
_WIDTH, _LINE = 11.0, 0.34  # inches
_FORBIDDEN = -5000


def tagged_sentences(
    path: str | Path,
    types: Sequence[str],
    rows: Sequence[tuple[Sequence[str], Sequence[Span], Sequence[Span]]],
    join: str = " ",
) -> None:
    """Draw sentences with predicted spans in color; wrong spans have a red frame.

    Spans that were missed follow their sentence in red.

    Args:
        path: the .png file to write.
        types: list of the types of spans.
        rows: list of `(tokens, true spans, predicted spans)`.
        join: the string between tokens.

    Example:

    >>> import tempfile
    >>> from keras_seq.tasks.tagging.plots import tagged_sentences
    >>> row = (["Ada", "spoke"], [(0, 1, "PER")], [(0, 1, "PER")])
    >>> tagged_sentences(tempfile.mkdtemp() + "/tagged.png", ["PER"], [row])
    """
    colors = colors_of(types)
    pieces = [_pieces(*row, colors, join) for row in rows]
    legend = [(kind, {"facecolor": colors[kind], "edgecolor": "none"}) for kind in types]
    legend += [("not so", {"facecolor": "white", "edgecolor": _RED}), ("missed", None)]
    # The first pass only counts lines.
    with figure(io.BytesIO(), _WIDTH, 1) as drawn:
        lines = _lay_out(drawn, [legend, *pieces], join)
    with figure(path, _WIDTH, _LINE * lines + 0.1) as drawn:
        _lay_out(drawn, [legend, *pieces], join)


def _pieces(tokens, truth, predicted, colors, join):
    """Text and the style of its box, from left to right; None is red text."""
    found, position = [], 0
    for start, end, kind in [*predicted, (len(tokens), len(tokens), None)]:
        found += [(token, {}) for token in tokens[position:start]]
        if end > start:
            edge = "none" if (start, end, kind) in truth else _RED
            style = {"facecolor": colors[kind], "edgecolor": edge}
            found.append((join.join(tokens[start:end]), style))
        position = end
    for start, end, kind in truth:
        if (start, end, kind) not in predicted:
            found.append((f"[{join.join(tokens[start:end])}: {kind}]", None))
    return found


def _lay_out(drawn, rows, join):
    """Draw pieces side by side in lines; return the number of lines."""
    from matplotlib.backends.backend_agg import FigureCanvasAgg

    drawn.set_layout_engine("none")
    renderer = FigureCanvasAgg(drawn).get_renderer()
    height = drawn.get_figheight()
    line = 0
    for row in rows:
        x = 0.15
        for text, style in row:
            boxed = bool(style)
            label = drawn.text(0, 0, text, fontsize=11, va="baseline", parse_math=False)
            if style is None:
                label.set_color(_RED)
            elif boxed:
                label.set_bbox({"boxstyle": "round,pad=0.18", "linewidth": 1.4, **style})
            width = label.get_window_extent(renderer).width / drawn.dpi
            if x + width > _WIDTH - 0.15 and x > 0.15:
                line, x = line + 1, 0.35
            label.set_position((x / _WIDTH, 1 - (_LINE * (line + 0.7)) / height))
            x += width + (0.13 if boxed else 0.09 if join else 0.02)
        line += 1
    return line


def transition_scores(
    path: str | Path, names: Sequence[str], transitions: Any, start: Any, end: Any
) -> None:
    """Draw a heat map of the transition scores between tags; forbidden transitions are grey.

    Args:
        path: the .png file to write.
        names: list of K tags.
        transitions, start, end: arrays (K, K), (K,), (K,).

    Example:

    >>> import tempfile
    >>> from keras_seq.tasks.tagging.plots import transition_scores
    >>> path = tempfile.mkdtemp() + "/transitions.png"
    >>> transition_scores(path, ["O", "S-X"], np.eye(2), np.zeros(2), np.zeros(2))
    """
    K = len(names)
    scores = np.full((K + 1, K + 1), np.nan)
    scores[0, :K], scores[1:, :K], scores[1:, K] = start, transitions, end
    scores[scores < _FORBIDDEN] = np.nan
    top = max(1e-6, float(np.nanmax(np.abs(scores))))
    side = max(4.5, 1.8 + 0.36 * K)
    with figure(path, side + 1.2, side) as drawn:
        axes = drawn.subplots()
        axes.set_facecolor("#dddddd")
        image = axes.imshow(scores, cmap="RdBu_r", vmin=-top, vmax=top)
        axes.set_xticks(range(K + 1), [*names, "end"], rotation=90)
        axes.set_yticks(range(K + 1), ["start", *names])
        axes.set_xlabel("to")
        axes.set_ylabel("from")
        axes.set_title("Transition scores (grey: forbidden)")
        if K <= 12:
            for row, column in zip(*np.nonzero(~np.isnan(scores)), strict=True):
                color = "white" if abs(scores[row, column]) > 0.6 * top else "black"
                axes.text(column, row, f"{scores[row, column]:.2f}", ha="center", va="center",
                          color=color, fontsize=8)  # fmt: skip
        drawn.colorbar(image, label="score (red: more likely, blue: less likely)")


def confusion_of_types(
    truth: Sequence[Sequence[Span]],
    predicted: Sequence[Sequence[Span]],
    types: Sequence[str],
    path: str | Path,
) -> None:
    """Draw the confusion matrix of the types of spans; "nothing" stands for no counterpart.

    Args:
        truth, predicted: for each sentence its spans.
        types: list of the types.
        path: the .png file to write.

    Example:

    >>> import tempfile
    >>> from keras_seq.tasks.tagging.plots import confusion_of_types
    >>> path = tempfile.mkdtemp() + "/types.png"
    >>> confusion_of_types([[(0, 1, "PER")]], [[(0, 1, "LOC")]], ["LOC", "PER"], path)
    """
    names = [*types, "nothing"]
    pairs = [
        [names.index(span[2] if span else "nothing") for span in pair]
        for row in zip(truth, predicted, strict=True)
        for pair in pair_spans(*row)
    ]
    if pairs:
        confusion(*np.array(pairs).T, names, path)
