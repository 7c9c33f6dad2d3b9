"""The Transformer's equations in float64 NumPy, one head and one place after the other."""

import math

import numpy as np


def positions(T, size, max_wavelength=10000.0):
    """P[t, 2i] = sin(t / max_wavelength^(2i / size)), P[t, 2i + 1] = cos(the same)."""
    table = np.zeros((T, size))
    for t in range(T):
        for i in range(size // 2):
            angle = t / max_wavelength ** (2 * i / size)
            table[t, 2 * i], table[t, 2 * i + 1] = math.sin(angle), math.cos(angle)
    return table


def rotated(x, max_wavelength=10000.0):
    """Rotary: the pairs of x (.., T, .., size) as complex numbers, times e^(i t / ..)."""
    T, size = x.shape[1], x.shape[-1]
    pairs = x[..., 0::2] + 1j * x[..., 1::2]
    turn = np.arange(T)[:, None] / max_wavelength ** (np.arange(0, size, 2) / size)
    pairs = pairs * np.exp(1j * turn)[:, None]
    return np.stack([pairs.real, pairs.imag], axis=-1).reshape(x.shape)


def norm(x, gamma, beta):
    mean, variance = x.mean(-1, keepdims=True), x.var(-1, keepdims=True)
    return (x - mean) / np.sqrt(variance + 1e-5) * gamma + beta


def attention(w, name, x, memory, visible, rotary=False):
    """(B, T, D): `visible` (B, T, S) says who sees whom."""
    q, k, v = (
        np.einsum("btd,dhe->bthe", given, w[f"{name}/{part}/kernel"]) + w[f"{name}/{part}/bias"]
        for part, given in (("query", x), ("key", memory), ("value", memory))
    )
    if rotary:
        q, k = rotated(q), rotated(k)
    out = np.zeros(x.shape) + w[f"{name}/attention_output/bias"]
    each = q.shape[2] // k.shape[2]
    for h in range(q.shape[2]):
        scores = q[:, :, h] @ k[:, :, h // each].swapaxes(1, 2) / math.sqrt(q.shape[-1])
        scores = np.where(visible, scores, -np.inf)
        weights = np.exp(scores - scores.max(-1, keepdims=True))
        weights /= weights.sum(-1, keepdims=True)
        out += weights @ v[:, :, h // each] @ w[f"{name}/attention_output/kernel"][h]
    return out


def gelu(x):
    return 0.5 * x * (1.0 + np.vectorize(math.erf)(x / math.sqrt(2.0)))


def feedforward(w, x, activation):
    if activation == "swiglu":
        up = x @ w["up/kernel"]
        return (up / (1 + np.exp(-up)) * (x @ w["gate/kernel"])) @ w["down/kernel"]
    up = x @ w["up/kernel"] + w["up/bias"]
    up = gelu(up) if activation == "gelu" else np.maximum(up, 0)
    return up @ w["down/kernel"] + w["down/bias"]


def block(w, x, memory=None, mask=None, memory_mask=None, causal=None, **options):
    """A block of either kind: the encoder's is not causal and has no memory."""
    B, T, _ = x.shape
    mask = np.ones((B, T), bool) if mask is None else mask
    mask_of_self = np.broadcast_to(mask[:, None], (B, T, T))
    if causal:
        mask_of_self = mask_of_self & np.tri(T, dtype=bool)
    rotary, activation = options.get("rotary", False), options.get("activation", "relu")

    def residual(x, name, sublayer):
        gamma, beta = w[f"{name}/gamma"], w[f"{name}/beta"]
        if options.get("normalize_first"):
            return x + sublayer(norm(x, gamma, beta))
        return norm(x + sublayer(x), gamma, beta)

    x = residual(
        x,
        "self_attention_norm",
        lambda x: attention(w, "self_attention", x, x, mask_of_self, rotary),
    )
    if memory is not None:
        if memory_mask is None:
            memory_mask = np.ones(memory.shape[:2], bool)
        there = np.broadcast_to(memory_mask[:, None], (B, T, memory.shape[1]))
        x = residual(
            x, "cross_attention_norm", lambda x: attention(w, "cross_attention", x, memory, there)
        )
    return residual(x, "feedforward_norm", lambda x: feedforward(w, x, activation))
