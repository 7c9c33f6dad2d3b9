"""Every cell of the literature beyond LSTM and GRU against its equations."""

import keras
import numpy as np
import pytest

import keras_seq
from tests.equations.catalogue import CATALOGUE, F, U, run, slopes
from tests.gradients import Measure, assert_close, to_numpy
from tests.recurrent.masks import MASKS

EACH = pytest.mark.parametrize("entry", CATALOGUE, ids=lambda entry: entry.name)


def built(entry, rng, **arguments):
    """The layer with random weights, and those weights by name."""
    layer = getattr(keras_seq, entry.kind)(U, **{**entry.options, **arguments})
    layer.build((None, None, F))
    shapes = {w.name: tuple(w.shape) for w in layer.weights if w.name in entry.weights}
    assert shapes == entry.weights
    weights = {}
    for weight in layer.weights:
        if weight.name in entry.weights:
            value = rng.normal(0.0, 0.4, weight.shape)
            weight.assign(value.astype("float32"))
            weights[weight.name] = to_numpy(weight)
    return layer, weights


def first_states(entry, rng, batch):
    """States that a sequence can have: a clock counts, and the sums of an sLSTM are above 0."""
    states = [rng.normal(0.0, 0.5, (batch, size)) for size in entry.states]
    if entry.kind == "ClockworkRNN":
        states[1] = rng.integers(0, entry.options["periods"], (batch, 2)).astype("float64")
    if entry.kind == "SLSTM":
        states[2] = np.abs(states[2]) + 1.0
    return states


@EACH
def test_forward_and_gradient_are_the_equations(entry, rng):
    """Under every mask, with initial states, and with rows that start anew."""
    layer, weights = built(entry, rng, return_sequences=True, return_state=True)
    mask = MASKS["every kind"]
    resets = rng.uniform(size=mask.shape) < 0.2
    resets[1::2] = False
    inputs = rng.normal(size=(*mask.shape, F))
    inputs = inputs.astype("float32").astype("float64")
    states = first_states(entry, rng, len(mask))
    outputs, finals = run(entry, weights, inputs, states, mask, resets)
    cotangents = [rng.normal(size=x.shape) for x in (outputs, *finals)]
    if entry.kind == "ClockworkRNN":
        cotangents[2][:] = 0.0  # a clock has no gradient
    if entry.kind == "SLSTM":
        for cotangent in cotangents[2:]:
            cotangent[:] = 0.0  # only their ratio means something; the stabilizer is not smooth
    expected = slopes(entry, weights, inputs, states, cotangents, mask, resets)
    measured = Measure(layer, resets=resets)(inputs, cotangents, states, mask)
    for actual, value in zip(measured.outputs, [outputs, *finals], strict=True):
        assert_close(actual, value)
    assert_close(measured.d_inputs, expected["inputs"], 3e-5, "d inputs")
    for number, (actual, value) in enumerate(
        zip(measured.d_states, expected["states"], strict=True)
    ):
        if entry.kind != "ClockworkRNN" or number == 0:
            assert_close(actual, value, 3e-5, f"d state {number}")
    names = [weight.name for weight in layer.trainable_weights]
    assert bool(names) == entry.trained
    for name, actual in zip(names, measured.d_weights, strict=True):
        assert_close(actual, expected[name], 3e-5, f"d {name}")
        assert np.abs(actual).max() > 1e-3, f"{name} does not learn"


@pytest.mark.once
@EACH
def test_config_and_file_give_the_same_layer(entry, rng, tmp_path):
    layer, _ = built(entry, rng)
    config = layer.get_config()
    again = type(layer).from_config(config)
    assert again.get_config() == config
    assert set(entry.options) <= set(config)
    inputs = keras.Input((None, F))
    model = keras.Model(inputs, keras.layers.Bidirectional(layer, merge_mode="sum")(inputs))
    model.save(tmp_path / "model.keras")
    loaded = keras.saving.load_model(tmp_path / "model.keras")
    x = rng.normal(size=(2, 5, F)).astype("float32")
    np.testing.assert_array_equal(loaded.predict_on_batch(x), model.predict_on_batch(x))


@EACH
def test_cell_in_a_stock_rnn_is_the_layer(entry, rng):
    layer, _ = built(entry, rng)
    rnn = keras.layers.RNN(type(layer.cell).from_config(layer.cell.get_config()))
    x = rng.normal(size=(2, 5, F)).astype("float32")
    rnn.build(x.shape)
    rnn.set_weights(layer.get_weights())
    assert_close(to_numpy(rnn(x)), to_numpy(layer(x)))


@pytest.mark.once
def test_an_argument_without_a_meaning_is_one_sentence():
    with pytest.raises(ValueError, match="MGU: `use_cudnn=True` cannot be had: cuDNN has no such"):
        keras_seq.MGU(4, use_cudnn=True)
    with pytest.raises(ValueError, match="IndRNN: `layer_norm` must be left out, because IndRNNC"):
        keras_seq.IndRNN(4, layer_norm=True)
    with pytest.raises(ValueError, match="ClockworkRNN: `units=4` and `periods=.1, 2, 3.`"):
        keras_seq.ClockworkRNN(4, periods=(1, 2, 3))
    with pytest.raises(ValueError, match="`periods` must be in ascending order, each once"):
        keras_seq.ClockworkRNN(4, periods=(2, 1))
    with pytest.raises(ValueError, match="LRUCell: `r_min=0.9` and `r_max=0.5`"):
        keras_seq.LRUCell(4, r_min=0.9, r_max=0.5)
