"""Activations and their derivatives, by the names Keras gives them."""

import numpy as np


def sigmoid(x):
    return 0.5 * (1.0 + np.tanh(0.5 * x))


# name -> (value at x, slope given x and the value)
ACTIVATIONS = {
    "tanh": (np.tanh, lambda x, y: 1.0 - y * y),
    "sigmoid": (sigmoid, lambda x, y: y * (1.0 - y)),
    "relu": (lambda x: np.maximum(x, 0.0), lambda x, y: (x > 0.0).astype(x.dtype)),
    "linear": (lambda x: x, lambda x, y: np.ones_like(x)),
    "softsign": (lambda x: x / (1.0 + np.abs(x)), lambda x, y: 1.0 / (1.0 + np.abs(x)) ** 2),
    "hard_sigmoid": (
        lambda x: np.clip(x + 3.0, 0.0, 6.0) / 6.0,
        lambda x, y: (np.abs(x) < 3.0).astype(x.dtype) / 6.0,
    ),
}
