"""Tags and spans say the same, in every scheme, and constraints allow what spans spell."""

import itertools

import pytest
from hypothesis import given
from hypothesis import strategies as st

from keras_seq.crf import scheme_constraints
from keras_seq.crf.tag_schemes import SCHEMES, detect_scheme, repaired, spans_of, tag_names, tags_of

pytestmark = pytest.mark.once

TYPES = ["PER", "LOC", "a-b"]
CONSTRAINTS = {scheme: scheme_constraints(tag_names(TYPES, scheme), scheme) for scheme in SCHEMES}


@st.composite
def rows_of_spans(draw):
    """Spans in order and without overlap, which often touch, and the number of tokens."""
    pieces = draw(
        st.lists(st.tuples(st.integers(1, 4), st.sampled_from([None, *TYPES])), max_size=6)
    )
    spans, start = [], 0
    for length, kind in pieces:
        if kind is not None:
            spans.append((start, start + length, kind))
        start += length
    return spans, start


def rows_of_tags(scheme):
    return st.lists(st.sampled_from(tag_names(TYPES, scheme)), min_size=1, max_size=8)


def is_allowed(tags, scheme):
    names = tag_names(TYPES, scheme)
    allowed, start, end = CONSTRAINTS[scheme]
    path = [names.index(tag) for tag in tags]
    steps = all(allowed[a, b] for a, b in itertools.pairwise(path))
    return bool(start[path[0]] and end[path[-1]] and steps)


@pytest.mark.parametrize("scheme", SCHEMES)
@given(row=rows_of_spans())
def test_spans_come_back_from_their_tags(scheme, row):
    spans, length = row
    tags = tags_of(spans, length, scheme)
    assert len(tags) == length
    assert spans_of(tags) == spans
    assert not tags or is_allowed(tags, scheme)


@pytest.mark.parametrize("scheme", SCHEMES)
@given(data=st.data())
def test_tags_are_allowed_where_they_are_as_their_spans_spell_them(scheme, data):
    tags = data.draw(rows_of_tags(scheme))
    right = repaired(tags, scheme)
    assert is_allowed(tags, scheme) == (tags == right)
    assert repaired(right, scheme) == right and spans_of(right) == spans_of(tags)


@given(first=rows_of_spans(), second=rows_of_spans())
def test_one_scheme_is_written_in_another_and_back(first, second):
    for before, after in itertools.permutations(SCHEMES, 2):
        for spans, length in (first, second):
            tags = tags_of(spans, length, before)
            there = tags_of(spans_of(tags), length, after)
            assert tags_of(spans_of(there), length, before) == tags


@given(row=rows_of_spans())
def test_the_detected_scheme_reads_the_same_spans(row):
    """Where rows do not tell the schemes apart, the one that is detected does not matter."""
    spans, length = row
    for scheme in SCHEMES:
        tags = tags_of(spans, length, scheme)
        assert spans_of(repaired(tags, detect_scheme([tags]))) == spans
