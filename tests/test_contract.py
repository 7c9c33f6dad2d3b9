"""What every public layer promises. The table of layers is tests/zoo.py."""

import keras
import numpy as np
import pytest

import keras_seq
from tests.gradients import assert_close, to_numpy
from tests.zoo import BATCH, MASK, ZOO

EACH = pytest.mark.parametrize("row", ZOO, ids=lambda row: row.name)
# What tests/recurrent/test_catalogue.py holds for all cells of the catalogue is not repeated here.
CORE = [row for row in ZOO if not row.catalogue]
EACH_OF_CORE = pytest.mark.parametrize("row", CORE, ids=lambda row: row.name)
WITH_MASK = pytest.mark.parametrize(
    "row", [row for row in ZOO if row.sequences], ids=lambda row: row.name
)
WITH_SLOPE = pytest.mark.parametrize(
    "row", [row for row in CORE if row.train and row.smooth], ids=lambda row: row.name
)


def built(row, rng, **arguments):
    """The layer with random weights, and what to call it with."""
    if row.sequences:
        arguments = {"return_sequences": True, "return_state": True, **arguments}
    layer, inputs = row.make(**arguments), row.inputs(rng)
    if row.train or row.catalogue:
        layer.build(*(x.shape for x in inputs))
    for variable in layer.trainable_variables:
        center = 1.0 if variable.name.endswith("gamma") else 0.0
        variable.assign(center + rng.normal(0.0, 0.4, variable.shape))
    return layer, inputs


def name_of(variable, row):
    """Its name, or where parts of a block have the same names its path inside it."""
    path = variable.path.partition("/")[2]
    return path if row.kind.endswith("Block") or "Character" in row.kind else variable.name


def run(layer, inputs, **arguments):
    return [to_numpy(o) for o in keras.tree.flatten(layer(*inputs, **arguments))]


def model_of(layer, inputs):
    """A model with unknown batch and length; the layer's mask is its last input."""
    symbols = [keras.Input((None, *x.shape[2:]), dtype=str(x.dtype)) for x in inputs]
    mask = keras.Input((None,), dtype="bool")
    outputs = layer(*symbols, mask=mask) if hasattr(layer, "cell") else layer(*symbols)
    return keras.Model([*symbols, mask], outputs)


def test_every_public_layer_is_in_the_zoo():
    public = {
        name
        for name in keras_seq.__all__
        if isinstance(getattr(keras_seq, name), type)
        and issubclass(getattr(keras_seq, name), keras.layers.Layer)
        and not name.endswith("Cell")
    }
    assert public == {row.kind for row in ZOO}


@EACH_OF_CORE
def test_is_its_equations(row, rng):
    """The same float64 numbers on every backend: that is how the three agree."""
    layer, inputs = built(row, rng)
    weights = {name_of(v, row): to_numpy(v) for v in layer.trainable_variables}
    for mask in (None, MASK) if row.sequences else (None,):
        given = {} if mask is None else {"mask": mask}
        for actual, expected in zip(
            run(layer, inputs, **given), row.truth(weights, inputs, mask), strict=True
        ):
            assert_close(actual, expected)


@pytest.mark.once
@EACH_OF_CORE
def test_config_round_trip(row, rng):
    layer, inputs = built(row, rng)
    config = layer.get_config()
    again = type(layer).from_config(config)
    assert again.get_config() == config
    assert set(row.options) <= set(config), "an option is not in the config"
    if row.train:
        again.build(*(x.shape for x in inputs))
    again.set_weights(layer.get_weights())
    for actual, expected in zip(run(again, inputs), run(layer, inputs), strict=True):
        np.testing.assert_array_equal(actual, expected)
    name = keras.saving.get_registered_name(type(layer))
    assert name == f"keras_seq>{row.kind}", "a saved file must find the class by name"


@EACH
def test_symbolic_shape_is_eager_shape(row, rng):
    layer, inputs = built(row, rng)
    symbolic = keras.tree.flatten(model_of(layer, inputs).outputs)
    eager = run(layer, inputs)
    for shape, output in zip([s.shape for s in symbolic], eager, strict=True):
        length = [None] if output.ndim == inputs[0].ndim else []
        rest = [None] if row.tags else output.shape[1 + len(length) :]
        if row.symbolic is None:
            assert list(shape) == [None, *length, *rest]
    assert row.symbolic is None or [list(s.shape) for s in symbolic] == row.symbolic
    inferred = layer.compute_output_shape(*(x.shape for x in inputs))
    inferred = inferred if isinstance(inferred[0], (tuple, list)) else [inferred]
    assert [tuple(s) for s in inferred] == [o.shape for o in eager]


