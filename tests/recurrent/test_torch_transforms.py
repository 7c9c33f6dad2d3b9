"""What PyTorch does with a call besides running it: every layer against its reference path."""

import keras
import onnxruntime
import pytest

import keras_seq
from tests.gradients import assert_close, to_numpy

pytestmark = pytest.mark.skipif(
    keras.backend.backend() != "torch", reason="the transformations are PyTorch's"
)

B, T, F = 2, 3, 4
FRAMES = (B, T, 4, 4, 2)


class Attending(keras.layers.Layer):
    """An `AttentionRNN` that looks at its own inputs, whose recurrence runs natively."""

    def __init__(self, use_native):
        super().__init__()
        cell = keras_seq.AttentionCell(
            keras_seq.LSTMCell(3, peephole=True),
            keras_seq.AdditiveAttention(3),
            input_feeding=False,
        )
        self.rnn = keras_seq.AttentionRNN(cell, use_native=use_native)

    def build(self, shape):
        self.rnn.build(shape, shape)

    def call(self, inputs):
        return self.rnn(inputs, inputs)


def masked(make):
    """A model whose layer gets a mask made of the inputs: steps of zeros are masked."""
    return lambda **k: keras.Sequential([keras.layers.Masking(), make(**k)])


LAYERS = {
    "LSTM": (lambda **k: keras_seq.LSTM(3, **k), (B, T, F)),
    "LSTM, masked": (masked(lambda **k: keras_seq.LSTM(3, **k)), (B, T, F)),
    "LSTM, options": (
        lambda **k: keras_seq.LSTM(3, peephole=True, projection=2, zoneout=0.2, **k),
        (B, T, F),
    ),
    "GRU": (lambda **k: keras_seq.GRU(3, **k), (B, T, F)),
    "GRU, masked": (masked(lambda **k: keras_seq.GRU(3, reset="before", **k)), (B, T, F)),
    "ConvLSTM2D": (lambda **k: keras_seq.ConvLSTM2D(2, 3, **k), FRAMES),
    "AttentionRNN": (Attending, (B, T, F)),
}


@pytest.fixture(params=LAYERS)
def case(request, rng):
    """A layer, its twin on the reference path with the same weights, and inputs."""
    make, shape = LAYERS[request.param]
    layers = [make(use_native=use_native) for use_native in ("auto", False)]
    for layer in layers:
        layer.build(shape)
    layers[0].set_weights([rng.normal(0.0, 0.6, w.shape) for w in layers[0].get_weights()])
    layers[1].set_weights(layers[0].get_weights())
    x = rng.normal(size=shape).astype("float32")
    x[0, 1] = 0.0  # a masked step, where there is masking
    return (*layers, x)


def test_derivatives(case):
    """Forward mode, the gradient of each sample, several gradients at once, and torch.compile."""
    import torch
    from torch.autograd import forward_ad

    layer, reference, x = case
    x = torch.tensor(x)
    direction = torch.ones_like(x)
    weights = [v.value for v in reference.trainable_variables]
    expected = reference(x)
    y, slope = torch.func.jvp(layer, (x,), (direction,))
    assert_close(to_numpy(y), to_numpy(expected))
    step = 1e-2 * direction
    difference = (reference(x + step) - reference(x - step)) / 2e-2

    if not isinstance(layer, keras.Sequential):  # a step away from zero is not masked
        assert_close(to_numpy(slope), to_numpy(difference), 1e-3)
    with forward_ad.dual_level():
        dual = forward_ad.unpack_dual(layer(forward_ad.make_dual(x, direction)))
        assert_close(to_numpy(dual.tangent), to_numpy(slope), 1e-6)

    fixed = [v.value for v in layer.non_trainable_variables]

    def loss(weights, row):
        return layer.stateless_call(weights, fixed, row[None])[0].square().sum()

    mine = [v.value.detach() for v in layer.trainable_variables]
    gradients = torch.autograd.grad(expected.square().sum(), weights)
    if x.ndim == 3:  # PyTorch has no vmap of a convolution with the channels last
        each = torch.func.vmap(torch.func.grad(loss), in_dims=(None, 0))(mine, x)
        for actual, total in zip(each, gradients, strict=True):
            assert_close(to_numpy(actual.sum(0)), to_numpy(total))

    cotangents = torch.stack([torch.ones_like(expected), expected.detach()])
    batches = []
    for some in (layer, reference):
        leaf = x.clone().requires_grad_()
        batches += torch.autograd.grad(some(leaf), leaf, cotangents, is_grads_batched=True)
    assert_close(to_numpy(batches[0]), to_numpy(batches[1]))

    torch._dynamo.reset()
    compiled = torch.compile(layer, backend="aot_eager")(x)
    assert_close(to_numpy(compiled), to_numpy(expected))
    sources = [v.value for v in layer.trainable_variables]
    for actual, total in zip(
        torch.autograd.grad(compiled.square().sum(), sources), gradients, strict=True
    ):
        assert_close(to_numpy(actual), to_numpy(total))


@pytest.mark.filterwarnings("ignore")  # PyTorch's, about what its exporters record
def test_exporters(case, tmp_path):
    """The reference's numbers; and for another number of steps these or an error."""
    import torch

    layer, reference, x = case
    x = torch.tensor(x)
    longer = torch.cat([x, x + 1.0], dim=1)
    batch = torch.cat([x, x + 1.0])

    def check(program, *inputs):
        for one in inputs:
            assert_close(to_numpy(program(one)), to_numpy(reference(one)))

    check(torch.export.export(layer, (x,), strict=False).module(), x)
    traced = torch.jit.trace(layer, (x,))
    check(traced, x, batch)
    right_or_refused(traced, longer, reference, RuntimeError)

    for steps in (T, None):
        inputs = keras.Input((steps, *x.shape[2:]))
        model = keras.Model(inputs, layer(inputs))
        model(x)  # Keras exports what was called
        path = str(tmp_path / f"{steps}.onnx")
        model.export(path, format="onnx", verbose=False)
        session = onnxruntime.InferenceSession(path, providers=["CPUExecutionProvider"])
        name = session.get_inputs()[0].name

        def program(one, session=session, name=name):
            return torch.tensor(session.run(None, {name: one.numpy()})[0])

        if steps:
            check(program, x, batch)
        else:
            right_or_refused(program, longer, reference, Exception)


def right_or_refused(program, x, reference, error):
    try:
        y = program(x)
    except error:
        return
    assert_close(to_numpy(y), to_numpy(reference(x)))
