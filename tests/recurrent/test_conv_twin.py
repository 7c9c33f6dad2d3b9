"""With our options off: keras.layers.ConvLSTM1D, 2D and 3D, weight for weight."""

import keras
import numpy as np
import pytest

import keras_seq
from tests.gradients import Measure, assert_close, to_numpy
from tests.recurrent.conv_options import frame_of

BATCH, TIME = 3, 3
KINDS = ["ConvLSTM1D", "ConvLSTM2D", "ConvLSTM3D"]
MASK = np.array([[1, 1, 1], [1, 0, 1], [1, 1, 0]], bool)

# name -> kind and how to build it from a layer class
SCENES = {
    "1D": ("ConvLSTM1D", lambda layer: layer(2, 3, return_sequences=True, return_state=True)),
    "2D": ("ConvLSTM2D", lambda layer: layer(2, 2, return_sequences=True, return_state=True)),
    "3D": ("ConvLSTM3D", lambda layer: layer(2, 2, padding="same", return_state=True)),
    "same, even": ("ConvLSTM2D", lambda layer: layer(2, (2, 4), padding="SAME")),
    "strides": ("ConvLSTM2D", lambda layer: layer(2, (3, 2), strides=(1, 2), padding="same")),
    "dilation": ("ConvLSTM2D", lambda layer: layer(2, (2, 3), dilation_rate=(3, 1))),
    "go_backwards": (
        "ConvLSTM2D",
        lambda layer: layer(2, 2, go_backwards=True, return_sequences=True),
    ),
    "unroll": ("ConvLSTM1D", lambda layer: layer(2, 3, unroll=True, padding="same")),
    "no bias": ("ConvLSTM2D", lambda layer: layer(2, 3, use_bias=False)),
    "activations": (
        "ConvLSTM2D",
        lambda layer: layer(2, 2, activation="elu", recurrent_activation="hard_sigmoid"),
    ),
    "Bidirectional": (
        "ConvLSTM2D",
        lambda layer: keras.layers.Bidirectional(layer(2, 2, return_sequences=True)),
    ),
    "stacked": (
        "ConvLSTM2D",
        lambda layer: keras.Sequential([layer(2, 2, return_sequences=True), layer(1, 2)]),
    ),
}


def flat(results):
    return [to_numpy(r) for r in keras.tree.flatten(results)]


def twins(build, kind, shape=None):
    """Ours and Keras's, built, with the same random weights."""
    shape = shape or (BATCH, TIME, *frame_of(kind))
    ours, stock = (build(getattr(package, kind)) for package in (keras_seq, keras.layers))
    for layer in (ours, stock):
        layer.build(shape)
    random = np.random.default_rng(1)
    weights = [random.normal(0.0, 0.6, w.shape) for w in stock.trainable_variables]
    assert [w.shape for w in ours.get_weights()] == [w.shape for w in stock.get_weights()]
    for layer in (ours, stock):
        for variable, value in zip(layer.trainable_variables, weights, strict=True):
            variable.assign(value.astype("float32"))
    return ours, stock


def random_frames(kind, seed=2):
    random = np.random.default_rng(seed)
    return random.normal(size=(BATCH, TIME, *frame_of(kind))).astype("float32")


@pytest.mark.parametrize("scene", SCENES)
def test_scene_is_keras(scene):
    """The results, and of the first three all gradients."""
    kind, build = SCENES[scene]
    layers = twins(build, kind)
    inputs = random_frames(kind)
    with_gradients = scene in ("1D", "2D", "3D")
    run = (lambda layer: Measure(layer)(inputs)) if with_gradients else lambda layer: layer(inputs)
    for mine, theirs in zip(*(flat(run(layer)) for layer in layers), strict=True):
        assert_close(mine, theirs)


@pytest.mark.xfail(
    keras.backend.backend() == "jax",
    reason="keras.layers.ConvLSTM2D takes no mask on JAX; ours is held by the equations",
    raises=ValueError,
    strict=True,
)
@pytest.mark.parametrize("zero_output_for_mask", [False, True])
def test_mask_is_keras(zero_output_for_mask):
    """Keras repeats the last output and keeps the states too, where it takes a mask at all."""
    options = {"return_sequences": True, "return_state": True}
    ours, stock = twins(
        lambda layer: layer(2, 2, zero_output_for_mask=zero_output_for_mask, **options),
        "ConvLSTM2D",
    )
    inputs = random_frames("ConvLSTM2D")
    for mine, theirs in zip(*(flat(f(inputs, mask=MASK)) for f in (ours, stock)), strict=True):
        assert_close(mine, theirs)


