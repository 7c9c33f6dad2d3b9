"""The layer: trained by plain `fit`, masked as Keras masks, exported, its errors."""

import keras
import numpy as np
import pytest
from keras import ops

import keras_seq
from keras_seq import crf
from tests.crf import brute_force
from tests.gradients import assert_close, to_numpy

TAGS = ["O", "B-X", "I-X"]
B, T, K = 4, 5, 3
MASK = np.array([[1, 1, 1, 1, 1], [0, 1, 0, 1, 1], [0] * 5, [0, 0, 1, 0, 0]], bool)


class Tagger(keras.Model):
    """The least model with a CRF: its emissions are a table."""

    def __init__(self, layer, vocabulary=8):
        super().__init__()
        self.table = keras.layers.Embedding(vocabulary, K, mask_zero=True)
        self.crf = layer

    def call(self, ids):
        emissions = self.table(ids)
        return {"emissions": emissions, "tags": self.crf(emissions)}

    def compute_loss(self, x, y, y_pred, sample_weight=None, training=True):
        return ops.mean(self.crf.loss(y_pred["emissions"], y, mask=ops.not_equal(x, 0)))


@pytest.fixture
def layer(rng):
    layer = keras_seq.CRF(TAGS)
    for weight in layer.weights:
        weight.assign(rng.normal(size=weight.shape))
    return layer


def arrays(layer):
    return [to_numpy(w) for w in (layer.transitions, layer.start, layer.end)]


@pytest.mark.slow
def test_fit_learns_what_emissions_alone_cannot_say(rng):
    """The same word is tagged by the tag before it."""
    ids = rng.integers(1, 3, (200, 6))
    tags = np.zeros_like(ids)  # word 2 is tagged 1 and 2 in turns, word 1 always 0
    for row, path in zip(ids, tags, strict=True):
        turn = 0
        for t, word in enumerate(row):
            turn = turn % 2 + 1 if word == 2 else 0
            path[t] = turn
    model = Tagger(keras_seq.CRF(K))
    model.compile(keras.optimizers.Adam(0.1))
    model.fit(ids, tags, batch_size=40, epochs=20, verbose=0)  # batches of one size
    assert (model.predict(ids, batch_size=40, verbose=0)["tags"] == tags).mean() > 0.99
    assert model.evaluate(ids, tags, batch_size=40, verbose=0) < 0.5


def test_one_sgd_step_is_the_slope_of_the_loss(rng):
    """The weights after a step of `fit`, beside finite differences of the brute force."""
    ids = np.where(MASK, rng.integers(1, 8, (B, T)), 0)
    tags = rng.integers(0, K, (B, T))
    layer = keras_seq.CRF(K, class_weight=[1.0, 2.0, 0.5])
    model = Tagger(layer)
    model.compile(keras.optimizers.SGD(1.0))
    model.predict(ids, verbose=0)
    weights = [rng.normal(size=w.shape) for w in model.get_weights()]
    model.set_weights(weights)
    model.fit(ids, tags, batch_size=B, shuffle=False, verbose=0)
    by_name = {v.path.split("/")[-1]: n for n, v in enumerate(model.weights)}
    order = [by_name[name] for name in ("embeddings", "transitions", "start", "end")]
    factors = [
        np.mean(np.array([1, 2, 0.5])[y[m]]) if m.any() else 0
        for y, m in zip(tags, MASK, strict=True)
    ]

    def loss(table, *weights):
        values = brute_force.log_likelihood(table[ids], tags, MASK, *weights)
        return -np.mean(np.array(factors) * values)

    slopes = brute_force.slopes(loss, [weights[n] for n in order])
    after = model.get_weights()
    for n, slope in zip(order, slopes, strict=True):
        assert_close(weights[n] - after[n], slope, 1e-5)


def test_class_weight_weigh_a_row_by_the_mean_of_its_gold_tags(layer, rng):
    emissions, tags = rng.normal(size=(B, T, K)), rng.integers(0, K, (B, T))
    weighted = keras_seq.CRF(TAGS, class_weight={"B-X": 3.0})
    weighted.set_weights(layer.get_weights())
    wild = np.where(MASK, tags, -1)
    plain, actual = (to_numpy(x.loss(emissions, wild, mask=MASK)) for x in (layer, weighted))
    assert_close(plain, -brute_force.log_likelihood(emissions, tags, MASK, *arrays(layer)))
    means = [
        np.where(y[m] == 1, 3.0, 1.0).mean() if m.any() else 1
        for y, m in zip(tags, MASK, strict=True)
    ]
    assert_close(actual, plain * means)


def test_the_mask_of_keras_flows(layer):
    """Into the layer and its methods, and on."""
    ids = np.array([[3, 0, 2, 0, 0], [1, 1, 0, 3, 2]])
    emissions = keras.layers.Embedding(4, K, mask_zero=True)(ids)
    plain = to_numpy(emissions).astype("float32")
    tags = layer(emissions)
    np.testing.assert_array_equal(to_numpy(tags), to_numpy(layer(plain, mask=ids != 0)))
    np.testing.assert_array_equal(to_numpy(tags._keras_mask), ids != 0)
    gold = np.ones((2, 5), int)
    value = to_numpy(layer.log_likelihood(emissions, gold))
    assert_close(value, to_numpy(layer.log_likelihood(plain, gold, mask=ids != 0)), 0.0)
    assert (value != to_numpy(layer.log_likelihood(plain, gold))).any()


