"""Scores of word segmentation, as in the SIGHAN bakeoff, and a baseline."""

from collections.abc import Collection, Sequence

from keras_seq.errors import InputError


def segmentation_scores(
    truth: Sequence[Sequence[str]], predicted: Sequence[Sequence[str]], known: Collection[str]
) -> dict[str, float]:
    """Precision, recall and F1 of words, and the recall of words outside the training data.

    A word is found if both its boundaries are correct. `oov_recall` is the fraction of the true
    words outside `known` that are found, and `iv_recall` the fraction of the others.

    Args:
        truth, predicted: lists of lists of words: two segmentations of the same text.
        known: set of the words of the training data.

    Returns:
        Dictionary of `precision`, `recall`, `f1`, `oov_rate`, `oov_recall` and `iv_recall`; the
        recall of an empty set of words is 0.

    Raises:
        InputError: the texts of a row differ.

    Example:

    >>> from keras_seq.tasks.tagging.segmentation_metrics import segmentation_scores
    >>> scores = segmentation_scores([["ab", "c", "de"]], [["ab", "cd", "e"]], {"ab", "c"})
    >>> {name: round(scores[name], 2) for name in ("f1", "oov_rate", "oov_recall", "iv_recall")}
    {'f1': 0.33, 'oov_rate': 0.33, 'oov_recall': 0.0, 'iv_recall': 0.5}

    Reference: Emerson, The Second International Chinese Word Segmentation Bakeoff, SIGHAN 2005.
    """
    found = {True: 0, False: 0}
    there = {True: 0, False: 0}
    count = 0
    for row, (words, others) in enumerate(zip(truth, predicted, strict=True)):
        if "".join(words) != "".join(others):
            raise InputError(f"segmentation_scores: row {row} is not the same text cut in two ways")
        spans = _spans(others)
        count += len(others)
        for word, span in zip(words, sorted(_spans(words)), strict=True):
            there[word in known] += 1
            found[word in known] += span in spans
    right, total = sum(found.values()), sum(there.values())
    precision, recall = right / max(1, count), right / max(1, total)
    return {
        "precision": precision,
        "recall": recall,
        "f1": 2 * right / max(1, count + total),
        "oov_rate": there[False] / max(1, total),
        "oov_recall": found[False] / max(1, there[False]),
        "iv_recall": found[True] / max(1, there[True]),
    }


def _spans(words):
    spans, start = set(), 0
    for word in words:
        spans.add((start, start + len(word)))
        start += len(word)
    return spans


def maximum_matching(text: str, known: Collection[str]) -> list[str]:
    """Maximum matching: from left to right, each word is the longest known one that fits.

    Args:
        text: str.
        known: set of words. A character that begins no known word is a word.

    Returns:
        List of str.

    Example:

    >>> from keras_seq.tasks.tagging.segmentation_metrics import maximum_matching
    >>> maximum_matching("abcd", {"ab", "abc", "cd"})
    ['abc', 'd']
    """
    longest = max(map(len, known), default=1)
    words, start = [], 0
    while start < len(text):
        ends = range(min(len(text), start + longest), start + 1, -1)
        end = next((end for end in ends if text[start:end] in known), start + 1)
        words.append(text[start:end])
        start = end
    return words


def differing_words(truth: Sequence[str], predicted: Sequence[str]) -> list[tuple[str, str]]:
    """The differences of two segmentations of a text: pairs of words, joined by spaces.

    Args:
        truth, predicted: lists of words.

    Returns:
        List of `(true words, predicted words)`, str, between common boundaries.

    Example:

    >>> from keras_seq.tasks.tagging.segmentation_metrics import differing_words
    >>> differing_words(["ab", "c", "d"], ["a", "bc", "d"])
    [('ab c', 'a bc')]
    """
    pairs, left, right = [], [], []
    true_end = predicted_end = 0
    others = iter(predicted)
    for word in truth:
        left.append(word)
        true_end += len(word)
        while predicted_end < true_end:
            right.append(next(others))
            predicted_end += len(right[-1])
        if predicted_end == true_end:
            if left != right:
                pairs.append((" ".join(left), " ".join(right)))
            left, right = [], []
    return pairs