@pytest.mark.parametrize("kind", KINDS)
def test_channels_first_is_channels_last(kind):
    """Keras cannot convolve the channels first everywhere; with them last it can."""
    ours, stock = (
        getattr(package, kind)(2, 2, data_format=layout, return_sequences=True, return_state=True)
        for package, layout in ((keras_seq, "channels_first"), (keras.layers, "channels_last"))
    )
    inputs = random_frames(kind)
    turned = np.moveaxis(inputs, -1, 2)
    ours.build(turned.shape)
    stock.build(inputs.shape)
    ours.set_weights(stock.get_weights())
    outputs, *states = flat(ours(turned))
    wanted, *ends = flat(stock(inputs))
    assert_close(outputs, np.moveaxis(wanted, -1, 2))
    for state, end in zip(states, ends, strict=True):
        assert_close(state, np.moveaxis(end, -1, 1))
    assert ours.compute_output_shape(turned.shape)[0] == outputs.shape
    again = flat(ours(turned, initial_state=states))[0]
    assert_close(again, np.moveaxis(flat(stock(inputs, initial_state=ends))[0], -1, 2))


def test_stateful_and_reset_state():
    ours, stock = twins(lambda layer: layer(2, 2, stateful=True, return_state=True), "ConvLSTM2D")
    for number in range(3):
        if number == 2:
            ours.reset_state()
            stock.reset_state()
        batch = random_frames("ConvLSTM2D", number)
        for mine, theirs in zip(flat(ours(batch)), flat(stock(batch)), strict=True):
            assert_close(mine, theirs)
    first = flat(ours(batch))
    ours.reset_state()
    assert not np.allclose(first[0], flat(ours(batch))[0], atol=1e-3), "state was not kept"


def test_states_from_encoder_to_decoder():
    """As in a forecaster: symbolic initial states, any number of steps."""
    outputs = []
    for package in (keras_seq, keras.layers):
        source, target = (keras.Input((None, 4, 3, 2)) for _ in range(2))
        options = {"kernel_size": 2, "padding": "same", "return_state": True}
        _, *states = package.ConvLSTM2D(2, **options)(source)
        decoded = package.ConvLSTM2D(2, **options)(target, initial_state=states)[0]
        model = keras.Model([source, target], decoded)
        random = np.random.default_rng(6)
        model.set_weights([random.normal(0.0, 0.6, w.shape) for w in model.get_weights()])
        inputs = [random.normal(size=(BATCH, n, 4, 3, 2)).astype("float32") for n in (4, 2)]
        outputs.append(model.predict(inputs, verbose=0))
    assert_close(*outputs)


@pytest.mark.parametrize("kind", KINDS)
def test_initial_weights_are_drawn_as_in_keras(kind):
    drawn = []
    for package in (keras_seq, keras.layers):
        layer = getattr(package, kind)(
            3,
            2,
            kernel_initializer=keras.initializers.GlorotUniform(seed=1),
            recurrent_initializer=keras.initializers.Orthogonal(seed=2),
            bias_initializer=keras.initializers.RandomNormal(seed=3),
        )
        layer.build((None, TIME, *frame_of(kind)))
        drawn.append(layer.get_weights())
    for mine, theirs in zip(*drawn, strict=True):
        np.testing.assert_array_equal(mine, theirs)


@pytest.mark.parametrize("kind", KINDS)
def test_arguments_stand_as_in_keras(kind):
    """A call written for Keras, arguments by position, means the same here."""
    arguments = [3, 2, 1, "same", "channels_last", 2, "elu", "hard_sigmoid", False, "zeros"]
    theirs = getattr(keras.layers, kind)(*arguments).get_config()
    mine = getattr(keras_seq, kind)(*arguments).get_config()
    for name, value in theirs.items():
        if name != "name":
            assert mine[name] == value, name
    defaults = getattr(keras.layers, kind)(3, 2).get_config()
    ours = getattr(keras_seq, kind)(3, 2).get_config()
    assert {n: ours[n] for n in defaults if n != "name"} == {
        n: v for n, v in defaults.items() if n != "name"
    }


def test_regularizers_and_constraints():
    results = []
    for package in (keras_seq, keras.layers):
        made = package.ConvLSTM2D(
            3,
            2,
            kernel_regularizer=keras.regularizers.L2(0.5),
            recurrent_regularizer=keras.regularizers.L1(0.25),
            bias_regularizer=keras.regularizers.L2(0.125),
            kernel_constraint=keras.constraints.NonNeg(),
            recurrent_constraint=keras.constraints.MaxNorm(1.0),
            bias_constraint=keras.constraints.UnitNorm(),
        )
        made.build((None, TIME, 4, 3, 2))
        random = np.random.default_rng(1)
        made.set_weights([random.normal(size=w.shape) for w in made.get_weights()])
        limits = [type(v.constraint).__name__ for v in made.trainable_variables]
        results.append((limits, sum(float(to_numpy(loss)) for loss in made.losses)))
    assert results[0][0] == results[1][0]
    assert results[0][1] == pytest.approx(results[1][1], rel=1e-6)
