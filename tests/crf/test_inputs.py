"""Masked values, 16-bit floats, long rows, empty rows, unknown sizes, refused arguments."""

import keras
import numpy as np
import pytest
from keras import ops

from keras_seq import crf
from tests.crf.compiled import run, value_and_gradients
from tests.gradients import assert_close, to_numpy

B, T, K = 4, 5, 3
MASK = np.array([[1, 1, 1, 1, 1], [0, 1, 0, 1, 1], [0] * 5, [0, 0, 1, 0, 0]], bool)


@pytest.fixture
def emissions(rng):
    return rng.normal(size=(B, T, K)).astype("float32")


@pytest.fixture
def weights(rng):
    return [rng.normal(size=s).astype("float32") for s in ((K, K), (K,), (K,))]


@pytest.fixture
def tags(rng):
    return rng.integers(0, K, (B, T))


def everything(emissions, tags, mask, *weights):
    return (
        crf.log_likelihood(emissions, tags, *weights, mask=mask),
        *crf.viterbi(emissions, *weights, mask=mask),
        *crf.nbest(emissions, *weights, 2, mask=mask),
        crf.marginals(emissions, *weights, mask=mask),
        crf.sample(emissions, *weights, mask=mask, seed=1),
    )


def total(emissions, transitions, start, end, tags):
    """With a gradient, under the mask of this file."""
    return ops.sum(crf.log_likelihood(emissions, tags, transitions, start, end, mask=MASK))


def likelihood_and_best(tags, emissions, *weights):
    best = crf.viterbi(emissions, *weights, mask=MASK)
    return crf.log_likelihood(emissions, tags, *weights, mask=MASK), *best


@pytest.mark.parametrize("bad", [np.nan, np.inf, 1e30])
def test_what_stands_at_masked_steps_is_never_read(bad, emissions, tags, weights):
    spoilt = np.where(MASK[..., None], emissions, np.float32(bad))
    wild = np.where(MASK, tags, -100)
    pairs = zip(
        run(everything, spoilt, wild, MASK, *weights),
        run(everything, emissions, tags, MASK, *weights),
        strict=True,
    )
    for mine, theirs in pairs:
        np.testing.assert_array_equal(mine, theirs)
    dirty, clean = (value_and_gradients(total, [e, *weights], wild)[1] for e in (spoilt, emissions))
    for mine, theirs in zip(dirty, clean, strict=True):
        np.testing.assert_array_equal(mine, theirs)
    assert not dirty[0][~MASK].any()


def test_a_mask_of_all_steps_is_no_mask(emissions, tags, weights):
    masked = run(everything, emissions, tags, np.ones((B, T), bool), *weights)
    for mine, theirs in zip(masked, run(everything, emissions, tags, None, *weights), strict=True):
        assert_close(np.where(np.isinf(mine), 0, mine), np.where(np.isinf(theirs), 0, theirs), 1e-6)


@pytest.mark.parametrize("dtype", ["float16", "bfloat16"])
def test_half_floats_are_computed_in_float32(dtype, emissions, tags, weights):
    """What is lost is lost by the inputs: the same numbers in float32 give the same."""
    halves = [ops.cast(ops.convert_to_tensor(x), dtype) for x in (emissions, *weights)]
    singles = [ops.cast(h, "float32") for h in halves]
    half, single = (run(likelihood_and_best, tags, *given) for given in (halves, singles))
    for mine, theirs in zip(half, single, strict=True):
        np.testing.assert_array_equal(mine, theirs)


def test_long_rows_keep_their_precision(rng):
    """Of 5,000 steps, where the score of a path is thousands: beside float64."""
    T = 5000
    emissions = rng.normal(size=(1, T, K)).astype("float32")
    weights = [rng.normal(size=s).astype("float32") for s in ((K, K), (K,), (K,))]
    tags = rng.integers(0, K, (1, T))
    transitions, start, end = (w.astype("float64") for w in weights)
    e, y = emissions[0].astype("float64"), tags[0]
    alpha = start + e[0]
    for t in range(1, T):
        alpha = np.logaddexp.reduce(alpha[:, None] + transitions, axis=0) + e[t]
    score = start[y[0]] + e[np.arange(T), y].sum() + transitions[y[:-1], y[1:]].sum() + end[y[-1]]
    expected = score - np.logaddexp.reduce(alpha + end)
    assert_close(run(crf.log_likelihood, emissions, tags, *weights), [expected], 1e-6)


