"""How many entities are found, and how many would be without a model."""

import collections
import re

STRICT = {"BIO": "IOB2", "BIOES": "IOBES", "IOB1": "IOB1"}


def entity_scores(truth, predicted, scheme):
    """Precision, recall and F1 of entities, by seqeval, in both of its ways.

    An entity is found if its borders and its type are right. `strict` reads tags by the book of
    the scheme: what is not well formed is no entity. The default way, that of the scorer of CoNLL,
    makes something of every row of tags. A CRF that keeps to its scheme gets the same in both.

    Args:
        truth, predicted: lists of lists of tags.
        scheme: "BIO", "BIOES" or "IOB1".

    Returns:
        Dictionary: `precision`, `recall`, `f1` of the strict way over all entities, the same with
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
        by_the_book = {"mode": "strict", "scheme": getattr(seqeval.scheme, STRICT[scheme])}
        reports = {
            kind: classification_report(truth, predicted, output_dict=True, zero_division=0, **how)
            for kind, how in (("", by_the_book), ("_default", {}))
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


def majority_tags(train, rows):
    """The tag that each token most often had in training, whatever stands around it.

    A token that training has not takes the commonest tag of the tokens of its casing (`Xx`, `XX`,
    ...) that came once in training.

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
    said = {token: _commonest(tags) for token, tags in counts.items()}
    unseen = {casing: _commonest(tags) for casing, tags in of_casing.items()}
    return [[said.get(token) or unseen.get(_casing(token), "O") for token in row] for row in rows]


def _commonest(tags):
    return min(tags, key=lambda tag: (-tags[tag], tag))


def _casing(token):
    token = re.sub(r"\d+", "0", token)
    token = re.sub(r"[^\W\d_]+", lambda letters: _shape(letters[0]), token)
    return token


def _shape(letters):
    if letters.islower() or not letters[0].isupper():
        return "x"
    return "XX" if letters.isupper() and len(letters) > 1 else "Xx"


def pairs_of_types(truth, predicted):
    """For each entity its true and its predicted type, None where there is none.

    A true entity is paired with the predicted one that it shares most tokens with.

    Args:
        truth, predicted: lists of spans `(start, end, type)` of one sentence.

    Returns:
        List of `(true entity, predicted entity)`, spans or None.

    Example:

    >>> from keras_seq.tasks.tagging.metrics import pairs_of_types
    >>> pairs_of_types([(0, 2, "PER")], [(1, 2, "LOC"), (4, 5, "PER")])
    [((0, 2, 'PER'), (1, 2, 'LOC')), (None, (4, 5, 'PER'))]
    """
    pairs, left = [], list(predicted)
    for span in truth:
        shared = [min(span[1], other[1]) - max(span[0], other[0]) for other in left]
        best = max(range(len(left)), key=lambda i: shared[i], default=None)
        found = left.pop(best) if best is not None and shared[best] > 0 else None
        pairs.append((span, found))
    return pairs + [(None, span) for span in left]


def frequent_errors(tokens, truth, predicted, join=" "):
    """What is most often wrong: dictionaries with the text, what it is, what was said, how often.

    Args:
        tokens: list of lists of tokens.
        truth, predicted: for each sentence its spans.
        join: what stands between tokens.

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
        for span, found in pairs_of_types(spans, others):
            if span == found:
                continue
            start, end, kind = span or found
            said = "nothing" if found is None else found[2]
            if span and found and span[:2] != found[:2]:
                said += f" ({join.join(row[found[0] : found[1]])})"
            key = (join.join(row[start:end]), kind if span else "nothing", said)
            error = errors.setdefault(key, {"count": 0, "example": join.join(row)})
            error["count"] += 1
    names = ("text", "is", "said")
    listed = [dict(zip(names, key, strict=True)) | error for key, error in errors.items()]
    return sorted(listed, key=lambda e: (-e["count"], e["text"], e["is"], e["said"]))
