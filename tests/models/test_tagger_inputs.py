"""The inputs that `Tagger.predict` takes, and how `Tagger.evaluate` averages over tokens."""

import keras
import numpy as np
import pytest
from keras import ops

from keras_seq.tasks.tagging.batches import TagBatches
from tests.models.test_tagger import inputs, numbers, small


class Plain(keras.utils.PyDataset):
    """Batches of different lengths, with tags that nobody asks for."""

    def __init__(self, batches):
        super().__init__()
        self.batches = batches

    def __len__(self):
        return len(self.batches)

    def __getitem__(self, index):
        return self.batches[index], np.zeros_like(self.batches[index]["words"])


class Seen(keras.callbacks.Callback):
    def __init__(self):
        super().__init__()
        self.shapes = []

    def on_predict_batch_end(self, batch, logs=None):
        self.shapes.append(logs["outputs"].shape)


def test_predict_takes_what_that_of_keras_takes(rng, capsys):
    """The same tags of arrays, data sets and generators; rows of shorter batches are padded."""
    import tensorflow as tf

    model = small(rng, sizes={"words": 12})
    ids = np.where(
        np.arange(6) < np.array([[6], [6], [3], [2], [1]]), 1 + np.arange(30).reshape(5, 6) % 11, 0
    )
    wanted = numbers(model({"words": ids}, training=False)["tags"])
    assert wanted[:, :3].any()
    parts = [{"words": ids[:3]}, {"words": ids[3:, :2]}]
    arrays = {"words": ops.convert_to_tensor(ids)}
    ragged = tf.data.Dataset.from_generator(
        lambda: iter(parts), output_signature={"words": tf.TensorSpec((None, None), tf.int32)}
    )
    for x in (arrays, Plain(parts), ragged, (part for part in parts), [(p, None) for p in parts]):
        found = model.predict(x, batch_size=2, verbose=0)
        np.testing.assert_array_equal(found, wanted)
    assert capsys.readouterr().out == ""
    seen = Seen()
    some = model.predict({"words": ids}, 2, steps=2, callbacks=[seen])
    np.testing.assert_array_equal(some, wanted[:4])
    assert seen.shapes == [(2, 6), (2, 6)] and "2/2" in capsys.readouterr().out
    lists = TagBatches({"words": [row[row > 0] for row in ids]}, None, 2, seed=0, shuffle=False)
    for row, tags in zip(model.predict(lists, verbose=0), wanted, strict=True):
        np.testing.assert_array_equal(row, tags[: len(row)])
    assert model.predict(lists, verbose=0, steps=1).shape == (2, 6)


def test_predict_of_nothing_is_nothing():
    model = small(sizes={"words": 12})
    assert model.predict({"words": np.zeros((0, 7), int)}, verbose=0).shape == (0, 7)
    assert model.predict(iter([]), verbose=0).shape == (0, 0)


@pytest.mark.once
@pytest.mark.parametrize(
    "x, came",
    [
        (np.ones((2, 3), int), "'ndarray'"),
        ([np.ones((2, 3), int)], "'ndarray'"),
        ({"letters": np.ones((2, 3), int)}, r"\['letters'\]"),
        (7, "'int'"),
    ],
)
def test_predict_refuses_what_has_no_words(x, came):
    wanted = "`x` must be a dictionary with `words`, or batches of them. Received: x="
    with pytest.raises(ValueError, match=f"Tagger.predict: {wanted}{came}"):
        small(sizes={"words": 12}).predict(x)


def test_the_loss_of_evaluation_is_a_token_s_however_sentences_are_batched(rng):
    model = small(rng, sizes={"words": 12})
    x, real = inputs(rng, sizes={"words": 12})
    y = np.where(real, rng.integers(0, 2, real.shape), 0)
    weights = np.array([1.0, 2.0, 0.5, 1.0], "float32")
    model.compile("sgd")
    one = model.test_on_batch(x, y, weights, return_dict=True)
    for size in (1, 3):
        many = model.evaluate(x, y, size, 0, sample_weight=weights, return_dict=True)
        assert many == pytest.approx({name: float(value) for name, value in one.items()}, rel=1e-4)
    history = model.fit(
        x, y, 4, verbose=0, validation_data=(x, y, weights), validation_batch_size=1
    )
    after = model.test_on_batch(x, y, weights, return_dict=True)
    assert history.history["val_loss"] == pytest.approx([float(after["loss"])], rel=1e-4)
    assert set(history.history) == {"loss", "accuracy", "val_loss", "val_accuracy"}
