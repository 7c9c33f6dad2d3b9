"""LSTM over time for PyTorch: one product a step, and the analytic backward pass."""

import torch

from keras_seq.backend import native_support, reference
from keras_seq.backend.torch import fused
from keras_seq.backend.torch.product import Product, Transposed, kernel_gradient
from keras_seq.backend.torch.replay import Replay
from keras_seq.backend.torch.steps import each_step, freeze
from keras_seq.backend.torch.transforms import gives_way_to, wants_graph

why_not = native_support.why_not


def run(cell, inputs, states, mask=None, dropout_masks=None, unroll=False):
    """`reference.run` for an LSTMCell, by torch.lstm or by the loop of this file."""
    serves = fused.why_not(cell, mask, dropout_masks) is None
    path = fused.run if serves else _run
    return path(cell, inputs, states, mask, dropout_masks)


@gives_way_to(reference.run)
def _run(cell, inputs, states, mask, dropout_masks):
    """`run` for a cell with options.

    The gates are computed in place of the projections. The backward pass takes all elementwise
    factors at once, before its loop, which is left with one product and four small operations.
    """
    projected = cell.project(inputs, dropout_masks)
    loop = native_support.lstm_loop(cell, mask, dropout_masks, projected)
    freeze(projected, mask, cell.units, loop.frozen)
    hidden, c = _LSTM.apply(
        projected,
        loop.R,
        *states,
        loop.p,
        loop.P,
        loop.drop,
        loop.rate_h,
        loop.rate_c,
        loop.forget,
        loop.clip,
        torch.is_grad_enabled(),
        Replay(cell, mask, dropout_masks),
        inputs,
    )
    return hidden, [hidden[-1], c]


