"""The product of a state and the kernel of all gates, under the dropout masks of the two kinds."""

import numpy as np


class Matrix:
    """The product of vectors (B, F) and a kernel (F, W)."""

    def forward(self, x, kernel):
        return x @ kernel

    def backward(self, x, kernel, d_y):
        """The gradients with respect to x and kernel."""
        return d_y @ kernel.T, x.T @ d_y


MATRIX = Matrix()


def product(x, kernel, mask=None, times=MATRIX):
    """x times kernel. mask: None, (B, F) one for all gates, or (B, G, F) one for each gate."""
    if mask is None:
        return times.forward(x, kernel)
    if mask.ndim == x.ndim:
        return times.forward(x * mask, kernel)
    gates = np.split(kernel, mask.shape[1], axis=-1)
    parts = [times.forward(x * mask[:, g], gate) for g, gate in enumerate(gates)]
    return np.concatenate(parts, axis=-1)


def product_backward(x, kernel, mask, d_y, times=MATRIX):
    """The gradients with respect to x and kernel."""
    if mask is None:
        return times.backward(x, kernel, d_y)
    if mask.ndim == x.ndim:
        d_x, d_kernel = times.backward(x * mask, kernel, d_y)
        return d_x * mask, d_kernel
    gates = np.split(kernel, mask.shape[1], axis=-1)
    d_gates = np.split(d_y, mask.shape[1], axis=-1)
    d_x, d_kernel = 0.0, []
    for g, gate in enumerate(gates):
        d_dropped, d_gate = times.backward(x * mask[:, g], gate, d_gates[g])
        d_x = d_x + d_dropped * mask[:, g]
        d_kernel.append(d_gate)
    return d_x, np.concatenate(d_kernel, axis=-1)
