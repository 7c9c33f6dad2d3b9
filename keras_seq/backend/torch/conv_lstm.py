"""ConvLSTM over time for PyTorch: one convolution a step, and the analytic backward pass."""

import torch

from keras_seq.backend import arguments
from keras_seq.backend.torch.convolution import Convolution
from keras_seq.backend.torch.steps import FROZEN, each_step, freeze

sigmoid_backward = torch.ops.aten.sigmoid_backward.grad_input
tanh_backward = torch.ops.aten.tanh_backward.grad_input


def conv_lstm(cell, inputs, states, mask=None, noise=None, unroll=False):
    """`reference.run` for a ConvLSTM cell.

    The gates are computed in place of the projections. The backward pass goes step by step, for
    a step's frames stay in the cache; the gradient of the kernel is one convolution after it.
    """
    projected = cell.project(inputs, noise).contiguous()
    real, _ = arguments.let_in(mask, noise, projected, 2)
    if mask is not None:
        freeze(projected, mask, cell.units, 0, -FROZEN)  # the input gate is shut
        if cell.owns_forget_gate:
            freeze(projected, mask, cell.units, 1, FROZEN)
    hidden, c = _ConvLSTM.apply(
        projected,
        cell.dropped_kernel(noise),
        *states,
        cell.value(cell.peephole_kernel) if cell.peephole else None,
        noise.recurrent,
        real,
        torch.is_grad_enabled(),
    )
    return hidden, [hidden[-1], c]


conv_lstm.why_not = arguments.why_not_frames


class _ConvLSTM(torch.autograd.Function):
    """Time-major sequences: z (T, B, H, W, G F), hidden (T, B, H, W, F)."""

    @staticmethod
    def forward(ctx, z, R, h0, c0, p, drop, real, grad_enabled):
        T, F = len(z), c0.shape[-1]
        wanted = grad_enabled and any(ctx.needs_input_grad)
        z = z.detach()
        states = z.new_empty(T + 1, *h0.shape)
        states[0] = h0
        cells = z.new_empty(T + 1 if wanted else 2, *c0.shape)
        cells[0] = c0
        convolution = Convolution(R)
        squashed = torch.empty_like(c0)
        early = z.shape[-1] // F - 2  # gates that see the old cell
        reals = each_step(real, T)
        for t in range(T):
            h, new_h = states[t], states[t + 1]
            c, new_c = (cells[t], cells[t + 1]) if wanted else (cells[t % 2], cells[(t + 1) % 2])
            z[t].add_(convolution.forth(h if drop is None else h * drop))
            gates = z[t].unflatten(-1, (-1, F)).unbind(-2)
            i, g, o = gates[0], gates[-2].tanh_(), gates[-1]
            if p is not None:
                for gate, row in zip(gates[:early], p, strict=False):
                    gate.addcmul_(c, row)
            z[t][..., : early * F].sigmoid_()
            if early == 2:
                torch.mul(gates[1], c, out=new_c).addcmul_(i, g)
            else:
                torch.lerp(c, g, i, out=new_c)
            if p is not None:
                o.addcmul_(new_c, p[-1])
            torch.tanh(new_c, out=squashed)
            torch.mul(o.sigmoid_(), squashed, out=new_h)
            if real is not None:
                torch.lerp(h, new_h, reals[t], out=new_h)
        last = new_c.clone()
        hidden = states[1:]
        ctx.save_for_backward(z, R, p, drop, states, cells)
        ctx.real = real
        return hidden, last

    @staticmethod
    @torch.autograd.function.once_differentiable
    def backward(ctx, d_hidden, d_last):
        z, R, p, drop, states, cells = ctx.saved_tensors
        T, F = len(z), cells.shape[-1]
        early = z.shape[-1] // F - 2
        convolution = Convolution(R)
        dz = torch.empty_like(z)
        d_h, d_c = torch.zeros_like(d_last), d_last.clone()
        squashed, part = torch.empty_like(d_c), torch.empty_like(d_c)
        seen = None if p is None else [torch.zeros_like(d_c) for _ in p]
        reals = each_step(ctx.real, T)
        for t in range(T - 1, -1, -1):
            c, new_c = cells[t], cells[t + 1]
            *opening, g, o = z[t].unflatten(-1, (-1, F)).unbind(-2)
            *d_opening, d_g, d_o = dz[t].unflatten(-1, (-1, F)).unbind(-2)
            i, d_i = opening[0], d_opening[0]
            d_h = d_h + d_hidden[t]
            d_new = d_h if ctx.real is None else d_h * reals[t]
            torch.tanh(new_c, out=squashed)
            sigmoid_backward(torch.mul(d_new, squashed, out=part), o, grad_input=d_o)
            torch.mul(d_new, o, out=part)
            d_c.add_(tanh_backward(part, squashed, grad_input=part))
            if p is not None:
                d_c.addcmul_(d_o, p[-1])
                seen[-1].addcmul_(d_o, new_c)
            torch.mul(d_c, g if early == 2 else torch.sub(g, c, out=part), out=part)
            sigmoid_backward(part, i, grad_input=d_i)
            tanh_backward(torch.mul(d_c, i, out=part), g, grad_input=d_g)
            if early == 2:
                f, d_f = opening[1], d_opening[1]
                sigmoid_backward(torch.mul(d_c, c, out=part), f, grad_input=d_f)
                d_c.mul_(f)
            else:
                d_c.sub_(part)  # 1 - i is what is kept
            if p is not None:
                for n, d in enumerate(d_opening):
                    d_c.addcmul_(d, p[n])
                    seen[n].addcmul_(d, c)
            d_old = convolution.back(dz[t], c)
            d_old = d_old if drop is None else d_old * drop
            d_h = d_old if ctx.real is None else d_old.addcmul(d_h, 1 - reals[t])

        before = states[:-1] if drop is None else states[:-1] * drop
        d_R = convolution.kernel_gradient(before, dz)
        d_p = None
        if p is not None:
            over = list(range(d_c.ndim - p.ndim + 1))
            d_p = torch.stack([s.sum(over) for s in seen])
        return dz, d_R, d_h, d_c, d_p, None, None, None
