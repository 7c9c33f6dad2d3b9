"""GRU over time for PyTorch: one product a step, and the analytic backward pass."""

import torch

from keras_seq.backend import native_support, reference
from keras_seq.backend.torch.product import Product, Transposed, kernel_gradient
from keras_seq.backend.torch.replay import Replay
from keras_seq.backend.torch.steps import each_step, freeze
from keras_seq.backend.torch.transforms import gives_way_to, wants_graph

why_not = native_support.why_not


@gives_way_to(reference.run)
def run(cell, inputs, states, mask=None, dropout_masks=None, unroll=False):
    """`reference.run` for a GRUCell.

    The gates are computed in place of the projections. The backward pass takes all elementwise
    factors at once, before its loop, which is left with one product (two for reset="before")
    and two small operations.
    """
    projected = cell.project(inputs, dropout_masks)
    loop = native_support.gru_loop(cell, mask, dropout_masks, projected)
    freeze(projected, mask, cell.units, loop.frozen)
    hidden = _GRU.apply(
        projected,
        loop.R,
        *states,
        loop.d,
        loop.drop,
        loop.rate,
        loop.reset,
        loop.update,
        torch.is_grad_enabled(),
        Replay(cell, mask, dropout_masks),
        inputs,
    )
    return hidden, [hidden[-1]]


def _products(kind, R, batch, drop, reset):
    """One product for all gates, or for reset="before" one for z, r and one for h."""
    if reset != "before":
        return (kind(R, batch, drop),)
    U = R.shape[-1] // 3
    drops = (drop[:2], drop[2:]) if drop is not None and drop.ndim == 3 else (drop, drop)
    return kind(R[:, : 2 * U], batch, drops[0]), kind(R[:, 2 * U :], batch, drops[1])


class _GRU(torch.autograd.Function):
    """Time-major sequences: z (T, B, G U), hidden (T, B, U)."""

    @staticmethod
    def forward(ctx, z, R, h0, d, drop, rate, reset, update, grad_enabled, replay, inputs):
        T, B, _ = z.shape
        U = h0.shape[-1]
        wanted = grad_enabled and any(ctx.needs_input_grad)
        z = z.detach()
        blocks = z.unflatten(-1, (-1, U))
        hidden = z.new_empty(T, B, U)
        # The state's part of the candidate, which r multiplies.
        inner = z.new_empty(T if wanted else 1, B, U).expand(T, B, U)
        recurrent = z.new_empty(B, z.shape[-1])
        products = _products(Product, R, B, drop, reset)
        early = blocks.shape[2] - 1  # gates before the candidate
        rows, opening = z.unbind(), z[..., : early * U].unbind()
        updates, candidates = blocks[:, :, 0].unbind(), blocks[:, :, -1].unbind()
        resets = blocks[:, :, 1].unbind()
        hs, inners, rates = hidden.unbind(), inner.unbind(), each_step(rate, T)
        h = h0
        for t in range(T):
            n = candidates[t]
            if reset == "after":
                recurrent.zero_() if d is None else recurrent.copy_(d)
                products[0].add(recurrent, h)
                opening[t].add_(recurrent[:, : 2 * U]).sigmoid_()
                n.addcmul_(resets[t], inners[t].copy_(recurrent[:, 2 * U :])).tanh_()
            elif reset == "before":
                products[0].add(opening[t], h)
                opening[t].sigmoid_()
                products[1].add(n, torch.mul(resets[t], h, out=inners[t]))
                n.tanh_()
            else:
                products[0].add(rows[t], h)
                opening[t].sigmoid_()
                n.tanh_()
            new = hs[t]
            if update == "keep":
                torch.lerp(n, h, updates[t], out=new)
            else:
                torch.lerp(h, n, updates[t], out=new)
            if rate is not None:
                torch.lerp(h, new, rates[t], out=new)
            h = new
        ctx.save_for_backward(z, R, h0, d, drop, hidden, inner, inputs, *replay.values())
        ctx.replay = replay
        ctx.options = rate, reset, update
        return hidden

    @staticmethod
    def backward(ctx, d_hidden):
        z, R, h0, d, drop, hidden, inner, *for_replay = ctx.saved_tensors
        if wants_graph(d_hidden):
            weights = {"recurrent_kernel": R, "recurrent_bias": d}
            dz, (d_h,), (d_R, d_d) = ctx.replay.gradients(for_replay, (h0,), weights, (d_hidden,))
            return dz, d_R, d_h, d_d, *[None] * 7
        rate, reset, update = ctx.options
        T, B, U = hidden.shape
        blocks = z.unflatten(-1, (-1, U))
        gate, n = blocks[:, :, 0], blocks[:, :, -1]
        before = torch.cat([h0[None], hidden[:-1]])
        keep = gate if update == "keep" else 1 - gate

        # Factors, all steps at once: the gradient of the sum inside a gate is to_<gate> times that
        # of h', and to_before leads from h' to h.
        dz = torch.empty_like(z)
        factors = dz.unflatten(-1, (-1, U))
        to_z = torch.mul(1 - gate, gate, out=factors[:, :, 0])
        to_z.mul_(before - n if update == "keep" else n - before)
        to_n = torch.mul(1 - n * n, 1 - keep, out=factors[:, :, -1])
        to_before = keep
        if rate is not None:
            to_z.mul_(rate)
            to_n.mul_(rate)
            to_before = 1 - rate * (1 - keep)
        straight = to_n
        if reset == "after":
            r = blocks[:, :, 1]
            torch.mul(1 - r, r, out=factors[:, :, 1]).mul_(inner).mul_(to_n)
            straight = to_n.clone()
            to_n.mul_(r)
        elif reset == "before":
            r = blocks[:, :, 1]
            to_r = torch.mul(1 - r, r, out=factors[:, :, 1]).mul_(before)

        totals = torch.cat([torch.zeros_like(h0)[None], d_hidden])  # gradients of h0, h1, ...
        back = _products(Transposed, R, B, drop, reset)
        d_h, grads, to_before = totals.unbind(), dz.unbind(), to_before.unbind()
        if reset == "before":
            d_zs, d_rs, d_ns = to_z.unbind(), to_r.unbind(), to_n.unbind()
            opening, rs = dz[..., : 2 * U].unbind(), r.unbind()
        else:
            every = factors.unbind()
        for t in range(T - 1, -1, -1):
            d_new, d_old = d_h[t + 1], d_h[t]
            d_old.addcmul_(d_new, to_before[t])
            if reset == "before":
                d_zs[t].mul_(d_new)
                d_ns[t].mul_(d_new)
                d_inner = torch.zeros_like(h0)
                back[1].add(d_inner, d_ns[t])
                d_rs[t].mul_(d_inner)
                d_old.addcmul_(d_inner, rs[t])
                back[0].add(d_old, opening[t])
            else:
                every[t].mul_(d_new[:, None])
                back[0].add(d_old, grads[t])

        if reset == "before":
            split = (drop[:2], drop[2:]) if drop is not None and drop.ndim == 3 else (drop, drop)
            d_R = torch.cat(
                [
                    kernel_gradient(before, dz[..., : 2 * U], split[0]),
                    kernel_gradient(inner, dz[..., 2 * U :], split[1]),
                ],
                dim=-1,
            )
        else:
            d_R = kernel_gradient(before, dz, drop)
        d_d = None if d is None else dz.sum((0, 1))
        if reset == "after":  # so far dz is at h R + d; at x W + b the candidate's lacks r
            torch.mul(straight, totals[1:], out=to_n)
        return dz, d_R, totals[0], d_d, *[None] * 7
