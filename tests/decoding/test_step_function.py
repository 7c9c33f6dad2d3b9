"""The decoders in `predict` and in a SavedModel, and what they refuse."""

import keras
import numpy as np
import pytest
from keras import ops

from keras_seq.decoding import GNMTLengthPenalty, beam_search, greedy, sample
from tests.gradients import assert_close, to_numpy

V, L, H = 6, 5, 4


@keras.saving.register_keras_serializable("tests")
class Speaker(keras.Model):
    """From a vector to what a small recurrent model says of it, in three ways."""

    def __init__(self, **kwargs):
        super().__init__(**kwargs)
        self.table = keras.layers.Embedding(V, H, embeddings_initializer="random_normal")
        self.cell = keras.layers.GRUCell(H)
        self.scores = keras.layers.Dense(V)

    def step(self, tokens, state):
        h, _ = self.cell(self.table(tokens), state["h"])
        return 3.0 * self.scores(h), {"h": h, "count": state["count"] + 1}

    def call(self, vectors):
        B = ops.shape(vectors)[0]
        state = {"h": vectors, "count": ops.zeros((B, 1), "int32")}
        beams = beam_search(self.step, state, 0, 1, B, 3, L, alpha=0.7, n_best=2)
        best = greedy(self.step, state, 0, 1, B, L)
        drawn = sample(self.step, state, 0, 1, B, L, top_p=0.9, repetition_penalty=1.2, seed=4)
        return {
            "tokens": beams.tokens,
            "scores": beams.scores,
            "greedy": best[0],
            "drawn": drawn[0],
        }


@pytest.fixture
def speaker(rng):
    model = Speaker()
    model(np.zeros((2, H), "float32"))
    for weight in model.trainable_variables:
        weight.assign(rng.normal(size=weight.shape))
    return model


def test_in_predict(speaker, rng):
    vectors = rng.normal(size=(8, H)).astype("float32")
    found = speaker.predict(vectors, batch_size=4, verbose=0)
    expected = {name: to_numpy(x) for name, x in speaker(vectors).items() if name != "drawn"}
    for name, values in expected.items():
        assert_close(found[name], values, 1e-6, what=name)
    assert len({tuple(row) for row in found["greedy"].tolist()}) > 1, "all rows say the same"
    assert found["drawn"].shape == (8, L)


@pytest.mark.skipif(keras.backend.backend() != "tensorflow", reason="TensorFlow writes SavedModels")
def test_in_a_saved_model(speaker, rng, tmp_path):
    import tensorflow as tf

    archive = keras.export.ExportArchive()
    archive.track(speaker)
    archive.add_endpoint("serve", speaker.call, [tf.TensorSpec((None, H), "float32")])
    archive.write_out(tmp_path / "model", verbose=False)
    served = tf.saved_model.load(tmp_path / "model")
    for batch in (3, 1, 0):
        vectors = rng.normal(size=(batch, H)).astype("float32")
        found = served.serve(vectors)
        for name, values in found.items():
            assert values.shape[0] == batch
            if batch and name != "drawn":
                assert_close(to_numpy(values), to_numpy(speaker(vectors)[name]), 1e-6)


def constant(shape, state=None):
    return lambda tokens, old: (ops.zeros(shape), old if state is None else state)


STEP = constant((6, 5))


def search(step=STEP, state=(), start=0, end=1, batch=2, width=3, longest=4, **more):
    return beam_search(step, state, start, end, batch, width, longest, **more)


X = np.zeros((2, 3), "float32")
REFUSED = [
    (
        {"step": constant((2, 5))},
        "`step` must return logits of shape (N, V) with N=6. Received: logits.shape=(2, 5)",
    ),
    (
        {"step": constant((6, 1, 5))},
        "`step` must return logits of shape (N, V) with N=6. Received: logits.shape=(6, 1, 5)",
    ),
    (
        {"step": lambda tokens, state: (ops.zeros((6, 5), "int32"), state)},
        "`step` must return logits of a float type. Received: int32",
    ),
    (
        {"step": lambda tokens, state: ops.zeros((6, 5))},
        "`step` must be a function that returns (logits, state). Received: step=",
    ),
    ({"step": 3}, "`step` must be a function of (tokens, state). Received: step=3"),
    (
        {"state": [X], "step": constant((6, 5), [])},
        "`step` must return a state of as many tensors as it is given, 1. Received: 0",
    ),
    (
        {"state": [X], "step": constant((6, 5), [X])},
        "`step` must return every tensor of the state as it was given, float32 of shape (6, 3). "
        "Received: float32 of shape (2, 3)",
    ),
    (
        {"state": [X], "step": constant((6, 5), [np.zeros((6, 3), "int32")])},
        "`step` must return every tensor of the state as it was given, float32 of shape (6, 3). "
        "Received: int32 of shape (6, 3)",
    ),
    (
        {"state": [X[:1]]},
        "every tensor of `initial_state` must have B=2 rows. Received: shape (1, 3)",
    ),
    ({"width": 0}, "`beam_width` must be a positive integer. Received: beam_width=0"),
    ({"longest": 0}, "`max_length` must be a positive integer. Received: max_length=0"),
    ({"n_best": 4}, "`n_best` must be at most beam_width=3. Received: n_best=4"),
    ({"min_length": 5}, "`min_length` must be at most max_length=4. Received: min_length=5"),
    ({"alpha": -1}, "`alpha` must be a number of at least 0. Received: alpha=-1"),
    ({"coverage": -1}, "`coverage` must be a number of at least 0. Received: coverage=-1"),
    (
        {"coverage": 1.0},
        "`coverage` above 0 needs a state that is a dictionary with the `alignment` (N, S) of the "
        "last step. Received: coverage=1.0",
    ),
    (
        {"end": 5},
        "`end_token_id` must be below the number of tokens, V=5. Received: end_token_id=5",
    ),
    (
        {"start": 5},
        "`start_token_id` must be below the number of tokens, V=5. Received: start_token_id=5",
    ),
    (
        {"start": -1},
        "`start_token_id` must be an integer of at least 0. Received: start_token_id=-1",
    ),
    ({"batch": 1.5}, "`batch_size` must be an integer of at least 0. Received: batch_size=1.5"),
]


@pytest.mark.parametrize("wrong, sentence", REFUSED, ids=[s[:45] for _, s in REFUSED])
def test_what_beam_search_refuses(wrong, sentence):
    with pytest.raises(ValueError) as error:
        search(**wrong)
    assert sentence in str(error.value)
    assert "beam_search: " in str(error.value)


@pytest.mark.once
@pytest.mark.parametrize(
    "wrong, sentence",
    [
        ({"temperature": 0}, "`temperature` must be a positive number. Received: temperature=0"),
        ({"top_k": 0}, "`top_k` must be a positive integer. Received: top_k=0"),
        ({"top_p": 1.5}, "`top_p` must be a number in (0, 1]. Received: top_p=1.5"),
        ({"repetition_penalty": 0}, "`repetition_penalty` must be a positive number"),
        ({"min_length": 9}, "`min_length` must be at most max_length=4. Received: min_length=9"),
    ],
)
def test_what_sample_refuses(wrong, sentence):
    with pytest.raises(ValueError) as error:
        sample(constant((2, 5)), (), 0, 1, 2, 4, **wrong)
    assert str(error.value).startswith(f"sample: {sentence}")


@pytest.mark.once
def test_what_gnmt_length_penalty_refuses():
    with pytest.raises(
        ValueError, match="^GNMTLengthPenalty: `alpha` must be a number of at least 0"
    ):
        GNMTLengthPenalty(-0.1)
