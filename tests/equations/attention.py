"""The equations of attention, one query at a time, in float64 NumPy."""

import numpy as np

from tests.equations.activation import sigmoid


def scores(weights, query, memory, so_far, options):
    """(S,): how well the query (Q,) and each place of the memory (S, M) go together."""
    if "score" in options:
        product = memory @ weights["kernel"] @ query if "kernel" in weights else memory @ query
        return product / np.sqrt(len(query)) if options["score"] == "scaled_dot" else product
    v, bias = weights["vector"], 0.0
    if options.get("normalize"):
        v, bias = weights["scale"] * v / np.linalg.norm(v), weights["bias"]
    hidden = query @ weights["query_kernel"] + memory @ weights["key_kernel"] + bias
    if options.get("coverage"):
        hidden = hidden + np.outer(so_far, weights["coverage_vector"])
    return np.tanh(hidden) @ v


def softmax(e):
    return np.exp(e - e.max()) / np.exp(e - e.max()).sum()


def onward(p, before):
    """Raffel et al., equation 11, as the walk it is."""
    weights, arriving = np.zeros_like(p), 0.0
    for i in range(len(p)):
        arriving += before[i]
        weights[i] = arriving * p[i]
        arriving *= 1.0 - p[i]
    return weights


def look(weights, query, memory, real, before, so_far, options):
    """context (M,) and weights (S,) of one query; only the real places exist."""
    found = np.zeros(len(memory))
    places = np.flatnonzero(real)
    memory = np.where(real[:, None], memory, 0.0)
    if len(places):
        e = scores(weights, query, memory[places], so_far[places], options)
        if options.get("monotonic"):
            p = np.zeros(len(memory))
            p[places] = sigmoid(e + weights["threshold"])
            found = onward(p, before)
        elif (D := options.get("local")) is not None:
            place = np.tanh(query @ weights["place_kernel"]) @ weights["place_vector"]
            away = np.arange(len(places)) - len(places) * sigmoid(place)
            a = softmax(np.where(np.abs(away) <= D, e, -np.inf))
            found[places] = a * np.exp(-(away**2) / (2 * (D / 2) ** 2))
        else:
            found[places] = softmax(e)
    return found @ memory, found


def attend(weights, queries, memory, mask, options):
    """queries (B, T, Q) in turn to contexts (B, T, M) and weights (B, T, S)."""
    mask = np.ones(memory.shape[:2], bool) if mask is None else mask
    contexts, found = [], []
    for query, m, real in zip(queries, memory, mask, strict=True):
        before, so_far = np.eye(len(m))[0], np.zeros(len(m))
        steps = []
        for q in query:
            context, before = look(weights, q, m, real, before, so_far, options)
            so_far = so_far + before
            steps.append((context, before))
        contexts.append([c for c, _ in steps])
        found.append([a for _, a in steps])
    return np.array(contexts), np.array(found)


def gru_step(weights, x, h):
    """`keras.layers.GRUCell`, reset after."""
    given, own = weights["bias"]
    s = np.split(h @ weights["recurrent_kernel"] + own, 3, axis=-1)
    x = np.split(x @ weights["kernel"] + given, 3, axis=-1)
    z, r = sigmoid(x[0] + s[0]), sigmoid(x[1] + s[1])
    return z * h + (1 - z) * np.tanh(x[2] + r * s[2])


def decode(weights, inputs, memory, mask, options, feeding=True):
    """A GRU that looks at every step: outputs (B, T, units) and weights (B, T, S)."""
    mask = np.ones(memory.shape[:2], bool) if mask is None else mask
    outputs, found = [], []
    for row, m, real in zip(inputs, memory, mask, strict=True):
        h = np.zeros(weights["recurrent_kernel"].shape[0])
        output = np.zeros(weights["combine"].shape[1])
        before, so_far = np.eye(len(m))[0], np.zeros(len(m))
        steps = []
        for x in row:
            h = gru_step(weights, np.concatenate([x, output]) if feeding else x, h)
            context, before = look(weights, h, m, real, before, so_far, options)
            so_far = so_far + before
            output = np.tanh(np.concatenate([context, h]) @ weights["combine"])
            steps.append((output, before))
        outputs.append([o for o, _ in steps])
        found.append([a for _, a in steps])
    return np.array(outputs), np.array(found)