@pytest.mark.once
@EACH_OF_CORE
def test_saved_and_loaded_gives_the_same_numbers(row, rng, tmp_path):
    layer, inputs = built(row, rng)
    model = model_of(layer, inputs)
    model.save(tmp_path / "model.keras")
    loaded = keras.saving.load_model(tmp_path / "model.keras", safe_mode=True)
    call = [*inputs, MASK]
    for actual, expected in zip(
        run(loaded, [call]), [to_numpy(o) for o in keras.tree.flatten(model(call))], strict=True
    ):
        assert_close(actual, expected, 1e-6)


@WITH_SLOPE
def test_one_sgd_step_is_the_slope_of_the_loss(row, rng):
    """w - (w after a step at rate 1) is the slope, measured along a direction in each weight.

    The gradient check that needs no autograd: `fit` itself is what is measured, compiled.
    """
    still = {"zoneout": 0.0} if "zoneout" in row.options else {}  # the loss must not be random
    last = {"return_sequences": False} if row.sequences else {}
    layer, inputs = built(row, rng, **last, **still)
    model = model_of(layer, inputs)
    model = keras.Model(model.inputs, keras.layers.Concatenate()(model.outputs))
    model.compile(keras.optimizers.SGD(1.0), "mse")
    x = [*inputs, MASK]
    y = rng.normal(size=model.predict_on_batch(x).shape)
    weights = model.get_weights()

    def loss(weights):
        model.set_weights(weights)
        return np.mean((model.predict_on_batch(x).astype("float64") - y) ** 2)

    model.fit(x, y, batch_size=BATCH, verbose=0)
    slopes = [before - after for before, after in zip(weights, model.get_weights(), strict=True)]
    for number, slope in enumerate(slopes):
        direction = rng.choice([-1.0, 1.0], slope.shape)
        size = 0.006

        def at(distance, number=number, direction=direction):
            moved = list(weights)
            moved[number] = weights[number] + distance * direction
            return loss(moved)

        # Two central differences, extrapolated: the error is of the fourth order.
        near, far = (at(s) - at(-s) for s in (size, 2 * size))
        measured = (8.0 * near - far) / (12.0 * size)
        name = name_of(layer.trainable_variables[number], row)
        assert np.sum(slope * direction) == pytest.approx(measured, rel=3e-3, abs=3e-4), name
        learns = np.abs(slope).max() > 1e-5
        # The same for all keys, the keys' bias cancels in the softmax.
        assert learns != name.endswith("key/bias"), f"{name} learns {slope}"


@WITH_MASK
def test_padding_is_never_read(row, rng):
    layer, inputs = built(row, rng)
    real = MASK.reshape(*MASK.shape, *[1] * (inputs[0].ndim - 2))
    spoilt = np.where(real, inputs[0], np.float32(np.nan))
    for actual, expected in zip(
        run(layer, [spoilt, *inputs[1:]], mask=MASK), run(layer, inputs, mask=MASK), strict=True
    ):
        np.testing.assert_array_equal(actual, expected)


@EACH_OF_CORE
def test_rows_do_not_mix(row, rng):
    """Another first row changes the first row of the outputs and no other."""
    layer, inputs = built(row, rng)
    changed = [x.copy() for x in inputs]
    changed[0][0] = changed[0][0] * -1.0 if changed[0].dtype == "float32" else changed[0][1]
    given = {"mask": np.ones_like(MASK)} if row.sequences else {}
    before, after = (run(layer, x, **given) for x in (inputs, changed))
    for a, b in zip(before, after, strict=True):
        assert_close(b[1:], a[1:], 1e-6)
        assert not np.allclose(b[0], a[0], atol=1e-4)


@EACH
def test_mixed_precision(row, rng):
    exact, inputs = built(row, rng)
    expected = run(exact, inputs)
    for dtype, tolerance in (("float16", 0.01), ("bfloat16", 0.06)):
        layer, _ = built(row, rng, dtype=f"mixed_{dtype}")
        layer.set_weights(exact.get_weights())
        outputs = keras.tree.flatten(layer(*inputs))
        assert {keras.backend.standardize_dtype(o.dtype) for o in outputs} == {
            "int32" if row.tags else dtype
        }
        for output, exactly in zip(outputs, expected, strict=True):
            assert_close(to_numpy(output), exactly, tolerance)


@EACH
def test_docstring_example_names_the_layer(row):
    """The example itself runs as a doctest; here only that there is one."""
    assert f"keras_seq.{row.kind}(" in getattr(keras_seq, row.kind).__doc__
