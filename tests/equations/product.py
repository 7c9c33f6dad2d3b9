"""The product of a vector and the kernel of all gates, under the dropout masks of the two kinds."""

import numpy as np


def product(x, kernel, mask=None):
    """x @ kernel. mask: None, (B, F) one for all gates, or (B, G, F) one for each gate."""
    if mask is None:
        return x @ kernel
    if mask.ndim == 2:
        return (x * mask) @ kernel
    gates = np.split(kernel, mask.shape[1], axis=1)
    return np.concatenate([(x * mask[:, g]) @ gates[g] for g in range(len(gates))], axis=1)


def product_backward(x, kernel, mask, d_y):
    """The gradients with respect to x and kernel."""
    if mask is None:
        return d_y @ kernel.T, x.T @ d_y
    if mask.ndim == 2:
        return (d_y @ kernel.T) * mask, (x * mask).T @ d_y
    gates = np.split(kernel, mask.shape[1], axis=1)
    d_gates = np.split(d_y, mask.shape[1], axis=1)
    d_x = sum((d_gates[g] @ gates[g].T) * mask[:, g] for g in range(len(gates)))
    d_kernel = [(x * mask[:, g]).T @ d_gates[g] for g in range(len(gates))]
    return d_x, np.concatenate(d_kernel, axis=1)
