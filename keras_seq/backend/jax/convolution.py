"""The recurrent convolution and its loop over time, in the forms that are fast on XLA's CPU."""

import itertools

import jax
import jax.numpy as jnp
from jax import lax

WRITE_OUT = 32  # time steps at most, for each is compiled by itself


class Convolution:
    """Frames (B, H, W, F) and a kernel (k, k, F, G F), stride 1, padding "same".

    Inside a compiled loop XLA's CPU runs a convolution 20 to 50 times as long as outside. So a
    short loop is written out, and a long one multiplies patches: forwards 10 steps of
    (4, 64, 64, 32) with a kernel of 3 by 3 took 0.05 s and 0.24 s on 2 cores. The gradient of the
    kernel by patches, step by step, took a fifth of the time of XLA's own.

    Args:
        kernel: (k, k, F, G F).
        steps: how many times it will be used in a row.
    """

    def __init__(self, kernel, steps):
        self.kernel, self.write_out = kernel, isinstance(steps, int) and steps <= WRITE_OUT
        sizes = kernel.shape[:-2]
        self.before, self.after = [(k - 1) // 2 for k in sizes], [k // 2 for k in sizes]

    def recurrent_conv(self, h):
        """The gates' part, (B, H, W, G F)."""
        if self.write_out:
            return _convolved(h, self.kernel, self.before, self.after)
        patches = _patches(h, self.before, self.after)
        return patches @ self.kernel.reshape(-1, self.kernel.shape[-1])

    def recurrent_convs(self, hs, kernel):
        """The gates' part by another kernel, all steps at once, hs an array or a list of them.

        By patches, which are computed again for the gradient of the kernel.
        """
        columns = kernel.reshape(-1, kernel.shape[-1])

        @jax.checkpoint
        def step(h):
            return _patches(h, self.before, self.after) @ columns

        return lax.map(step, jnp.stack(hs) if isinstance(hs, list) else hs)

    def over_steps(self, step, carry, xs):
        """`lax.scan`, written out where the convolution is; then each y is a list of all steps."""
        if not self.write_out:
            return lax.scan(step, carry, xs)
        xs, tree = jax.tree.flatten(xs, is_leaf=lambda x: isinstance(x, list))
        xs = [x if isinstance(x, list) else _unstacked(x) for x in xs]
        ys = []
        for now in zip(*xs, strict=True):
            carry, y = step(carry, tree.unflatten(now))
            ys.append(y)
        return carry, jax.tree.map(lambda *y: list(y), *ys)


def computed_once(x):
    """x (..., F), which XLA then writes to memory instead of computing it anew for each use.

    A chain of elementwise steps that is written out is fused into everything that reads from it,
    in spite of any barrier, but a product is not: the backward pass took 0.10 s with it and 0.27 s
    without, and a quarter of the time to compile.
    """
    return jnp.matmul(x, jnp.eye(x.shape[-1], dtype=x.dtype), precision=lax.Precision.HIGHEST)


def _unstacked(x):
    # The transpose of a split is a concatenation, that of an index a sum over all steps.
    return [jnp.squeeze(part, 0) for part in lax.split(x, [1] * len(x))]


def _convolved(x, kernel, before, after):
    space = "DHW"[5 - x.ndim :]
    return lax.conv_general_dilated(
        x,
        kernel,
        window_strides=[1] * len(space),
        padding=list(zip(before, after, strict=True)),
        dimension_numbers=(f"N{space}C", f"{space}IO", f"N{space}C"),
    )


def _shifts(x, before, after):
    """For each tap what stands at its place from every pixel; zeros outside the frame."""
    padded = jnp.pad(x, ((0, 0), *zip(before, after, strict=True), (0, 0)))
    taps = (range(a + b + 1) for a, b in zip(before, after, strict=True))
    for tap in itertools.product(*taps):
        where = (slice(t, t + n) for t, n in zip(tap, x.shape[1:-1], strict=True))
        yield tap, padded[(slice(None), *where)]


def _patches(x, before, after):
    """All of them side by side: (B, H, W, k k F)."""
    return jnp.concatenate([shifted for _, shifted in _shifts(x, before, after)], axis=-1)
