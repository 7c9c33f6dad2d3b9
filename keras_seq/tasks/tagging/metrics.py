"""Scores of named entities, and a baseline."""

import collections
import re
from collections.abc import Sequence
from typing import Any

from keras_seq.crf.tag_schemes import SEQEVAL_NAMES, Span
from keras_seq.tasks.tagging.data import TaggedText

_MAX_TOKENS = 60  # of a sentence in a figure


def entity_scores(
    truth: Sequence[Sequence[str]], predicted: Sequence[Sequence[str]], scheme: str
) -> dict[str, Any]:
    """Precision, recall and F1 of entities, by seqeval, in both of its modes.

    An entity is correct if its boundaries and its type are correct. In strict mode only tag
    sequences that are valid in the scheme are entities. The default mode, as in the CoNLL scorer,
    finds entities in any row of tags. A CRF with a scheme has the same scores in both modes.

    Args:
        truth, predicted: lists of lists of tags.
        scheme: "BIO", "BIOES" or "IOB1".

    Returns:
        Dictionary: `precision`, `recall`, `f1` of the strict mode over all entities, the same with
        `_default`, and `per_type`: type -> the three and `support`, strict, likewise.

    Example:

    >>> from keras_seq.tasks.tagging.metrics import entity_scores
    >>> truth, predicted = [["B-PER", "I-PER", "O"]], [["I-PER", "I-PER", "O"]]
    >>> scores = entity_scores(truth, predicted, "BIO")
    >>> scores["f1"], scores["f1_default"]
    (0.0, 1.0)
    """
    import seqeval.scheme
    from seqeval.metrics import classification_report

    if not any(tag != "O" for rows in (truth, predicted) for row in rows for tag in row):
        reports = {"": {}, "_default": {}}
    else:
        strict = {"mode": "strict", "scheme": getattr(seqeval.scheme, SEQEVAL_NAMES[scheme])}
        reports = {
            kind: classification_report(truth, predicted, output_dict=True, zero_division=0, **how)
            for kind, how in (("", strict), ("_default", {}))
        }
    scores = {}
    for kind, report in reports.items():
        for name, value in _three(report.get("micro avg", {})).items():
            scores[name + kind] = value
        scores["per_type" + kind] = {
            of_type: {**_three(row), "support": int(row["support"])}
            for of_type, row in report.items()
            if not of_type.endswith(" avg")
        }
    return scores


def _three(row):
    return {
        name: float(row.get(key, 0.0))
        for name, key in (("precision", "precision"), ("recall", "recall"), ("f1", "f1-score"))
    }


def majority_tags(train: TaggedText, rows: Sequence[Sequence[str]]) -> list[list[str]]:
    """The most frequent tag of each token in the training data, a baseline without context.

    An unknown token gets the most frequent tag of those training tokens that have the same casing
    (`Xx`, `XX`, ...) and occur once.

    Args:
        train: `TaggedText`.
        rows: list of lists of tokens.

    Returns:
        List of lists of tags in the scheme of `train`.

    Example:

    >>> from keras_seq.tasks.tagging.data import TaggedText
    >>> from keras_seq.tasks.tagging.metrics import majority_tags
    >>> train = TaggedText([["in", "Paris", "in"]], [["O", "B-LOC", "O"]], "BIO", "made here")
    >>> majority_tags(train, [["in", "Rome", "today"]])
    [['O', 'B-LOC', 'O']]
    """
    counts = collections.defaultdict(collections.Counter)
    for tokens, tags in zip(train.tokens, train.tags, strict=True):
        for token, tag in zip(tokens, tags, strict=True):
            counts[token][tag] += 1
    of_casing = collections.defaultdict(collections.Counter)
    for token, tags in counts.items():
        if tags.total() == 1:
            of_casing[_casing(token)].update(tags)
    tag_of = {token: _most_frequent(tags) for token, tags in counts.items()}
    unseen = {casing: _most_frequent(tags) for casing, tags in of_casing.items()}
    return [[tag_of.get(token) or unseen.get(_casing(token), "O") for token in row] for row in rows]


def _most_frequent(tags):
    return min(tags, key=lambda tag: (-tags[tag], tag))


def _casing(token):
    token = re.sub(r"\d+", "0", token)
    token = re.sub(r"[^\W\d_]+", lambda letters: _shape(letters[0]), token)
    return token


