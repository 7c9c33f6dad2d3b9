"""The cells of the literature beyond LSTM and GRU: one step of each, in float64 NumPy.

An entry of `CATALOGUE` is all that the tests need to know of a cell: the arguments of its layer,
the shapes of its weights and states, and the step. Gradients are central differences of the steps.
"""

from collections.abc import Callable
from dataclasses import dataclass, field

import numpy as np

F, U = 3, 4  # features and units


@dataclass(frozen=True)
class Entry:
    """One cell with one set of options.

    weights: names and shapes, in the order of the layer.
    step: (weights, x, states) -> new states, the first of them the output.
    states: sizes of the states.
    """

    kind: str
    weights: dict
    step: Callable
    states: tuple = (U,)
    options: dict = field(default_factory=dict)
    trained: bool = True

    @property
    def name(self):
        options = (f"{k}={v}" for k, v in self.options.items() if k != "units")
        return ", ".join([self.kind, *options])


def run(entry, weights, inputs, states, mask=None, resets=None):
    """The cell over time: inputs (B, T, F) to outputs (B, T, .) and the last states.

    A masked step keeps the states and repeats the last output, zeros before the first real one.
    At a reset the states are zeros before the step.
    """
    batch, time = inputs.shape[:2]
    mask = np.ones((batch, time), bool) if mask is None else mask
    resets = np.zeros((batch, time), bool) if resets is None else resets
    output, outputs = np.zeros_like(states[0]), []
    for t in range(time):
        real, anew = mask[:, t, None], resets[:, t, None]
        states = [np.where(anew, 0.0, s) for s in states]
        with np.errstate(invalid="ignore"):  # at masked steps before the first there is 0 / 0
            new = entry.step(weights, inputs[:, t], states)
        output = np.where(real, new[0], np.where(anew, 0.0, output))
        states = [np.where(real, n, s) for n, s in zip(new, states, strict=True)]
        outputs.append(output)
    return np.stack(outputs, axis=1), states


def slopes(entry, weights, inputs, states, cotangents, mask=None, resets=None, step=1e-5):
    """Gradients of sum(results * cotangents) by central differences of `run`.

    Rows do not mix, so an entry of the inputs is moved in all rows at once.

    Returns:
        dict of "inputs", "states" and the names of the weights.
    """

    def loss(weights, inputs, states):
        outputs, finals = run(entry, weights, inputs, states, mask, resets)
        rows = (outputs * cotangents[0]).sum(axis=(1, 2))
        return rows + sum((f * c).sum(axis=1) for f, c in zip(finals, cotangents[1:], strict=True))

    def moved(x, index, by):
        x = x.copy()
        x[index] += by
        return x

    def slope(of):
        return (of(step) - of(-step)) / (2 * step)

    d_inputs = np.zeros_like(inputs)
    for t, f in np.ndindex(inputs.shape[1:]):
        at = (slice(None), t, f)
        d_inputs[at] = slope(lambda by, at=at: loss(weights, moved(inputs, at, by), states))
    d_states = [np.zeros_like(s) for s in states]
    for n, state in enumerate(states):
        for u in range(state.shape[1]):
            at = (slice(None), u)

            def of(by, n=n, at=at):
                return loss(
                    weights, inputs, [*states[:n], moved(states[n], at, by), *states[n + 1 :]]
                )

            d_states[n][at] = slope(of)
    d_weights = {name: np.zeros_like(w) for name, w in weights.items()}
    for name, weight in weights.items():
        for at in np.ndindex(weight.shape):

            def of(by, name=name, at=at):
                given = {**weights, name: moved(weights[name], at, by)}
                return loss(given, inputs, states).sum()

            d_weights[name][at] = slope(of)
    return {"inputs": d_inputs, "states": d_states, **d_weights}


def sigmoid(x):
    return 1.0 / (1.0 + np.exp(-x))


def relu(x):
    return np.maximum(x, 0.0)


def blocks(x, count):
    return np.split(x, count, axis=-1)