@pytest.mark.parametrize("batch, length", [(B, 0), (0, T), (0, 0)])
@pytest.mark.parametrize("masked", [False, True])
def test_no_steps_or_no_rows_at_all(batch, length, masked, weights):
    mask = np.ones((batch, length), bool) if masked else None
    e, y = np.zeros((batch, length, K), "float32"), np.zeros((batch, length), "int32")
    found = map(to_numpy, everything(e, y, mask, *weights))
    log_p, tags, score, many, scores, marginals, drawn = found
    assert not log_p.any() and not score.any() and log_p.shape == score.shape == (batch,)
    assert tags.shape == drawn.shape == (batch, length) and many.shape == (batch, 2, length)
    assert marginals.shape == (batch, length, K)
    np.testing.assert_array_equal(scores, np.tile([0.0, -np.inf], (batch, 1)))


def test_a_layer_of_no_rows():
    layer = crf.CRF(["O", "B", "I"], scheme="BIO", class_weight={"B": 2.0})
    e, y = np.zeros((0, T, 3), "float32"), np.zeros((0, T), "int32")
    assert layer(e).shape == (0, T) and layer.loss(e, y).shape == (0,)
    assert layer.loss(e, y, mask=np.zeros((0, T), bool)).shape == (0,)


@pytest.mark.slow
@pytest.mark.skipif(keras.backend.backend() != "tensorflow", reason="tf.function is TensorFlow's")
@pytest.mark.parametrize("xla", [False, True])
@pytest.mark.parametrize("masked", [False, True])
def test_unknown_sizes_in_a_graph(xla, masked, weights, rng):
    """One trace, many sizes; XLA knows each when it compiles."""
    import tensorflow as tf

    shapes = [tf.TensorSpec((None, None, K)), tf.TensorSpec((None, None), tf.int32)]
    mask_shape = [tf.TensorSpec((None, None), tf.bool)] if masked else []

    @tf.function(input_signature=shapes + mask_shape, jit_compile=xla)
    def graph(emissions, tags, mask=None):
        with tf.GradientTape() as tape:
            tape.watch(emissions)
            log_p = crf.log_likelihood(emissions, tags, *weights, mask=mask)
        slope = tape.gradient(log_p, emissions)
        best = crf.viterbi(emissions, *weights, mask=mask)
        many = crf.nbest(emissions, *weights, 2, mask=mask)
        return log_p, slope, *best, *many, crf.marginals(emissions, *weights, mask=mask)

    for batch, length in ((3, 6), (1, 1), (5, 3), (2, 0), (0, 3)):
        e = rng.normal(size=(batch, length, K)).astype("float32")
        y = rng.integers(0, K, (batch, length)).astype("int32")
        m = rng.random((batch, length)) < 0.6 if masked else None
        log_p, slope, *rest = (to_numpy(x) for x in graph(*([e, y, m] if masked else [e, y])))
        assert slope.shape == e.shape
        wanted_log_p, *wanted, _ = (to_numpy(x) for x in everything(e, y, m, *weights))
        for mine, theirs in zip([log_p, *rest], [wanted_log_p, *wanted], strict=True):
            assert mine.shape == theirs.shape
            np.testing.assert_allclose(mine, theirs, 1e-5, 1e-5)


REFUSED = {
    "emissions of rank 2": (
        {"emissions": np.zeros((T, K))},
        "`emissions` must be of shape (B, T, K). Received: emissions.shape=(5, 3)",
    ),
    "another mask": (
        {"mask": np.ones((B, 4), bool)},
        "`mask` must be of shape (B, T) with B=4, T=5. Received: mask.shape=(4, 4)",
    ),
    "other tags": (
        {"tags": np.zeros((3, T), int)},
        "`tags` must be of shape (B, T) with B=4, T=5. Received: tags.shape=(3, 5)",
    ),
    "transitions of another K": (
        {"transitions": np.zeros((4, 4))},
        "`transitions` must be of shape (K, K) with K=3. Received: transitions.shape=(4, 4)",
    ),
    "tags of float": (
        {"tags": np.zeros((B, T), "float32")},
        "`tags` must be of an integer type. Received: tags='float32'",
    ),
    "a tag out of range": (
        {"tags": np.full((B, T), 3)},
        "`tags` must be in [0, K) with K=3 at real steps. Received: tags=3",
    ),
    "a negative tag": (
        {"tags": np.full((B, T), -1)},
        "`tags` must be in [0, K) with K=3 at real steps. Received: tags=-1",
    ),
}


