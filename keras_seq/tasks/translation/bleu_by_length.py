"""How translations get worse as sentences get longer."""

import numpy as np

from keras_seq.tasks.translation.metrics import bleu
from keras_seq.training.plots import figure

LEAST = 20  # sentences: BLEU of fewer says little


def bleu_by_length(sources, outputs, references, words=5):
    """sacreBLEU of the sentences of similar length, by the words of their sources.

    Args:
        sources, outputs, references: lists of N str.
        words: of one bucket and the next: 1 to 5, 6 to 10 and so on.

    Returns:
        List of `(shortest, longest, sentences, bleu)`; a bucket of under 20 sentences is left out.

    Example:

    >>> from keras_seq.tasks.translation.bleu_by_length import bleu_by_length
    >>> long, short = ["a man walks his dog in the sun"] * 20, ["a dog"] * 19
    >>> bleu_by_length(long + short, long + short, long + short)
    [(6, 10, 20, 100.0)]
    """
    bucket = (np.array([max(1, len(text.split())) for text in sources]) - 1) // words
    found = []
    for number in np.unique(bucket):
        rows = np.flatnonzero(bucket == number)
        if len(rows) >= LEAST:
            low = int(number) * words
            found.append((low + 1, low + words, len(rows), _bleu(rows, outputs, references)))
    return found


def bleu_of_longer(sources, outputs, references, words=15):
    """sacreBLEU of the sentences whose sources have more words; None if they are under 20.

    Example:

    >>> from keras_seq.tasks.translation.bleu_by_length import bleu_of_longer
    >>> texts = ["a man walks his dog in the sun"] * 20
    >>> bleu_of_longer(texts, texts, texts, words=7), bleu_of_longer(texts, texts, texts, words=8)
    (100.0, None)
    """
    rows = np.flatnonzero([len(text.split()) > words for text in sources])
    return _bleu(rows, outputs, references) if len(rows) >= LEAST else None


def _bleu(rows, outputs, references):
    return bleu(*([texts[row] for row in rows] for texts in (outputs, references)))


def length_curves(curves, path):
    """BLEU over the length of the source, and how many sentences there are of each.

    Args:
        curves: dictionary of name -> what `bleu_by_length` found, of the same sentences.
        path: of the .png to write.

    Example:

    >>> import tempfile
    >>> from keras_seq.tasks.translation.bleu_by_length import length_curves
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