class _LSTM(torch.autograd.Function):
    """Time-major sequences: z (T, B, G U), hidden (T, B, H), cells (T, B, U)."""

    @staticmethod
    def forward(
        ctx,
        z,
        R,
        h0,
        c0,
        p,
        P,
        drop,
        rate_h,
        rate_c,
        forget,
        clip,
        grad_enabled,
        replay,
        inputs_of_run,
    ):
        T, B, _ = z.shape
        U = c0.shape[-1]
        wanted = grad_enabled and any(ctx.needs_input_grad)
        z = z.detach()
        hidden = z.new_empty(T, B, h0.shape[-1])
        cells = z.new_empty(T if wanted else 1, B, U).expand(T, B, U)
        new_c = cells if rate_c is None else torch.empty_like(cells)
        product = Product(R, B, drop)
        tanh_c = torch.empty_like(c0)
        output = torch.empty_like(c0) if P is not None else None

        blocks = z.unflatten(-1, (-1, U))
        rows, inputs = z.unbind(), blocks[:, :, 0].unbind()
        early = 2 if forget == "own" else 1
        opening, opening_flat = blocks[:, :, :early].unbind(), z[..., : early * U].unbind()
        forgets = blocks[:, :, 1].unbind() if forget == "own" else None
        candidates, outs = blocks[:, :, -2].unbind(), blocks[:, :, -1].unbind()
        hs, cs, news = hidden.unbind(), cells.unbind(), new_c.unbind()
        rates_h, rates_c = each_step(rate_h, T), each_step(rate_c, T)
        h, c = h0, c0
        for t in range(T):
            product.add(rows[t], h)
            if p is not None:
                opening[t].addcmul_(c[:, None], p[:early])
            opening_flat[t].sigmoid_()
            i, g, o = inputs[t], candidates[t].tanh_(), outs[t]
            new = news[t]
            if forget == "own":
                torch.mul(forgets[t], c, out=new).addcmul_(i, g)
            elif forget == "coupled":
                torch.lerp(c, g, i, out=new)
            else:
                torch.addcmul(c, i, g, out=new)
            if clip is not None:
                new.clamp_(-clip, clip)
            if p is not None:
                o.addcmul_(new, p[-1])
            torch.tanh(new, out=tanh_c)
            o.sigmoid_()
            if P is None:
                torch.mul(o, tanh_c, out=hs[t])
            else:
                torch.mm(torch.mul(o, tanh_c, out=output), P, out=hs[t])
            if rate_h is not None:
                torch.lerp(h, hs[t], rates_h[t], out=hs[t])
            if rate_c is not None:
                torch.lerp(c, new, rates_c[t], out=cs[t])
            h, c = hs[t], cs[t]
        last = c.clone()
        for_replay = inputs_of_run, *replay.values()
        ctx.save_for_backward(z, R, h0, c0, p, P, drop, hidden, cells, new_c, *for_replay)
        ctx.replay = replay
        ctx.options = rate_h, rate_c, forget, clip
        return hidden, last

    @staticmethod
    def backward(ctx, d_hidden, d_last):
        z, R, h0, c0, p, P, drop, hidden, cells, new_c, *for_replay = ctx.saved_tensors
        if wants_graph(d_hidden):
            weights = {"recurrent_kernel": R, "peephole_kernel": p, "projection_kernel": P}
            dz, states, (d_R, d_p, d_P) = ctx.replay.gradients(
                for_replay, (h0, c0), weights, (d_hidden, d_last)
            )
            return dz, d_R, *states, d_p, d_P, *[None] * 8
        rate_h, rate_c, forget, clip = ctx.options
        T, B, U = cells.shape
        blocks = z.unflatten(-1, (-1, U))
        i, g, o = blocks[:, :, 0], blocks[:, :, -2], blocks[:, :, -1]
        before = torch.cat([c0[None], cells[:-1]])
        tanh_c = torch.tanh(new_c)

        # Factors, all steps at once: the gradient of the sum inside a gate is to_<gate> times that
        # of c'; to_o is times that of o * tanh(c'). to_c leads from there to c', to_before to c.
        dz = torch.empty_like(z)
        factors = dz.unflatten(-1, (-1, U))
        to_o = torch.mul(1 - o, o, out=factors[:, :, -1]).mul_(tanh_c)
        to_c = (1 - tanh_c.square()).mul_(o)
        if p is not None:
            to_c.addcmul_(to_o, p[-1])
        if rate_h is not None and P is None:
            to_o.mul_(rate_h)
            to_c.mul_(rate_h)
        to_i = torch.mul(1 - i, i, out=factors[:, :, 0])
        to_i.mul_(g - before if forget == "coupled" else g)
        torch.mul(1 - g * g, i, out=factors[:, :, -2])
        if forget == "own":
            f = blocks[:, :, 1]
            torch.mul(1 - f, f, out=factors[:, :, 1]).mul_(before)
            to_before = f.clone()
        else:
            to_before = 1 - i if forget == "coupled" else torch.ones_like(i)
        if p is not None:
            to_before.addcmul_(to_i, p[0])
            if forget == "own":
                to_before.addcmul_(factors[:, :, 1], p[1])
        if clip is not None:
            inside = new_c.abs() < clip
            factors[:, :, :-1].mul_(inside[:, :, None])
            to_before.mul_(inside)

        totals = torch.cat([torch.zeros_like(h0)[None], d_hidden])  # gradients of h0, h1, ...
        d_c = d_last.clone()
        back = Transposed(R, B, drop)
        grads, outs, rest = dz.unbind(), to_o.unbind(), factors[:, :, :-1].unbind()
        to_c, to_before, d_h = to_c.unbind(), to_before.unbind(), totals.unbind()
        rates_h, rates_c = each_step(rate_h, T), each_step(rate_c, T)
        for t in range(T - 1, -1, -1):
            d_out = d_h[t + 1]
            if P is not None:
                d_out = (d_out if rate_h is None else d_out * rates_h[t]) @ P.t()
            outs[t].mul_(d_out)
            if rate_c is None:
                d_c.addcmul_(d_out, to_c[t])
                rest[t].mul_(d_c[:, None])
                d_c.mul_(to_before[t])
            else:
                d_new = (d_c * rates_c[t]).addcmul_(d_out, to_c[t])
                rest[t].mul_(d_new[:, None])
                d_c = (d_c * (1 - rates_c[t])).addcmul_(d_new, to_before[t])
            if rate_h is not None:
                d_h[t].add_(d_h[t + 1] * (1 - rates_h[t]))
            back.add(d_h[t], grads[t])

        d_R = kernel_gradient(torch.cat([h0[None], hidden[:-1]]), dz, drop)
        d_p = d_P = None
        if p is not None:
            seen = [(factors[:, :, n] * before).sum((0, 1)) for n in range(len(p) - 1)]
            d_p = torch.stack([*seen, (to_o * new_c).sum((0, 1))])
        if P is not None:
            d_projected = totals[1:] if rate_h is None else totals[1:] * rate_h
            d_P = (o * tanh_c).flatten(0, 1).t() @ d_projected.flatten(0, 1)
        return dz, d_R, totals[0], d_c, d_p, d_P, *[None] * 8