def _shape(letters):
    if letters.islower() or not letters[0].isupper():
        return "x"
    return "XX" if letters.isupper() and len(letters) > 1 else "Xx"


def pair_spans(
    truth: Sequence[Span], predicted: Sequence[Span]
) -> list[tuple[Span | None, Span | None]]:
    """Pairs of a true and a predicted entity; None where there is no counterpart.

    A true entity is paired with the predicted entity with the largest overlap in tokens.

    Args:
        truth, predicted: lists of spans `(start, end, type)` of one sentence.

    Returns:
        List of `(true entity, predicted entity)`, spans or None.

    Example:

    >>> from keras_seq.tasks.tagging.metrics import pair_spans
    >>> pair_spans([(0, 2, "PER")], [(1, 2, "LOC"), (4, 5, "PER")])
    [((0, 2, 'PER'), (1, 2, 'LOC')), (None, (4, 5, 'PER'))]
    """
    pairs, left = [], list(predicted)
    for span in truth:
        shared = [min(span[1], other[1]) - max(span[0], other[0]) for other in left]
        best = max(range(len(left)), key=lambda i: shared[i], default=None)
        found = left.pop(best) if best is not None and shared[best] > 0 else None
        pairs.append((span, found))
    return pairs + [(None, span) for span in left]


def frequent_errors(
    tokens: Sequence[Sequence[str]],
    truth: Sequence[Sequence[Span]],
    predicted: Sequence[Sequence[Span]],
    join: str = " ",
) -> list[dict[str, Any]]:
    """The most frequent errors: the text, its true type, the predicted one and the count.

    Args:
        tokens: list of lists of tokens.
        truth, predicted: for each sentence its spans.
        join: the string between tokens.

    Returns:
        List of dict of `text`, `is`, `said`, `count` and `example`, the most frequent first.

    Example:

    >>> from keras_seq.tasks.tagging.metrics import frequent_errors
    >>> errors = frequent_errors([["Paris", "won"]], [[(0, 1, "ORG")]], [[(0, 1, "LOC")]])
    >>> errors[0]["text"], errors[0]["is"], errors[0]["said"], errors[0]["count"]
    ('Paris', 'ORG', 'LOC', 1)
    """
    errors = {}
    for row, spans, others in zip(tokens, truth, predicted, strict=True):
        for span, found in pair_spans(spans, others):
            if span == found:
                continue
            start, end, kind = span or found
            answer = "nothing" if found is None else found[2]
            if span and found and span[:2] != found[:2]:
                answer += f" ({join.join(row[found[0] : found[1]])})"
            key = (join.join(row[start:end]), kind if span else "nothing", answer)
            error = errors.setdefault(key, {"count": 0, "example": join.join(row)})
            error["count"] += 1
    names = ("text", "is", "said")
    listed = [dict(zip(names, key, strict=True)) | error for key, error in errors.items()]
    return sorted(listed, key=lambda e: (-e["count"], e["text"], e["is"], e["said"]))


def informative_rows(
    tokens: Sequence[Sequence[str]],
    truth: Sequence[Sequence[Span]],
    predicted: Sequence[Sequence[Span]],
    count: int,
) -> list[tuple[Sequence[str], Sequence[Span], Sequence[Span]]]:
    """Sentences for a figure; half of them have an error, if there are as many.

    Args:
        tokens: list of lists of tokens.
        truth, predicted: for each sentence its spans.
        count: the number of sentences.

    Returns:
        List of `(tokens, true spans, predicted spans)`, in the order of the data.

    Example:

    >>> from keras_seq.tasks.tagging.metrics import informative_rows
    >>> informative_rows([["Ada"], ["so"]], [[(0, 1, "PER")], []], [[(0, 1, "PER")], []], 9)
    [(['Ada'], [(0, 1, 'PER')], [(0, 1, 'PER')])]
    """
    rows = [
        number
        for number, row in enumerate(tokens)
        if (truth[number] or predicted[number]) and len(row) <= _MAX_TOKENS
    ]
    wrong = [row for row in rows if truth[row] != predicted[row]]
    right = [row for row in rows if truth[row] == predicted[row]]
    chosen = wrong[: max(count // 2, count - len(right))]
    chosen += right[: count - len(chosen)]
    return [(tokens[row], truth[row], predicted[row]) for row in sorted(chosen)]
