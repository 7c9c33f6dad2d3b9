"""Layers against torch.nn.LSTM (with proj_size) and torch.nn.GRU in double precision."""

import numpy as np
import pytest
import torch

from tests.gradients import Measure, assert_close
from tests.recurrent.check import BATCH, FEATURES, TIME, UNITS, built_layer


def torch_tensor(array):
    return torch.tensor(np.asarray(array), dtype=torch.float64, device="cpu", requires_grad=True)


def run_torch(module, inputs, states, cotangents):
    """Outputs and final states (B, .) of a torch module, and its gradients by name."""
    inputs = torch_tensor(inputs)
    states = [torch_tensor(s) for s in states]
    stacked = [s[None] for s in states]
    outputs, finals = module(inputs, tuple(stacked) if len(stacked) == 2 else stacked[0])
    finals = list(finals) if len(stacked) == 2 else [finals]
    results = [outputs, *(f[0] for f in finals)]
    sum((r * torch.tensor(c)).sum() for r, c in zip(results, cotangents, strict=True)).backward()
    gradients = {n.removesuffix("_l0"): p.grad.numpy() for n, p in module.named_parameters()}
    return (
        [r.detach().numpy() for r in results],
        inputs.grad.numpy(),
        [s.grad.numpy() for s in states],
        gradients,
    )


def load(module, **arrays):
    module.load_state_dict({f"{n}_l0": torch.tensor(a) for n, a in arrays.items()})
    return module


def check(layer, module, states, to_layer):
    """`to_layer` turns torch's gradients by name into ours, in the order of the weights."""
    random = np.random.default_rng(5)
    inputs = random.normal(size=(BATCH, TIME, FEATURES))
    cotangents = [random.normal(size=(BATCH, TIME, states[0].shape[-1]))]
    cotangents += [random.normal(size=s.shape) for s in states]
    outputs, d_inputs, d_states, d_weights = run_torch(module, inputs, states, cotangents)
    measured = Measure(layer)(inputs, cotangents, states)
    for actual, expected in zip(measured.outputs, outputs, strict=True):
        assert_close(actual, expected, what="outputs")
    assert_close(measured.d_inputs, d_inputs, what="d inputs")
    for actual, expected in zip(measured.d_states, d_states, strict=True):
        assert_close(actual, expected, what="d states")
    for actual, expected in zip(measured.d_weights, to_layer(d_weights), strict=True):
        assert_close(actual, expected, what="d weights")


@pytest.mark.parametrize("projection", [None, 2])
def test_lstm_is_torchs(projection):
    random = np.random.default_rng(3)
    layer, w = built_layer("LSTM", random, projection=projection, return_sequences=True)
    module = torch.nn.LSTM(FEATURES, UNITS, batch_first=True, proj_size=projection or 0).double()
    arrays = {
        "weight_ih": w["kernel"].T,
        "weight_hh": w["recurrent_kernel"].T,
        "bias_ih": w["bias"],
        "bias_hh": np.zeros_like(w["bias"]),
    }
    if projection:
        arrays["weight_hr"] = w["projection"].T

    def to_layer(d):
        projected = [d["weight_hr"].T] if projection else []
        return [d["weight_ih"].T, d["weight_hh"].T, d["bias_ih"], *projected]

    states = [random.normal(size=(BATCH, projection or UNITS)), random.normal(size=(BATCH, UNITS))]
    check(layer, load(module, **arrays), states, to_layer)


@pytest.mark.parametrize("update", ["keep", "candidate"])
def test_gru_is_torchs(update):
    """torch's gates stand r, z, n. The other update is the same cell with z's weights negated."""
    random = np.random.default_rng(4)
    layer, w = built_layer("GRU", random, update=update, return_sequences=True)
    sign = 1.0 if update == "keep" else -1.0

    def swap(columns, flip):
        first, second, last = np.split(columns, 3, axis=-1)
        signs = (1.0, sign) if flip == "z second" else (sign, 1.0)
        return np.concatenate([signs[0] * second, signs[1] * first, last], axis=-1)

    def to_torch(columns):
        return swap(columns, "z second").T

    module = torch.nn.GRU(FEATURES, UNITS, batch_first=True).double()
    arrays = {
        "weight_ih": to_torch(w["kernel"]),
        "weight_hh": to_torch(w["recurrent_kernel"]),
        "bias_ih": to_torch(w["bias"][0]),
        "bias_hh": to_torch(w["bias"][1]),
    }

    def to_layer(d):
        d = {name: swap(array.T, "z first") for name, array in d.items()}
        return [d["weight_ih"], d["weight_hh"], np.stack([d["bias_ih"], d["bias_hh"]])]

    check(layer, load(module, **arrays), [random.normal(size=(BATCH, UNITS))], to_layer)