@pytest.mark.parametrize("name", REFUSED)
def test_what_is_refused(name, emissions, tags, weights):
    changed, sentence = REFUSED[name]
    transitions, start, end = weights
    given = {"emissions": emissions, "tags": tags, "mask": MASK, "transitions": transitions}
    with pytest.raises(ValueError) as error:
        crf.log_likelihood(**{**given, **changed}, start=start, end=end)
    assert str(error.value) == f"log_likelihood: {sentence}"

    # Of NumPy's 64 bits JAX would keep 32, and 2**32 would be tag 0.
    with pytest.raises(ValueError, match=r"with K=3 at real steps. Received: tags=4294967296"):
        crf.log_likelihood(emissions, np.full((B, T), 2**32), *weights)


def test_a_tag_out_of_range_is_nan_where_values_are_not_known(emissions, weights, tags):
    """In a compiled program: an error, 0 or another tag, as the backend had it."""
    if keras.backend.backend() == "torch":
        pytest.skip("PyTorch knows the values")
    for wrong in (-1, K, 2**31 - 1):
        spoilt = tags.astype("int32")
        spoilt[0, 2] = wrong
        expected = to_numpy(crf.log_likelihood(emissions, tags, *weights, mask=MASK))
        found = run(crf.log_likelihood, emissions, spoilt, *weights, mask=MASK)
        assert np.isnan(found[0])
        assert_close(found[1:], expected[1:])


def test_a_mask_is_true_or_false(emissions, weights):
    for mask, came in (
        (np.full((B, T), 0.5), "0.5"),
        (np.full((B, T), np.nan), "nan"),
        (np.full((B, T), 2), "2.0"),
    ):
        with pytest.raises(ValueError) as error:
            crf.viterbi(emissions, *weights, mask=mask)
        wanted = "viterbi: `mask` must be of True and False, or of 1 and 0. Received: mask="
        assert str(error.value) == wanted + came
    for mask in (MASK.tolist(), MASK.astype("float32"), MASK.astype("int64")):
        for mine, theirs in zip(
            crf.viterbi(emissions, *weights, mask=mask),
            crf.viterbi(emissions, *weights, mask=MASK),
            strict=True,
        ):
            np.testing.assert_array_equal(to_numpy(mine), to_numpy(theirs))


@pytest.mark.once
def test_constraints_without_a_path_are_refused():
    yes_or_no = "an array of True and False, or of 1 and 0"
    never = np.zeros((3, 3), bool)
    back = np.eye(3, k=-1)  # the last tag of a path is before its first
    for arguments, sentence in (
        ({"allowed": never}, "`allowed` must be such that some path leads from a first tag to a "),
        ({"allowed": np.full((3, 3), np.nan)}, f"`allowed` must be {yes_or_no}"),
        ({"allowed": np.full((3, 3), "no")}, f"`allowed` must be {yes_or_no}"),
        ({"allowed_start": [0.5, 1, 0]}, f"`allowed_start` must be {yes_or_no}"),
        ({"allowed_start": [0, 0, 0]}, "`allowed_start` must be True for at least one tag"),
        ({"allowed_end": [False] * 3}, "`allowed_end` must be True for at least one tag"),
        (
            {"allowed": back, "allowed_start": [1, 0, 0], "allowed_end": [0, 0, 1]},
            "`allowed` must be such that some path leads from a first tag to a last one",
        ),
        ({"tags": [1, 2, 3]}, "`tags` must be different names"),
    ):
        with pytest.raises(ValueError) as error:
            crf.CRF(**{"tags": 3, **arguments})
        assert str(error.value).startswith(f"CRF: {sentence}")
    crf.CRF(3, allowed=np.eye(3, k=1), allowed_start=[1, 0, 0], allowed_end=[0, 0, 1])
    with pytest.raises(ValueError, match=f"constrained: `allowed` must be {yes_or_no}"):
        crf.constrained(np.ones(2), [np.nan, 1.0])
    with pytest.raises(ValueError, match="scheme_constraints: `tags` must be a list of strings"):
        crf.scheme_constraints("OBI", "BIO")


@pytest.mark.once
def test_n_is_a_positive_integer(emissions, weights):
    with pytest.raises(ValueError, match="nbest: `n` must be a positive integer. Received: n=0"):
        crf.nbest(emissions, *weights, n=0)