def gated(kernel=1, recurrent=None, bias=None):
    """Shapes of a kernel, a recurrent kernel and a bias of so many blocks."""
    recurrent = kernel if recurrent is None else recurrent
    bias = kernel if bias is None else bias
    return {"kernel": (F, kernel * U), "recurrent_kernel": (U, recurrent * U), "bias": (bias * U,)}


def elman(w, x, states, act=np.tanh):
    return [act(x @ w["kernel"] + states[0] @ w["recurrent_kernel"] + w["bias"])]


def irnn(w, x, states):
    return elman(w, x, states, relu)


def jordan(w, x, states):
    (h,) = elman(w, x, states)
    return [h @ w["output_kernel"] + w["output_bias"]]


def residual_linear(w, x, states):
    return [states[0] + np.tanh(x @ w["kernel"] + w["bias"])]


def residual_nonlinear(w, x, states):
    return [states[0] + elman(w, x, states)[0]]


def residual_gated(w, x, states):
    z, n = blocks(x @ w["kernel"] + states[0] @ w["recurrent_kernel"] + w["bias"], 2)
    return [states[0] + sigmoid(z) * np.tanh(n)]


def clockwork(w, x, states):
    """Periods 1 and 3, two units each: the slow ones do not hear the fast ones."""
    h, clock = states
    fast, slow = h[:, :2], h[:, 2:]
    sums = x @ w["kernel"] + w["bias"]
    R = w["recurrent_kernel"]
    new_fast = np.tanh(sums[:, :2] + fast @ R[:2, :2] + slow @ R[2:, :2])
    new_slow = np.tanh(sums[:, 2:] + slow @ R[2:, 2:])
    new_fast = np.where(clock[:, :1] == 0, new_fast, fast)
    new_slow = np.where(clock[:, 1:] == 0, new_slow, slow)
    clock = np.stack([0 * clock[:, 0], (clock[:, 1] + 1) % 3], axis=1)
    return [np.concatenate([new_fast, new_slow], axis=1), clock]


def scrn(w, x, states):
    h, s = states[0][:, :U], states[0][:, U:]
    A, B = w["kernel"][:, :U], w["kernel"][:, U:]
    a = sigmoid(w["decay_logit"]) if "decay_logit" in w else 0.9
    s = (1 - a) * (x @ B) + a * s
    h = sigmoid(x @ A + s @ w["context_kernel"] + h @ w["recurrent_kernel"])
    return [np.concatenate([h, s], axis=1)]


def mgu(w, x, states):
    (h,) = states
    W_f, W_h = blocks(w["kernel"], 2)
    R_f, R_h = blocks(w["recurrent_kernel"], 2)
    b_f, b_h = blocks(w["bias"], 2)
    f = sigmoid(x @ W_f + h @ R_f + b_f)
    return [(1 - f) * h + f * np.tanh(x @ W_h + (f * h) @ R_h + b_h)]


def ligru(w, x, states):
    z, n = blocks(x @ w["kernel"] + states[0] @ w["recurrent_kernel"] + w["bias"], 2)
    return [sigmoid(z) * states[0] + (1 - sigmoid(z)) * relu(n)]


def indrnn(w, x, states):
    return [relu(x @ w["kernel"] + states[0] * w["recurrent_kernel"] + w["bias"])]


def janet(w, x, states):
    s, n = blocks(x @ w["kernel"] + states[0] @ w["recurrent_kernel"] + w["bias"], 2)
    return [sigmoid(s) * states[0] + (1 - sigmoid(s - 1.0)) * np.tanh(n)]


def fast_rnn(w, x, states):
    return [sigmoid(w["alpha"]) * elman(w, x, states)[0] + sigmoid(w["beta"]) * states[0]]


def fast_grnn(w, x, states):
    shared = x @ w["kernel"] + states[0] @ w["recurrent_kernel"]
    z, n = sigmoid(shared + w["bias"][0]), np.tanh(shared + w["bias"][1])
    return [(sigmoid(w["zeta"]) * (1 - z) + sigmoid(w["nu"])) * n + z * states[0]]


