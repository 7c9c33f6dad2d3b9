"""The classifier of sequences: every option trains, padding is not read, and it saves."""

import keras
import numpy as np
import pytest

from keras_seq.models import SequenceClassifier
from keras_seq.models.sequence_classifier import POOLINGS
from keras_seq.recurrent.variants import CELL_NAMES

IDS = np.array([[5, 3, 9, 0, 0], [1, 2, 3, 4, 5], [7, 0, 0, 0, 0], [0, 0, 0, 0, 0]], "int32")


def classifier(**options):
    return SequenceClassifier(10, 3, units=4, embedding_dim=6, **options)


def predict(model, ids):
    return keras.ops.convert_to_numpy(model(ids, training=False))


@pytest.mark.parametrize("cell", CELL_NAMES)
def test_every_cell_learns(cell, rng):
    ids = rng.integers(1, 10, (96, 3)).astype("int32")
    labels = ids[:, 2] % 3
    model = classifier(cell=cell, pooling="last", bidirectional=False)
    model.compile(keras.optimizers.Adam(0.05), "sparse_categorical_crossentropy")
    losses = model.fit(ids, labels, epochs=6, batch_size=16, verbose=0).history["loss"]
    assert losses[-1] < 0.7 * losses[0]


@pytest.mark.parametrize("pooling", POOLINGS)
@pytest.mark.parametrize("bidirectional", [True, False])
def test_more_padding_changes_nothing(pooling, bidirectional):
    model = classifier(pooling=pooling, bidirectional=bidirectional, num_layers=2)
    padded = np.pad(IDS, [[0, 0], [0, 3]])
    found = predict(model, IDS)
    np.testing.assert_allclose(predict(model, padded), found, atol=1e-6)
    np.testing.assert_allclose(found.sum(axis=1), 1.0, atol=1e-6)  # the row of padding too
    np.testing.assert_allclose(predict(model, IDS[2:3, :1]), found[2:3], atol=1e-6)


@pytest.mark.parametrize("bidirectional", [True, False])
def test_last_pooling_has_read_the_whole_text_in_each_direction(bidirectional):
    """A token in the middle reaches the result from both sides, the first one from the right."""
    model = classifier(pooling="last", bidirectional=bidirectional)
    found = predict(model, IDS[:2])
    for position in range(3):
        changed = IDS[:2].copy()
        changed[:, position] = 8
        assert np.abs(predict(model, changed) - found).max(axis=1).min() > 1e-7


def test_two_directions_are_two_readings():
    """With the weights of its directions swapped, the model reads a text as it read it reversed."""
    model = classifier(pooling="last")
    text = IDS[1:2]
    before = predict(model, text)
    both = model.get_layer("both_1")
    forward, backward = both.forward_layer.get_weights(), both.backward_layer.get_weights()
    both.forward_layer.set_weights(backward)
    both.backward_layer.set_weights(forward)
    kernel, bias = model.get_layer("classes").get_weights()
    model.get_layer("classes").set_weights([np.roll(kernel, 4, axis=0), bias])
    np.testing.assert_allclose(predict(model, text[:, ::-1]), before, atol=1e-6)


OPTIONS = {
    "dropout": 0.4,
    "recurrent_dropout": 0.4,
    "recurrent_weight_dropout": 0.4,
    "word_dropout": 0.4,
    "zoneout": 0.4,
}


@pytest.mark.parametrize("option", OPTIONS)
def test_each_dropout_acts_in_training_only(option):
    model = classifier(**{option: OPTIONS[option]})
    one, two = (keras.ops.convert_to_numpy(model(IDS, training=True)) for _ in range(2))
    assert np.abs(one - two).max() > 1e-7
    np.testing.assert_array_equal(predict(model, IDS), predict(model, IDS))


@pytest.mark.parametrize("policy", ["float32", "mixed_float16", "mixed_bfloat16"])
def test_saved_and_loaded_gives_the_same_numbers(policy, tmp_path):
    keras.config.set_dtype_policy(policy)
    model = classifier(cell="peephole", pooling="attention", num_layers=2, zoneout=0.1, dropout=0.2)
    keras.config.set_dtype_policy("float32")  # the file says what the model computes in
    model.save(tmp_path / "model.keras")
    loaded = keras.saving.load_model(tmp_path / "model.keras")
    assert loaded.get_config() == model.get_config()
    np.testing.assert_array_equal(predict(loaded, IDS), predict(model, IDS))
    assert predict(loaded, IDS).dtype == "float32"


@pytest.mark.parametrize(
    "wrong, words",
    [
        ({"units": 0}, "`units` must be a positive integer. Received: units=0"),
        (
            {"num_classes": 1},
            "`num_classes` must be an integer of at least 2. Received: num_classes=1",
        ),
        ({"cell": "rnn"}, "`cell` must be one of 'lstm', "),
        ({"pooling": "sum"}, "`pooling` must be one of 'last', 'mean', 'max', 'attention'"),
        ({"word_dropout": 1.0}, r"`word_dropout` must be a number in \[0, 1\)"),
        ({"bidirectional": 1}, "`bidirectional` must be True or False"),
    ],
)
def test_refusals(wrong, words):
    with pytest.raises(ValueError, match=f"^SequenceClassifier: {words}"):
        SequenceClassifier(**{"vocabulary_size": 10, "num_classes": 3, **wrong})
