"""Each attention against its equations, query after query, under masks with holes."""

import keras
import numpy as np
import pytest

import keras_seq
from tests.equations import attention as equations
from tests.gradients import assert_close, to_numpy

B, T, S, Q, M = 4, 3, 6, 4, 5
MASK = np.array(
    [[1, 1, 1, 1, 1, 1], [1, 1, 1, 0, 0, 0], [0, 1, 0, 1, 1, 0], [0, 0, 0, 0, 0, 0]], bool
)
OPTIONS = [
    {"units": 7},
    {"units": 7, "normalize": True},
    {"units": 7, "coverage": True},
    {"units": 7, "local": 1},
    {"units": 7, "monotonic": True},
    {"score": "general"},
    {"score": "dot"},
    {"score": "scaled_dot", "local": 2},
    {"score": "general", "monotonic": True},
]


def made(options, rng, **more):
    kind = "AdditiveAttention" if "units" in options else "MultiplicativeAttention"
    layer = getattr(keras_seq, kind)(**options, **more)
    size = M if options.get("score") == "general" or "units" in options else Q
    layer.build((B, Q), (B, S, size))
    for weight in layer.weights:
        weight.assign(rng.normal(0, 0.8, weight.shape))
    query = rng.normal(size=(B, T, Q)).astype("float32")
    memory = rng.normal(size=(B, S, size)).astype("float32")
    return layer, query, memory, {w.name: to_numpy(w) for w in layer.weights}


@pytest.mark.parametrize("options", OPTIONS, ids=str)
def test_is_its_equations(options, rng):
    layer, query, memory, weights = made(options, rng)
    spoilt = np.where(MASK[..., None], memory, np.float32(np.nan))
    for mask, given in ((None, memory), (MASK, spoilt)):
        prepared = layer.prepare(given, mask)
        previous = layer.first_previous(prepared) if layer.uses_previous else None
        expected = equations.attend(weights, query, memory, mask, options)
        for t in range(T):
            context, found = layer.attend(
                keras.ops.convert_to_tensor(query[:, t]), prepared, previous
            )
            if layer.uses_previous:
                previous = layer.next_previous(previous, found)
            assert_close(to_numpy(context), expected[0][:, t], what="context")
            assert_close(to_numpy(found), expected[1][:, t], what="weights")
    if not layer.uses_previous:
        context, found = layer(query, spoilt, mask=MASK)  # all queries at once
        assert_close(to_numpy(context), expected[0])
        assert_close(to_numpy(found), expected[1])


def test_weights_of_a_query_sum_to_one_and_padding_has_none(rng):
    layer, query, memory, _ = made({"units": 7}, rng)
    found = to_numpy(layer(query, memory, mask=MASK)[1])
    assert_close(found.sum(-1)[:3], np.ones((3, T)), 1e-6)
    assert (found[~np.broadcast_to(MASK[:, None], found.shape)] == 0).all()


REFUSED = [
    ({"units": 0}, "AdditiveAttention: `units` must be a positive integer. Received: units=0"),
    ({"units": 3, "normalize": 1}, "AdditiveAttention: `normalize` must be True or False"),
    (
        {"units": 3, "local": 2, "monotonic": True},
        "AdditiveAttention: `local=2` and `monotonic=True` cannot be combined: ",
    ),
    (
        {"units": 3, "coverage": True, "monotonic": True},
        "AdditiveAttention: `coverage=True` and `monotonic=True` cannot be combined: ",
    ),
    ({"score": "concat"}, "MultiplicativeAttention: `score` must be one of 'general', 'dot', "),
    ({"score": "dot", "local": 0}, "MultiplicativeAttention: `local` must be a positive integer"),
]


@pytest.mark.once
@pytest.mark.parametrize("options, sentence", REFUSED)
def test_what_is_refused(options, sentence):
    with pytest.raises(ValueError) as error:
        made(options, np.random.default_rng(0))
    assert str(error.value).startswith(sentence)


@pytest.mark.once
def test_shapes_that_do_not_fit(rng):
    with pytest.raises(ValueError, match=r'`score="dot"` needs queries of the size .* Received: Q'):
        keras_seq.MultiplicativeAttention("dot")(np.zeros((2, 3)), np.zeros((2, 4, 5)))
    layer, query, memory, _ = made({"units": 7}, rng)
    with pytest.raises(ValueError, match=r"`mask` must be of shape \(B, S\) with B=4, S=6"):
        layer(query, memory, mask=MASK[:, :4])
    layer, query, memory, _ = made({"units": 7, "coverage": True}, rng)
    with pytest.raises(ValueError, match=r"`query` must be of shape \(B, Q\)"):
        layer(query, memory)
