"""Layer normalization over the last axis (Ba et al., 2016), forward and backward."""

import numpy as np

EPSILON = 1e-3


def normalize(x, gamma, beta):
    """y = gamma * (x - mean) / sqrt(variance + 1e-3) + beta, and what the backward pass needs."""
    centred = x - x.mean(axis=-1, keepdims=True)
    scale = 1.0 / np.sqrt((centred**2).mean(axis=-1, keepdims=True) + EPSILON)
    unit = centred * scale
    return gamma * unit + beta, (unit, scale, gamma)


def normalise_backward(kept, d_y):
    """The gradients with respect to x, gamma and beta."""
    unit, scale, gamma = kept
    d_unit = d_y * gamma
    d_x = scale * (
        d_unit
        - d_unit.mean(axis=-1, keepdims=True)
        - unit * (d_unit * unit).mean(axis=-1, keepdims=True)
    )
    rows = tuple(range(d_y.ndim - 1))
    return d_x, (d_y * unit).sum(axis=rows), d_y.sum(axis=rows)