def rhn(w, x, states):
    (s,) = states
    R = blocks(w["recurrent_kernel"], 3)
    for layer in range(3):
        sums = s @ R[layer] + w["bias"][layer] + (x @ w["kernel"] if layer == 0 else 0.0)
        n, t = blocks(sums, 2)
        s = sigmoid(t) * np.tanh(n) + (1 - sigmoid(t)) * s
    return [s]


def cornn(w, x, states):
    y, z = states
    R_y, R_z = blocks(w["recurrent_kernel"], 2)
    z = z + 0.1 * (np.tanh(x @ w["kernel"] + y @ R_y + z @ R_z + w["bias"]) - 1.5 * y - 0.7 * z)
    return [y + 0.1 * z, z]


def lem(w, x, states):
    y, z = states
    x_d, x_e, x_z, x_y = blocks(x @ w["kernel"] + w["bias"], 4)
    R_d, R_e, R_z, R_y = blocks(w["recurrent_kernel"], 4)
    d, e = 0.5 * sigmoid(x_d + y @ R_d), 0.5 * sigmoid(x_e + y @ R_e)
    z = (1 - d) * z + d * np.tanh(x_z + y @ R_z)
    return [(1 - e) * y + e * np.tanh(x_y + z @ R_y), z]


def ugrnn(w, x, states):
    g, n = blocks(x @ w["kernel"] + states[0] @ w["recurrent_kernel"] + w["bias"], 2)
    return [sigmoid(g) * states[0] + (1 - sigmoid(g)) * np.tanh(n)]


def antisymmetric(w, x, states):
    (h,) = states
    A = w["recurrent_kernel"] - w["recurrent_kernel"].T - 0.01 * np.eye(U)
    return [h + 0.1 * np.tanh(x @ w["kernel"] + h @ A + w["bias"])]


def antisymmetric_gated(w, x, states):
    (h,) = states
    A = w["recurrent_kernel"] - w["recurrent_kernel"].T - 0.01 * np.eye(U)
    x_z, x_h = blocks(x @ w["kernel"] + w["bias"], 2)
    return [h + 0.1 * sigmoid(x_z + h @ A) * np.tanh(x_h + h @ A)]


def multiplicative_lstm(w, x, states):
    h, c = states
    W_m, R_m = w["kernel"][:, 4 * U :], w["recurrent_kernel"][:, 4 * U :]
    m = (x @ W_m) * (h @ R_m)
    sums = x @ w["kernel"][:, : 4 * U] + m @ w["recurrent_kernel"][:, : 4 * U] + w["bias"]
    i, f, g, o = blocks(sums, 4)
    c = sigmoid(f) * c + sigmoid(i) * np.tanh(g)
    return [sigmoid(o) * np.tanh(c), c]


def slstm(w, x, states, log_forget=lambda f: np.log(sigmoid(f))):
    h, c, n, m = states
    i, f, g, o = blocks(x @ w["kernel"] + h @ w["recurrent_kernel"] + w["bias"], 4)
    log_f = log_forget(f) + m
    m = np.maximum(log_f, i)
    c = np.exp(log_f - m) * c + np.exp(i - m) * np.tanh(g)
    n = np.exp(log_f - m) * n + np.exp(i - m)
    return [sigmoid(o) * c / n, c, n, m]


def slstm_of_two_heads(w, x, states):
    R = w["recurrent_kernel"].reshape(U, 4, U).copy()
    R[:2, :, 2:] = R[2:, :, :2] = 0.0
    return slstm({**w, "recurrent_kernel": R.reshape(U, 4 * U)}, x, states, lambda f: f)


def minimal_rnn(w, x, states):
    (h,) = states
    z = np.tanh(x @ w["kernel"] + w["bias"][0])
    R_h, R_z = blocks(w["recurrent_kernel"], 2)
    u = sigmoid(h @ R_h + z @ R_z + w["bias"][1])
    return [u * h + (1 - u) * z]


