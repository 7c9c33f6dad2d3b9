"""Which tags may follow which: by the definition of each scheme, and by seqeval's reading of it."""

import itertools

import numpy as np
import pytest

import keras_seq
from keras_seq.crf import constrained, scheme_constraints
from tests.gradients import to_numpy

TYPED = {
    "BIO": ["O", "B-X", "I-X", "B-Y", "I-Y"],
    "IOB1": ["O", "B-X", "I-X", "B-Y", "I-Y"],
    "BIOES": ["O", "B-X", "I-X", "E-X", "S-X", "B-Y", "I-Y", "E-Y", "S-Y"],
    "BMES": ["O", "B-X", "M-X", "E-X", "S-X", "B-Y", "M-Y", "E-Y", "S-Y"],
}
UNTYPED = {"BIO": "BIO", "IOB1": "BIO", "BIOES": "BIOES", "BMES": "BMES"}


def spell(entities, length, scheme):
    """The tags of entities (start, end, type), which lie in order: the scheme by its definition."""
    tags, last = ["O"] * length, None
    for start, end, kind in entities:
        names = ["I"] * (end - start)
        if scheme == "BIO" or (scheme == "IOB1" and last == (start, kind)):
            names[0] = "B"
        if scheme in ("BIOES", "BMES"):
            middle = "I" if scheme == "BIOES" else "M"
            names = ["S"] if len(names) == 1 else ["B", *[middle] * (len(names) - 2), "E"]
        tags[start:end] = [f"{name}-{kind}" if kind else name for name in names]
        last = end, kind
    return tuple(tags)


def all_entities(length, kinds, outside, start=0):
    """Every way to lay entities over a row."""
    if start == length:
        yield []
        return
    if outside:
        yield from all_entities(length, kinds, outside, start + 1)
    for end, kind in itertools.product(range(start + 1, length + 1), kinds):
        for rest in all_entities(length, kinds, outside, end):
            yield [(start, end, kind), *rest]


@pytest.mark.once
@pytest.mark.parametrize("scheme", TYPED)
@pytest.mark.parametrize("typed", [True, False])
def test_what_is_allowed_is_what_entities_spell(scheme, typed):
    """Of all rows of 1 to 4 tags exactly those that some entities are written as."""
    tags = TYPED[scheme] if typed else list(UNTYPED[scheme])
    allowed, start, end = scheme_constraints(tags, scheme)
    for length in (1, 2, 3, 4):
        layings = all_entities(length, ["X", "Y"] if typed else [""], "O" in tags)
        wanted = {spell(entities, length, scheme) for entities in layings}
        found = {
            tuple(tags[i] for i in path)
            for path in itertools.product(range(len(tags)), repeat=length)
            if start[path[0]]
            and end[path[-1]]
            and all(allowed[a, b] for a, b in itertools.pairwise(path))
        }
        assert found == wanted


@pytest.mark.parametrize(
    "scheme", ["BIO", "BMES", *(pytest.param(s, marks=pytest.mark.once) for s in ("IOB1", "BIOES"))]
)
def test_decoding_and_probability_keep_to_the_scheme(scheme, rng):
    """However strongly the emissions are against it."""
    tags = TYPED[scheme]
    layer = keras_seq.CRF(tags, scheme=scheme)
    allowed, start, end = scheme_constraints(tags, scheme)
    emissions = 50 * rng.normal(size=(20, 6, len(tags))).astype("float32")
    many, scores = (to_numpy(x) for x in layer.nbest(emissions, n=3))
    drawn = to_numpy(layer.sample(emissions, seed=1))
    assert (scores > -5000).all()
    best = to_numpy(layer(emissions))
    assert (best == many[:, 0]).all() and (best != emissions.argmax(-1)).any()
    for path in [*many.reshape(-1, 6).astype(int), *drawn.astype(int)]:
        assert start[path[0]] and end[path[-1]] and allowed[path[:-1], path[1:]].all()
    marginals = to_numpy(layer.marginals(emissions))
    assert not marginals[:, 0, ~start].any() and not marginals[:, -1, ~end].any()


def test_given_constraints(rng):
    allowed = np.array([[1, 1, 0], [0, 1, 1], [1, 0, 1]], bool)
    given = {"allowed": allowed, "allowed_start": [True, False, True]}
    layer = keras_seq.CRF(3, **given)
    again = keras_seq.CRF.from_config(layer.get_config())
    emissions = rng.normal(size=(30, 4, 3)).astype("float32")
    path = to_numpy(again(emissions)).astype(int)
    assert allowed[path[:, :-1], path[:, 1:]].all() and (path[:, 0] != 1).all()
    np.testing.assert_array_equal(path, to_numpy(layer(emissions)))


REFUSED = [
    (["O", "B-X", "X"], "BIO", "tags", "names of BIO, O, B-X, I-X, B, I. Received: tags='X'"),
    (["O", "E-X"], "BIO", "tags", "names of BIO, O, B-X, I-X, B, I. Received: tags='E-X'"),
    (["O-X"], "BIO", "tags", "names of BIO, O, B-X, I-X, B, I. Received: tags='O-X'"),
    (["B-"], "IOB1", "tags", "names of IOB1, O, B-X, I-X, B, I. Received: tags='B-'"),
    (["O", "O"], "BIO", "tags", "distinct names, and at least one. Received: tags=['O', 'O']"),
    (["O"], "IOB", "scheme", "one of 'BIO', 'IOB1', 'BIOES', 'BMES'. Received: scheme='IOB'"),
]


@pytest.mark.once
@pytest.mark.parametrize("tags, scheme, name, wanted", REFUSED)
def test_names_outside_the_scheme(tags, scheme, name, wanted):
    with pytest.raises(ValueError) as error:
        scheme_constraints(tags, scheme)
    assert str(error.value) == f"scheme_constraints: `{name}` must be {wanted}"


@pytest.mark.once
def test_constraints_of_another_shape():
    with pytest.raises(ValueError, match=r"must be of the shape of `scores`, \(2,\)"):
        constrained(np.ones(2), [True])
