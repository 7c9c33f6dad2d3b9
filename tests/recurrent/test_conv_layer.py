"""What a layer of frames shares with every recurrent layer: masks, compiling, files, cells."""

import keras
import numpy as np
import pytest

import keras_seq
from tests.gradients import Measure, assert_close, to_numpy

SAME = {"kernel_size": 2, "padding": "same"}
LAYERS = {
    "ConvLSTM2D": ("ConvLSTM2D", {**SAME, "peephole": True}),
    "ConvLSTM2D, reference": ("ConvLSTM2D", {**SAME, "use_native": False}),
    "ConvGRU2D": ("ConvGRU2D", SAME),
}
EACH = pytest.mark.parametrize("name", LAYERS)
MASK = np.array([[1, 1, 1, 1], [1, 0, 1, 0], [0, 0, 0, 0], [0, 1, 1, 1]], bool)
FRAMES = (4, 4, 3, 4, 2)  # as many rows as columns: a mask laid along the wrong axis would fit
JIT = {"tensorflow": [False, True], "jax": [False, True], "torch": [False]}


def make(name, **arguments):
    kind, options = LAYERS[name]
    layer = getattr(keras_seq, kind)(3, **options, **arguments)
    layer.build(FRAMES)
    return layer


@EACH
def test_masked_frames_are_never_read(name, rng):
    """Outputs, states and gradients, whatever stands there."""
    measure = Measure(make(name, return_sequences=True, return_state=True))
    inputs = rng.normal(size=FRAMES).astype("float32")
    clean = measure(inputs, mask=MASK)
    assert not clean.d_inputs[~MASK].any()
    for bad in (np.nan, np.inf):
        spoilt = np.where(MASK[..., None, None, None], inputs, np.float32(bad))
        dirty = measure(spoilt, mask=MASK)
        for mine, theirs in zip(keras.tree.flatten(dirty), keras.tree.flatten(clean), strict=True):
            assert_close(mine, theirs, 0.0, f"with {bad}")


@EACH
def test_fit_compiled_is_fit_not_compiled(name, rng):
    """One SGD step by `fit` with a NaN under the mask: the weights move, and as in eager steps."""
    x = rng.normal(size=FRAMES).astype("float32")
    spoilt = np.where(MASK[..., None, None, None], x, np.float32(np.nan))
    y = rng.normal(size=(4, 3, 4, 3)).astype("float32")
    start, ends = None, []
    for jit_compile in JIT[keras.backend.backend()]:
        inputs, mask = keras.Input((None, *FRAMES[2:])), keras.Input((None,), dtype="bool")
        model = keras.Model([inputs, mask], make(name)(inputs, mask=mask))
        start = start or [rng.normal(0.0, 0.4, w.shape) for w in model.get_weights()]
        model.set_weights(start)
        model.compile(keras.optimizers.SGD(0.5), "mse", jit_compile=jit_compile)
        model.fit([spoilt, MASK], y, batch_size=4, verbose=0)
        ends.append(model.get_weights())
    layer = make(name)
    layer.set_weights(start)
    output = to_numpy(layer(x, mask=MASK))
    slopes = Measure(layer)(x, [2.0 * (output - y) / y.size], mask=MASK).d_weights
    for end in ends:
        for first, slope, last in zip(start, slopes, end, strict=True):
            assert_close(last, first - 0.5 * slope)
            assert abs(slope).max() > 1e-4


@EACH
def test_saved_and_loaded(name, rng, tmp_path):
    """The .keras file in Keras's safe mode, with the layer alone and inside Bidirectional."""
    kind, options = LAYERS[name]
    inner = make(name, dropout=0.1, recurrent_dropout=0.1, seed=1)
    inputs = keras.Input((None, *FRAMES[2:]))
    both = keras.layers.Bidirectional(getattr(keras_seq, kind)(2, **options))
    model = keras.Model(inputs, keras.layers.Concatenate()([inner(inputs), both(inputs)]))
    model.set_weights([rng.normal(0.0, 0.6, w.shape) for w in model.get_weights()])
    model.save(tmp_path / "model.keras")
    loaded = keras.saving.load_model(tmp_path / "model.keras", safe_mode=True)
    x = rng.normal(size=FRAMES).astype("float32")
    assert_close(to_numpy(loaded(x)), to_numpy(model(x)), 1e-6)
    assert loaded.get_layer(inner.name).get_config() == inner.get_config()


