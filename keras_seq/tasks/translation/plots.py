"""Where a decoder looked, as pictures."""

import numpy as np

from keras_seq.training.plots import figure


def alignments(weights, sources, targets, path):
    """A heat map for each pair: what was read along the bottom, what was said down the side.

    Args:
        weights: list of arrays (T, S).
        sources, targets: lists of lists of S and T str, the pieces.
        path: of the .png to write.

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