@pytest.mark.skipif(keras.backend.backend() != "tensorflow", reason="TensorFlow writes SavedModels")
def test_a_saved_model_answers_with_viterbi(layer, rng, tmp_path):
    """At sizes it has not seen, no steps among them; where the argmax would say other tags."""
    import tensorflow as tf

    emissions, mask = (
        keras.Input((None, K), name="emissions"),
        keras.Input((None,), name="mask", dtype="bool"),
    )
    model = keras.Model(
        {"emissions": emissions, "mask": mask}, {"tags": layer(emissions, mask=mask)}
    )
    model.export(tmp_path / "crf", verbose=False)
    serve = tf.saved_model.load(tmp_path / "crf").signatures["serving_default"]
    other = 0
    for batch, length in ((2, 4), (5, 3), (1, 0), (30, 6)):
        e = rng.normal(size=(batch, length, K)).astype("float32")
        m = rng.random((batch, length)) < 0.7
        tags = serve(emissions=tf.constant(e), mask=tf.constant(m))["tags"].numpy()
        rows = brute_force.rows(e, m, *arrays(layer))
        assert tags.shape == (batch, length)
        for row, path in zip(rows, tags, strict=True):
            np.testing.assert_array_equal(path, row.in_row(row.paths[0]))
        other += (tags != np.where(m, e.argmax(-1), 0)).sum() if length else 0
    assert other > 10


def test_half_precision_policies_score_in_float32(rng):
    layer = keras_seq.CRF(K, dtype="mixed_float16")
    emissions = rng.normal(size=(2, 300, K)).astype("float16")
    value = layer.log_likelihood(emissions, np.zeros((2, 300), int))
    assert keras.backend.standardize_dtype(value.dtype) == "float32"
    transitions, start, end = layer.scores()
    expected = crf.log_likelihood(
        emissions.astype("float32"), np.zeros((2, 300), int), transitions, start, end
    )
    assert_close(to_numpy(value), to_numpy(expected), 0.0)


FORBIDDEN = [
    ([2, 0, 0], None, "a sequence cannot start with I-X"),
    pytest.param([0, 2, 0], None, "I-X cannot follow O", marks=pytest.mark.once),
    pytest.param([1, 0, 2], [1, 0, 0], None, marks=pytest.mark.once),
    pytest.param([1, 0, 2], [1, 0, 1], None, marks=pytest.mark.once),
    ([0, 1, 2], [1, 0, 1], "I-X cannot follow O"),
]


@pytest.mark.parametrize("tags, mask, why", FORBIDDEN)
def test_gold_tags_that_are_forbidden(tags, mask, why):
    layer = keras_seq.CRF(TAGS, scheme="BIO")
    given = np.zeros((1, 3, K), "float32"), [tags]
    mask = None if mask is None else np.array([mask], bool)
    if why is None:
        assert to_numpy(layer.loss(*given, mask=mask))[0] < 10
        return
    with pytest.raises(ValueError) as error:
        layer.loss(*given, mask=mask)
    wanted = "CRF: `tags` must be allowed by the constraints. Received: tags="
    assert str(error.value) == f"{wanted}'row 0: {why}'"


REFUSED = [
    ({"tags": 0}, "`tags` must be a positive integer. Received: tags=0"),
    (
        {"tags": 3, "scheme": "BIO"},
        "`tags` must be the list of tag names where `scheme` is given. Received: tags=3",
    ),
    (
        {"tags": TAGS, "scheme": "BIO", "allowed": np.ones((3, 3))},
        "`scheme` and `allowed` cannot be combined: both define allowed transitions.",
    ),
    (
        {"tags": 3, "allowed": np.ones((3, 2))},
        "`allowed` must be of shape (K, K) with K=3. Received: allowed.shape=(3, 2)",
    ),
    (
        {"tags": 3, "class_weight": [1.0, 2.0]},
        "`class_weight` must be of shape (K) with K=3. Received: class_weight.shape=(2,)",
    ),
    (
        {"tags": 2, "class_weight": [1.0, 0.0]},
        "`class_weight` must be positive numbers. Received: class_weight=[1.0, 0.0]",
    ),
    (
        {"tags": TAGS, "class_weight": {"B-Y": 2.0}},
        "`class_weight` must be of the tags ['O', 'B-X', 'I-X']. Received: class_weight=['B-Y']",
    ),
    (
        {"tags": 3, "initializer": "zero point"},
        "`initializer` must be the name of an initializer, a callable or its config. "
        "Received: initializer='zero point'",
    ),
]


@pytest.mark.once
@pytest.mark.parametrize("arguments, sentence", REFUSED)
def test_what_is_refused(arguments, sentence):
    with pytest.raises(ValueError) as error:
        keras_seq.CRF(**arguments)
    assert str(error.value) == f"CRF: {sentence}"


@pytest.mark.once
def test_inputs_of_another_size():
    with pytest.raises(ValueError, match=r"`inputs` must be of shape \(B, T, K\) with K=3"):
        keras_seq.CRF(3)(keras.Input((None, 4)))


def test_no_forbidden_path_is_among_the_best():
    tags, scores = keras_seq.CRF(["O", "B-X", "I-X"], scheme="BIO").nbest(
        np.zeros((1, 1, 3), "float32"), 3
    )
    assert to_numpy(tags).tolist() == [[[0], [1], [0]]]
    assert to_numpy(scores).tolist() == [[0.0, 0.0, -np.inf]]