def brc(w, x, states):
    (h,) = states
    x_a, x_c, x_h = blocks(x @ w["kernel"] + w["bias"], 3)
    a = 1 + np.tanh(x_a + w["recurrent_kernel"][0] * h)
    c = sigmoid(x_c + w["recurrent_kernel"][1] * h)
    return [c * h + (1 - c) * np.tanh(x_h + a * h)]


def nbrc(w, x, states):
    (h,) = states
    x_a, x_c, x_h = blocks(x @ w["kernel"] + w["bias"], 3)
    R_a, R_c = blocks(w["recurrent_kernel"], 2)
    a, c = 1 + np.tanh(x_a + h @ R_a), sigmoid(x_c + h @ R_c)
    return [c * h + (1 - c) * np.tanh(x_h + a * h)]


def star(w, x, states):
    (h,) = states
    x_k, x_h = blocks(x @ w["kernel"] + w["bias"], 2)
    k = sigmoid(x_k + h @ w["recurrent_kernel"])
    return [np.tanh((1 - k) * h + k * np.tanh(x_h))]


def ran(w, x, states):
    h, c = states
    x_i, x_f, x_c = blocks(x @ w["kernel"], 3)
    R_i, R_f = blocks(w["recurrent_kernel"], 2)
    b_i, b_f = blocks(w["bias"], 2)
    c = sigmoid(x_f + h @ R_f + b_f) * c + sigmoid(x_i + h @ R_i + b_i) * x_c
    return [np.tanh(c), c]


def cfn(w, x, states):
    (h,) = states
    x_t, x_e, x_h = blocks(x @ w["kernel"], 3)
    R_t, R_e = blocks(w["recurrent_kernel"], 2)
    b_t, b_e = blocks(w["bias"], 2)
    return [sigmoid(x_t + h @ R_t + b_t) * np.tanh(h) + sigmoid(x_e + h @ R_e + b_e) * np.tanh(x_h)]


def nas(w, x, states):
    h, c = states
    p = blocks(x @ w["kernel"], 8)
    q = blocks(h @ w["recurrent_kernel"] + w["bias"], 8)
    one = np.tanh(sigmoid(p[0] + q[0]) * relu(p[1] + q[1]))
    two = np.tanh(sigmoid(p[2] + q[2]) + relu(p[3] * q[3]))
    three = np.tanh(np.tanh(p[4] + q[4]) * sigmoid(p[5] + q[5]))
    four = sigmoid(np.tanh(p[6] + q[6]) + sigmoid(p[7] + q[7]))
    c = np.tanh(one + c) * two
    return [np.tanh(c * np.tanh(three + four)), c]


def unicornn(w, x, states):
    y, z = states
    s = 0.1 * sigmoid(w["control"])
    z = z - s * (np.tanh(x @ w["kernel"] + w["recurrent_kernel"] * y + w["bias"]) + 0.5 * y)
    return [y + s * z, z]


def esn(w, x, states):
    return [0.4 * states[0] + 0.6 * elman(w, x, states)[0]]


def g(a):
    return np.where(a >= 0, a + 0.5, sigmoid(a))


def min_gru(w, x, states):
    z, n = blocks(x @ w["kernel"] + w["bias"], 2)
    return [(1 - sigmoid(z)) * states[0] + sigmoid(z) * g(n)]


def min_lstm(w, x, states):
    i, f, n = blocks(x @ w["kernel"] + w["bias"], 3)
    i, f = sigmoid(i), sigmoid(f)
    return [(f * states[0] + i * g(n)) / (i + f)]


def lru(w, x, states):
    """The state has two units, the output U."""
    s = states[1] + 1j * states[2]
    B, D = w["kernel"][:, :2] + 1j * w["kernel"][:, 2:4], w["kernel"][:, 4:]
    C = w["output_kernel"][:2] + 1j * w["output_kernel"][2:]
    eigenvalues = np.exp(-np.exp(w["nu_log"]) + 1j * np.exp(w["theta_log"]))
    s = eigenvalues * s + np.exp(w["gamma_log"]) * (x @ B)
    return [(s @ C).real + x @ D + w["bias"], s.real, s.imag]


