"""One training step and one inference step of a contender, as a function of no arguments.

A Keras contender is a compiled model of one layer, stepped by the functions `fit` and `predict`
compile for it, on tensors made before: data transfer is not timed. SGD on the mean squared error
of all outputs, so that everything but the layer is small. Each call waits for its result.
"""

import os

import keras
import numpy as np
import torch

from tests.benchmarks.contenders import CONTENDERS, OF_FRAMES

torch.set_num_threads(os.cpu_count())


def steps_of(name, shape, xla):
    """(training step, inference step) of a contender at shape (B, T, F, U).

    A contender of frames at (B, T, H, W, C, F, k).
    """
    contender = {**CONTENDERS, **OF_FRAMES}[name]
    inputs_end = 5 if contender.of_frames else 3
    (B, T, *frame), sizes = shape[:inputs_end], shape[inputs_end:]
    random = np.random.default_rng(0)
    x = random.normal(size=(B, T, *frame)).astype("float32")
    if contender.in_torch:
        return torch_steps(contender.make(*frame, *sizes), x, random)
    inputs = keras.Input((T, *frame))
    if contender.masked:
        mask = np.arange(T) < random.integers(T // 2, T + 1, size=(B, 1))
        mask_input = keras.Input((T,), dtype="bool")
        outputs = contender.make(*sizes)(inputs, mask=mask_input)
        model, x = keras.Model([inputs, mask_input], outputs), (x, mask)
    else:
        model = keras.Model(inputs, contender.make(*sizes)(inputs))
    y = random.normal(size=(B, *model.output_shape[1:])).astype("float32")
    model.compile(keras.optimizers.SGD(1e-3), "mse", jit_compile=xla)
    data = keras.tree.map_structure(keras.ops.convert_to_tensor, (x, y))
    model.train_on_batch(x, y)  # builds the optimizer
    model.make_train_function()
    model.make_predict_function()
    return {"tensorflow": tensorflow_steps, "jax": jax_steps, "torch": keras_torch_steps}[
        keras.backend.backend()
    ](model, data)


def torch_steps(module, x, random):
    x = torch.from_numpy(x)
    y = torch.from_numpy(random.normal(size=(*x.shape[:2], module.hidden_size)).astype("float32"))
    optimizer = torch.optim.SGD(module.parameters(), 1e-3)

    def train():
        optimizer.zero_grad()
        loss = torch.nn.functional.mse_loss(module(x)[0], y)
        loss.backward()
        optimizer.step()
        return loss.item()

    def infer():
        with torch.no_grad():
            return module(x)[0]

    return train, infer


def keras_torch_steps(model, data):
    def infer():
        with torch.no_grad():
            return model.predict_function([data[:1]])

    return lambda: model.train_function([data])["loss"].item(), infer


def tensorflow_steps(model, data):
    return (
        lambda: float(model.train_function(iter([data]))["loss"]),
        lambda: model.predict_function([data[:1]]).numpy(),
    )


def jax_steps(model, data):
    # The state is handed from step to step, as in `fit`: each step takes it over for good.
    def copies(*groups):
        return [[keras.ops.copy(v.value) for v in group] for group in groups]

    weights = model.trainable_variables, model.non_trainable_variables
    training = copies(*weights, model.optimizer.variables, model.metrics_variables)
    inference = copies(*weights)

    def train():
        nonlocal training
        logs, training = model.train_function(training, iter([data]))
        return float(logs["loss"])

    def infer():
        nonlocal inference
        outputs, inference = model.predict_function(inference, iter([data[:1]]))
        return outputs.block_until_ready()

    return train, infer
