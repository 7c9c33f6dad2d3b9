"""What people do to a function besides calling it: native paths give the reference's numbers."""

import keras
import numpy as np
import pytest

import keras_seq
from tests.gradients import assert_close, to_numpy

BACKEND = keras.backend.backend()
LAYERS = {"LSTM": {"peephole": True}, "GRU": {"reset": "before"}}


def native_and_reference(kind, rng, shape):
    """Two layers with the same weights."""
    layers = [
        getattr(keras_seq, kind)(3, **LAYERS[kind], return_sequences=True, use_native=use_native)
        for use_native in (True, False)
    ]
    for layer in layers:
        layer.build(shape)
    layers[0].set_weights([rng.normal(0.0, 0.6, w.shape) for w in layers[0].get_weights()])
    layers[1].set_weights(layers[0].get_weights())
    return layers


@pytest.mark.skipif(BACKEND != "tensorflow", reason="others trace for every length")
@pytest.mark.parametrize("kind", LAYERS)
def test_xla_on_tensorflow_where_neither_batch_nor_length_is_known(kind, rng):
    """At 3 and 8 steps either loop, of whole chunks or of the rest, has no turns."""
    import tensorflow as tf

    def slopes(layer):
        def run(x):
            weights = [v.value for v in layer.trainable_variables]
            with tf.GradientTape() as tape:
                tape.watch(x)
                loss = tf.reduce_sum(tf.sin(3.0 * layer(x)))
            return tape.gradient(loss, [x, *weights])

        return run

    native, reference = native_and_reference(kind, rng, (None, None, 2))
    compiled = tf.function(
        slopes(native), input_signature=[tf.TensorSpec((None, None, 2))], jit_compile=True
    )
    for length in (3, 8):
        x = tf.constant(rng.normal(size=(2, length, 2)), "float32")
        for mine, theirs in zip(compiled(x), slopes(reference)(x), strict=True):
            assert_close(to_numpy(mine), to_numpy(theirs))


@pytest.mark.skipif(BACKEND != "jax", reason="transformations of JAX")
@pytest.mark.parametrize("kind", LAYERS)
def test_forward_mode_and_second_derivatives_on_jax(kind, rng):
    import jax

    x = rng.normal(size=(2, 9, 2)).astype("float32")
    layers = native_and_reference(kind, rng, x.shape)
    weights = [v.value for v in layers[0].trainable_variables]
    along = [rng.normal(size=w.shape).astype("float32") for w in (x, *weights)]

    def derivatives(layer):
        fixed = [v.value for v in layer.non_trainable_variables]

        def outputs(x, *weights):
            return layer.stateless_call(list(weights), fixed, x)[0]

        def loss(*values):
            return keras.ops.sum(keras.ops.sin(3.0 * outputs(*values)))

        def run(*values):
            tangent = jax.jvp(outputs, values, tuple(along))[1]
            slope = jax.grad(loss, argnums=tuple(range(len(values))))
            return tangent, *jax.jvp(slope, values, tuple(along))

        return jax.jit(run)(x, *weights)

    native, reference = map(derivatives, layers)
    for mine, theirs in zip(jax.tree.leaves(native), jax.tree.leaves(reference), strict=True):
        assert_close(np.asarray(mine), np.asarray(theirs))


SEQUENCES = {
    "LSTM": (lambda: keras_seq.LSTM(3, peephole=True, return_sequences=True), (2,)),
    "GRU": (lambda: keras.layers.Bidirectional(keras_seq.GRU(3)), (2,)),
    "ConvLSTM2D": (lambda: keras_seq.ConvLSTM2D(2, 2), (3, 3, 1)),
    "CRF": (lambda: keras_seq.CRF(2), (2,)),
}


@pytest.mark.skipif(BACKEND != "jax", reason="a program of JAX for all lengths")
@pytest.mark.parametrize("kind", SEQUENCES)
def test_exported_from_jax_for_any_batch_and_length(kind, rng):
    import jax

    make, frame = SEQUENCES[kind]
    layer = make()
    layer.build((None, None, *frame))
    fixed = [v.value for v in layer.non_trainable_variables]
    weights = [v.value for v in layer.trainable_variables]

    def call(x):
        return layer.stateless_call(weights, fixed, x)[0]

    sizes = jax.export.symbolic_shape("b, t")
    symbolic = jax.ShapeDtypeStruct((*sizes, *frame), "float32")
    program = jax.export.export(jax.jit(call))(symbolic)
    for batch, length in ((2, 3), (1, 11)):
        x = rng.normal(size=(batch, length, *frame)).astype("float32")
        assert_close(np.asarray(program.call(x)), np.asarray(call(x)))