BRC = {"kernel": (F, 3 * U), "recurrent_kernel": (2, U), "bias": (3 * U,)}
SCRN = {"kernel": (F, U + 2), "recurrent_kernel": (U, U), "context_kernel": (2, U)}
JORDAN = {"recurrent_kernel": (2, U), "output_kernel": (U, 2), "output_bias": (2,)}
STEP = {"zeta": (1,), "nu": (1,)}
LRU = {
    "kernel": (F, 4 + U),
    "bias": (U,),
    "output_kernel": (4, U),
    "nu_log": (2,),
    "theta_log": (2,),
    "gamma_log": (2,),
}

CATALOGUE = [
    Entry("SimpleRNN", gated(), elman),
    Entry("IRNN", gated(), irnn),
    Entry("Jordan", {**gated(), **JORDAN}, jordan, (2,), {"output_units": 2}),
    Entry(
        "ResidualRNN",
        {"kernel": (F, U), "bias": (U,)},
        residual_linear,
        options={"form": "linear"},
    ),
    Entry("ResidualRNN", gated(), residual_nonlinear, options={"form": "nonlinear"}),
    Entry("ResidualRNN", gated(2), residual_gated),
    Entry("ClockworkRNN", gated(), clockwork, (U, 2), {"periods": [1, 3]}),
    Entry("SCRN", SCRN, scrn, (U + 2,), {"context_units": 2, "decay": 0.9}),
    Entry(
        "SCRN",
        {**SCRN, "decay_logit": (2,)},
        scrn,
        (U + 2,),
        {"context_units": 2, "learn_decay": True},
    ),
    Entry("MGU", gated(2), mgu),
    Entry("LiGRU", gated(2), ligru),
    Entry("IndRNN", {**gated(), "recurrent_kernel": (U,)}, indrnn),
    Entry("JANET", gated(2), janet),
    Entry("FastRNN", {**gated(), "alpha": (1,), "beta": (1,)}, fast_rnn),
    Entry("FastGRNN", {**gated(), "bias": (2, U), **STEP}, fast_grnn),
    Entry("RHN", {**gated(2, 6), "bias": (3, 2 * U)}, rhn, options={"depth": 3}),
    Entry(
        "CoRNN",
        gated(1, 2),
        cornn,
        (U, U),
        {"dt": 0.1, "gamma": 1.5, "epsilon": 0.7},
    ),
    Entry("LEM", gated(4), lem, (U, U), {"dt": 0.5}),
    Entry("UGRNN", gated(2), ugrnn),
    Entry("AntisymmetricRNN", gated(), antisymmetric),
    Entry("AntisymmetricRNN", gated(2, 1), antisymmetric_gated, options={"gated": True}),
    Entry("MultiplicativeLSTM", gated(5, bias=4), multiplicative_lstm, (U, U)),
    Entry("SLSTM", gated(4), slstm, (U, U, U, U)),
    Entry(
        "SLSTM",
        gated(4),
        slstm_of_two_heads,
        (U, U, U, U),
        {"forget": "exp", "heads": 2},
    ),
    Entry("MinimalRNN", {**gated(1, 2), "bias": (2, U)}, minimal_rnn),
    Entry("BRC", BRC, brc),
    Entry("NBRC", gated(3, 2), nbrc),
    Entry("STAR", gated(2, 1), star),
    Entry("RAN", gated(3, 2, 2), ran, (U, U)),
    Entry("CFN", gated(3, 2, 2), cfn),
    Entry("NAS", gated(8), nas, (U, U)),
    Entry(
        "UnICORNN",
        {**gated(), "recurrent_kernel": (U,), "control": (U,)},
        unicornn,
        (U, U),
        {"alpha": 0.5},
    ),
    Entry("ESN", gated(), esn, options={"leaky": 0.6}, trained=False),
    Entry("MinGRU", {"kernel": (F, 2 * U), "bias": (2 * U,)}, min_gru),
    Entry("MinLSTM", {"kernel": (F, 3 * U), "bias": (3 * U,)}, min_lstm),
    Entry("LRU", LRU, lru, (U, 2, 2), {"state_units": 2}),
]