@EACH
def test_cell_in_a_stock_rnn(name, rng):
    kind, options = LAYERS[name]
    layer = make(name, return_sequences=True)
    options = {k: v for k, v in options.items() if k != "use_native"}
    stock = keras.layers.RNN(getattr(keras_seq, f"{kind}Cell")(3, **options), return_sequences=True)
    stock.build(FRAMES)
    stock.set_weights(layer.get_weights())
    x = rng.normal(size=FRAMES).astype("float32")
    assert_close(to_numpy(stock(x)), to_numpy(layer(x)))


@EACH
def test_unroll_is_the_loop(name, rng):
    kind, options = LAYERS[name]
    looped = make(name, return_sequences=True, go_backwards=True)
    unrolled = make(name, return_sequences=True, go_backwards=True, unroll=True)
    unrolled.set_weights(looped.get_weights())
    x = rng.normal(size=FRAMES).astype("float32")
    assert_close(to_numpy(unrolled(x, mask=MASK)), to_numpy(looped(x, mask=MASK)))


@EACH
def test_mask_goes_on_to_the_next_layer(name, rng):
    first, second = make(name, return_sequences=True), keras_seq.ConvLSTM2D(2, 2)
    masking = keras.layers.Masking()
    x = np.where(MASK[..., None, None, None], rng.normal(size=FRAMES), 0.0).astype("float32")
    flat = keras.layers.TimeDistributed(keras.layers.Reshape(FRAMES[2:]))
    masked = masking(x.reshape(4, 4, -1))
    chained = second(first(flat(masked), mask=MASK))
    by_hand = second(to_numpy(first(x, mask=MASK)).astype("float32"), mask=MASK)
    assert_close(to_numpy(chained), to_numpy(by_hand))
    unmasked = second(to_numpy(first(x, mask=MASK)).astype("float32"))
    assert not np.allclose(to_numpy(chained), to_numpy(unmasked), atol=1e-4)


@EACH
@pytest.mark.parametrize("policy", ["mixed_float16", "mixed_bfloat16"])
def test_fit_in_mixed_precision(name, policy, rng):
    keras.config.set_dtype_policy(policy)
    layer = make(name, dropout=0.1, recurrent_dropout=0.1, recurrent_weight_dropout=0.1)
    inputs, mask = keras.Input(FRAMES[1:]), keras.Input((4,), dtype="bool")
    outputs = keras.layers.Dense(1, dtype="float32")(layer(inputs, mask=mask))
    model = keras.Model([inputs, mask], outputs)
    model.compile(keras.optimizers.Adam(0.01), "mse")
    x = rng.normal(size=FRAMES).astype("float32")
    before = [np.array(w) for w in layer.get_weights()]
    y = np.ones((4, 3, 4, 1))
    history = model.fit([x, MASK], y, epochs=3, batch_size=4, verbose=0)
    assert np.isfinite(history.history["loss"]).all()
    for first, last in zip(before, layer.get_weights(), strict=True):
        assert np.isfinite(last).all()
        assert not np.array_equal(first, last)


def test_a_batch_of_no_rows():
    layer = keras_seq.ConvLSTM2D(3, 2)
    assert tuple(layer(np.zeros((0, 4, 3, 4, 2), "float32")).shape) == (0, 2, 3, 3)


@pytest.mark.parametrize(
    "options, expected",
    [({}, [0, 1, 0, 0]), ({"unit_forget_bias": False}, [0] * 4), ({"coupled": True}, [-1, 0, 0])],
)
def test_first_bias(options, expected):
    layer = keras_seq.ConvLSTM2D(2, 2, **options)
    layer.build((None, 4, 3, 4, 2))
    assert layer.get_weights()[2].reshape(-1, 2).tolist() == [[v, v] for v in expected]
