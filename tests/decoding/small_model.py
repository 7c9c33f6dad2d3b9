"""A small language model whose every sequence can be written down, in float64 NumPy."""

import itertools
import math

import numpy as np
from keras import ops

V, L, S, H = 4, 4, 3, 5
START, END = 1, 2


class SmallModel:
    """h' = tanh(h A + E[token]); logits h' W; its attention over the source is softmax(h' C)."""

    def __init__(self, rng, batch=3):
        shapes = {"A": (H, H), "E": (V, H), "W": (H, V), "C": (H, S)}
        self.weights = {name: rng.normal(0, 1.2, shape) for name, shape in shapes.items()}
        self.first = rng.normal(size=(batch, H))
        self.mask = np.arange(S) < rng.integers(1, S + 1, (batch, 1))

    def initial_state(self):
        nothing = np.zeros((len(self.first), S), "float32")
        return {
            "h": self.first.astype("float32"),
            "alignment": nothing,
            "source_mask": self.mask,
        }

    def step(self, tokens, state):
        w = {name: ops.convert_to_tensor(x.astype("float32")) for name, x in self.weights.items()}
        h = ops.tanh(ops.matmul(state["h"], w["A"]) + ops.take(w["E"], tokens, axis=0))
        looks = ops.where(state["source_mask"], ops.matmul(h, w["C"]), -math.inf)
        state = {**state, "h": h, "alignment": ops.softmax(looks)}
        return ops.matmul(h, w["W"]), state

    def steps_of(self, row, tokens):
        """The log probabilities (T, V) and alignments (T, S) on the way of `tokens`."""
        w, h = self.weights, self.first[row]
        logs, looks = [], []
        for token in [START, *tokens[:-1]]:
            h = np.tanh(h @ w["A"] + w["E"][token])
            logits = h @ w["W"]
            logs.append(logits - np.log(np.exp(logits).sum()))
            look = np.exp(h @ w["C"]) * self.mask[row]
            looks.append(look / look.sum())
        return np.array(logs), np.array(looks)

    def score(self, row, tokens, normalizer, coverage):
        logs, looks = self.steps_of(row, tokens)
        log_p = sum(log[token] for log, token in zip(logs, tokens, strict=True))
        covered = np.log(np.minimum(looks.sum(0)[self.mask[row]], 1.0)).sum()
        return log_p / normalizer(len(tokens)) + coverage * covered


def all_sequences(min_length):
    """Every sequence that ends with END, and those that are still open at length L."""
    others = [v for v in range(V) if v != END]
    for length in range(max(min_length, 1), L + 1):
        yield from ((*y, END) for y in itertools.product(others, repeat=length - 1))
    yield from itertools.product(others, repeat=L)


def ranked(model, row, normalizer, coverage=0.0, min_length=0):
    """(score, tokens) of all sequences, best first."""
    sequences = all_sequences(min_length)
    scored = [(model.score(row, y, normalizer, coverage), y) for y in sequences]
    return sorted(scored, reverse=True)


def beam(model, row, width, normalizer, coverage=0.0):
    """(score, tokens) of a beam, best first: the algorithm in a few lines of Python."""
    found = [(0.0, ())]
    for _ in range(L):
        going = [(s, y) for s, y in found if END not in y]
        longer = [(*y, v) for _, y in going for v in range(V)]
        frozen = [(s, y) for s, y in found if END in y]
        scored = [(model.score(row, y, normalizer, coverage), y) for y in longer]
        found = sorted(frozen + scored, reverse=True)[:width]
    return found
