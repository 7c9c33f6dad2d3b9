"""Layers against onnxruntime's LSTM and GRU operators on random weights."""

import numpy as np
import onnx
import onnxruntime
import pytest

from tests.gradients import assert_close, to_numpy
from tests.recurrent.check import BATCH, FEATURES, TIME, UNITS, built_layer
from tests.recurrent.masks import MASKS

OUTPUTS = {"LSTM": ["Y", "Y_h", "Y_c"], "GRU": ["Y", "Y_h"]}
SLOTS = {
    "LSTM": ["X", "W", "R", "B", "sequence_lens", "initial_h", "initial_c", "P"],
    "GRU": ["X", "W", "R", "B", "sequence_lens", "initial_h"],
}


def run_onnx(operator, arrays, **attributes):
    """One ONNX operator with hidden_size=UNITS in onnxruntime; time is axis 0 there."""
    arrays = {
        name: array.astype("int32" if name == "sequence_lens" else "float32")
        for name, array in arrays.items()
    }
    tensor = onnx.TensorProto
    slots = [name if name in arrays else "" for name in SLOTS[operator]]
    while not slots[-1]:
        slots.pop()
    node = onnx.helper.make_node(
        operator, slots, OUTPUTS[operator], hidden_size=UNITS, **attributes
    )
    graph = onnx.helper.make_graph(
        [node],
        "one operator",
        [
            onnx.helper.make_tensor_value_info(
                name, tensor.INT32 if name == "sequence_lens" else tensor.FLOAT, array.shape
            )
            for name, array in arrays.items()
        ],
        [onnx.helper.make_tensor_value_info(n, tensor.FLOAT, None) for n in OUTPUTS[operator]],
    )
    opset = onnx.helper.make_opsetid("", 14)
    model = onnx.helper.make_model(graph, opset_imports=[opset], ir_version=8)
    session = onnxruntime.InferenceSession(
        model.SerializeToString(), providers=["CPUExecutionProvider"]
    )
    outputs, *states = session.run(None, arrays)
    return [outputs[:, 0].transpose(1, 0, 2), *(s[0] for s in states)]


def reorder(columns, order):
    """Our gates, by letter, as rows in ONNX's order, with its axis of directions in front."""
    return np.concatenate([columns[gate] for gate in order], axis=-1).T[None]


def by_gate(array, gates):
    return dict(zip(gates, np.split(array, len(gates), axis=-1), strict=True))


@pytest.mark.parametrize("masked", [False, True], ids=["", "right padded"])
@pytest.mark.parametrize("coupled", [False, True], ids=["", "coupled"])
@pytest.mark.parametrize("peephole", [False, True], ids=["", "peephole"])
def test_lstm_is_onnxruntimes(peephole, coupled, masked):
    random = np.random.default_rng(8)
    layer, w = built_layer(
        "LSTM",
        random,
        peephole=peephole,
        coupled=coupled,
        return_sequences=True,
        zero_output_for_mask=True,
    )
    gates = "ico" if coupled else "ifco"
    parts = {name: by_gate(w[name], gates) for name in ("kernel", "recurrent_kernel", "bias")}
    # input_forget=1 must not read the forget gate's weights: what stands there is noise.
    for part in parts.values():
        part.setdefault("f", random.normal(size=part["i"].shape))
    inputs = random.normal(size=(BATCH, TIME, FEATURES))
    states = [random.normal(size=(BATCH, UNITS)) for _ in range(2)]
    arrays = {
        "X": inputs.transpose(1, 0, 2),
        "W": reorder(parts["kernel"], "iofc"),
        "R": reorder(parts["recurrent_kernel"], "iofc"),
        "B": np.pad(reorder(parts["bias"], "iofc"), ((0, 0), (0, 4 * UNITS))),
        "initial_h": states[0][None],
        "initial_c": states[1][None],
    }
    if peephole:
        rows = dict(zip("io" if coupled else "ifo", w["peephole"], strict=True))
        rows.setdefault("f", random.normal(size=UNITS))
        arrays["P"] = reorder(rows, "iof")
    mask = MASKS["right"] if masked else None
    if masked:
        arrays["sequence_lens"] = mask.sum(axis=1)
    expected = run_onnx("LSTM", arrays, input_forget=int(coupled))
    actual = layer(
        inputs.astype("float32"), initial_state=[s.astype("float32") for s in states], mask=mask
    )
    for ours, theirs in zip(actual, expected, strict=True):
        assert_close(to_numpy(ours), theirs)


@pytest.mark.parametrize("masked", [False, True], ids=["", "right padded"])
@pytest.mark.parametrize("reset", ["before", "after"])
def test_gru_is_onnxruntimes(reset, masked):
    random = np.random.default_rng(9)
    layer, w = built_layer(
        "GRU", random, reset=reset, return_sequences=True, zero_output_for_mask=True
    )
    biases = w["bias"] if reset == "after" else np.stack([w["bias"], np.zeros_like(w["bias"])])
    inputs = random.normal(size=(BATCH, TIME, FEATURES))
    state = random.normal(size=(BATCH, UNITS))
    arrays = {
        "X": inputs.transpose(1, 0, 2),
        "W": w["kernel"].T[None],
        "R": w["recurrent_kernel"].T[None],
        "B": biases.reshape(1, -1),
        "initial_h": state[None],
    }
    mask = MASKS["right"] if masked else None
    if masked:
        arrays["sequence_lens"] = mask.sum(axis=1)
    expected = run_onnx("GRU", arrays, linear_before_reset=int(reset == "after"))
    actual = layer(inputs.astype("float32"), initial_state=[state.astype("float32")], mask=mask)
    for ours, theirs in zip(actual, expected, strict=True):
        assert_close(to_numpy(ours), theirs)
