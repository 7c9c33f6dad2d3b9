"""Tag schemes against seqeval's readers of tags, and against rows spelled by hand."""

import pytest
from seqeval.metrics.sequence_labeling import get_entities
from seqeval.scheme import IOB1, IOB2, IOBES, Entities

from keras_seq.crf.tag_schemes import (
    LETTERS,
    SCHEMES,
    detect_scheme,
    is_tag,
    repaired,
    spans_of,
    tag_names,
    tags_of,
)

pytestmark = pytest.mark.once

READERS = {"IOB1": IOB1, "BIO": IOB2, "BIOES": IOBES, "BMES": IOBES}


def random_spans(rng, length):
    """Spans that often touch, of two types."""
    spans, start = [], 0
    while start < length:
        end = start + int(rng.integers(1, 4))
        if end <= length and rng.random() < 0.7:
            spans.append((start, end, str(rng.choice(["PER", "LOC"]))))
        start = end
    return spans


def read_by_seqeval(tags, scheme):
    tags = [tag.replace("M-", "I-") for tag in tags]
    (entities,) = Entities([tags], READERS[scheme]).entities
    return [(e.start, e.end, e.tag) for e in entities]


@pytest.mark.parametrize("scheme", SCHEMES)
def test_tags_spell_the_spans_as_seqeval_reads_them(rng, scheme):
    for length in (0, 1, 2, 7, 12):
        for _ in range(20):
            spans = random_spans(rng, length)
            tags = tags_of(spans, length, scheme)
            assert spans_of(tags) == spans
            assert repaired(tags, scheme) == tags
            if tags:
                assert read_by_seqeval(tags, scheme) == spans
            assert set(tags) <= set(tag_names(["LOC", "PER"], scheme))


def test_any_row_of_tags_has_the_spans_of_the_scorer_of_conll(rng):
    """Also a row that no scheme would write."""
    names = tag_names(["X", "Y"], "BIOES")
    for _ in range(300):
        tags = [str(tag) for tag in rng.choice(names, size=6)]
        wanted = [(start, end + 1, kind) for kind, start, end in get_entities(tags)]
        assert spans_of(tags) == wanted, tags


@pytest.mark.parametrize(
    "rows, scheme",
    [
        ([["I-PER", "I-PER", "O", "I-LOC", "B-LOC"]], "IOB1"),
        ([["B-PER", "I-PER", "O", "B-LOC", "B-LOC"]], "BIO"),
        ([["B-PER", "O", "B-LOC"]], "BIO"),
        ([["B-PER", "E-PER", "O", "S-LOC"]], "BIOES"),
        ([["B-PER", "M-PER", "E-PER", "O"]], "BMES"),
        ([["B", "E", "S"]], "BMES"),
        ([["O", "O"]], "BIO"),
        # One slip among many does not change what the others are.
        ([["I-PER", "I-PER", "O"]] * 20 + [["B-PER", "O"]], "IOB1"),
        ([["B-PER", "I-PER", "O"]] * 20 + [["O", "I-PER"]], "BIO"),
        ([["B-PER", "I-PER", "O"]] * 20 + [["O", "E-PER"]], "BIO"),
    ],
)
def test_the_scheme_is_detected(rows, scheme):
    assert detect_scheme(rows) == scheme


@pytest.mark.parametrize(
    "tags, scheme, right",
    [
        (["O", "I-X", "I-X"], "BIO", ["O", "B-X", "I-X"]),
        (["B-X", "I-Y"], "BIO", ["B-X", "B-Y"]),
        (["B-X", "I-X", "O"], "BIOES", ["B-X", "E-X", "O"]),
        (["E-X", "O"], "BIOES", ["S-X", "O"]),
        (["B-X", "B-X"], "BMES", ["S-X", "S-X"]),
        (["O", "B-X"], "IOB1", ["O", "I-X"]),
    ],
)
def test_what_a_scheme_does_not_allow_is_repaired(tags, scheme, right):
    assert repaired(tags, scheme) == right


def test_tags_and_what_looks_like_them():
    for good in ("O", "B", "M-x", "I-PER", "S-a-b"):
        assert is_tag(good)
    for bad in ("", "NNP", "I_PER", "B-", "-X", "Q-PER", "OO"):
        assert not is_tag(bad)
    for scheme, letters in LETTERS.items():
        for letter in "BIMES":
            assert is_tag(f"{letter}-X", scheme) == (letter in letters)
