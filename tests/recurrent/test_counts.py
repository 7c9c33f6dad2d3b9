"""Parameter counts, by hand: m units, n features; the plain LSTM has 4((m+n)m + m)."""

import pytest

import keras_seq
from tests.gradients import to_numpy

M, N, P = 7, 5, 3  # units, features, projection

COUNTS = [
    ("LSTM", {}, 4 * ((M + N) * M + M)),
    ("LSTM", {"use_bias": False}, 4 * (M + N) * M),
    ("LSTM", {"peephole": True}, 4 * ((M + N) * M + M) + 3 * M),
    ("LSTM", {"coupled": True}, 3 * ((M + N) * M + M)),
    ("LSTM", {"forget_gate": False}, 3 * ((M + N) * M + M)),
    ("LSTM", {"peephole": True, "coupled": True}, 3 * ((M + N) * M + M) + 2 * M),
    ("LSTM", {"peephole": True, "forget_gate": False}, 3 * ((M + N) * M + M) + 2 * M),
    ("LSTM", {"projection": P}, 4 * ((P + N) * M + M) + M * P),
    ("LSTM", {"layer_norm": True}, 4 * ((M + N) * M + M) + 2 * (4 * M + 4 * M + M)),
    (
        "LSTM",
        {"layer_norm": True, "coupled": True},
        3 * ((M + N) * M + M) + 2 * (3 * M + 3 * M + M),
    ),
    ("LSTM", {"zoneout": 0.1, "cell_clip": 1.0, "dropout": 0.1}, 4 * ((M + N) * M + M)),
    ("GRU", {}, 3 * ((M + N) * M + 2 * M)),
    ("GRU", {"use_bias": False}, 3 * (M + N) * M),
    ("GRU", {"reset": "before"}, 3 * ((M + N) * M + M)),
    ("GRU", {"reset": None}, 2 * ((M + N) * M + M)),
    ("GRU", {"update": "candidate"}, 3 * ((M + N) * M + 2 * M)),
    ("GRU", {"layer_norm": True}, 3 * ((M + N) * M + 2 * M) + 2 * (3 * M + 3 * M)),
    ("GRU", {"reset": None, "layer_norm": True}, 2 * ((M + N) * M + M) + 2 * (2 * M + 2 * M)),
]


@pytest.mark.parametrize("kind, options, count", COUNTS)
def test_count(kind, options, count):
    layer = getattr(keras_seq, kind)(M, **options)
    layer.build((None, 4, N))
    assert layer.count_params() == count
    cell = getattr(keras_seq, f"{kind}Cell")(M, **options)
    cell.build((None, N))
    assert cell.count_params() == count


@pytest.mark.parametrize(
    "options, expected",
    [
        ({}, [0, 1, 0, 0]),
        ({"unit_forget_bias": False}, [0, 0, 0, 0]),
        ({"coupled": True}, [-1, 0, 0]),
        ({"coupled": True, "unit_forget_bias": False}, [0, 0, 0]),
        ({"forget_gate": False}, [0, 0, 0]),
    ],
)
def test_first_bias(options, expected):
    """unit_forget_bias makes a new cell remember: b_f = 1, or b_i = -1 where f = 1 - i."""
    layer = keras_seq.LSTM(2, **options)
    layer.build((None, 4, N))
    bias = layer.get_weights()[2].reshape(-1, 2)
    assert bias.tolist() == [[v, v] for v in expected]


@pytest.mark.parametrize("kind", ["LSTM", "GRU"])
def test_first_norm_is_gain_one_shift_zero(kind):
    layer = getattr(keras_seq, kind)(2, layer_norm=True)
    layer.build((None, 4, N))
    norms = [w for w in layer.trainable_variables if "_norm_" in w.name]
    assert len(norms) == (6 if kind == "LSTM" else 4)
    for weight in norms:
        wanted = 1.0 if weight.name.endswith("gamma") else 0.0
        assert (to_numpy(weight) == wanted).all(), weight.name
