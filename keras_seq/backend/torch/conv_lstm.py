"""ConvLSTM over time for PyTorch: one convolution a step, and the analytic backward pass."""

import torch

from keras_seq.backend import native_support, reference
from keras_seq.backend.torch.convolution import Convolution
from keras_seq.backend.torch.replay import Replay
from keras_seq.backend.torch.steps import each_step, freeze
from keras_seq.backend.torch.transforms import gives_way_to, wants_graph

sigmoid_backward = torch.ops.aten.sigmoid_backward.grad_input
tanh_backward = torch.ops.aten.tanh_backward.grad_input

why_not = native_support.why_not_frames


@gives_way_to(reference.run)
def run(cell, inputs, states, mask=None, dropout_masks=None, unroll=False):
    """`reference.run` for a ConvLSTM cell.

    The gates are computed in place of the projections. All goes step by step, in tensors of one
    step: those of all steps are too large for the allocator to use again, and the system hands
    out their pages anew, which took a third of a training step.
    """
    zs = [cell.project(x, dropout_masks).contiguous() for x in inputs]
    loop = native_support.lstm_loop(cell, mask, dropout_masks, inputs)
    if mask is not None:
        for z, mask_of_step in zip(zs, mask, strict=True):
            freeze(z, mask_of_step, cell.units, loop.frozen)
    hidden, c = _ConvLSTM.apply(
        loop.R,
        *states,
        loop.p,
        loop.drop,
        each_step(loop.rate_h, len(zs)),
        torch.is_grad_enabled(),
        Replay(cell, mask, dropout_masks),
        inputs,
        *zs,
    )
    return hidden, [hidden[-1], c]


class _ConvLSTM(torch.autograd.Function):
    """Each step's z (B, H, W, G F) to hidden (T, B, H, W, F) and the last cell."""

    @staticmethod
    def forward(ctx, R, h, c, p, drop, rates, grad_enabled, replay, inputs, *zs):
        wanted = grad_enabled and any(ctx.needs_input_grad)
        convolution = Convolution(R)
        F = c.shape[-1]
        early = R.shape[-1] // F - 2  # gates that see the old cell
        hidden = h.new_empty(len(zs), *h.shape)
        tanh_c = torch.empty_like(c)
        cells = [c] + [torch.empty_like(c) for _ in (zs if wanted else range(2))]
        ctx.save_for_backward(R, p, drop, h, c, hidden, inputs, *replay.values())
        ctx.replay = replay
        zs = [z.detach() for z in zs]
        for t, z in enumerate(zs):
            new_h = hidden[t]
            new_c = cells[t + 1] if wanted else cells[1 + t % 2]
            z.add_(convolution.recurrent_conv(h if drop is None else h * drop))
            gates = z.unflatten(-1, (-1, F)).unbind(-2)
            i, g, o = gates[0], gates[-2].tanh_(), gates[-1]
            if p is not None:
                for gate, row in zip(gates[:early], p, strict=False):
                    gate.addcmul_(c, row)
            z[..., : early * F].sigmoid_()
            if early == 2:
                torch.mul(gates[1], c, out=new_c).addcmul_(i, g)
            else:
                torch.lerp(c, g, i, out=new_c)
            if p is not None:
                o.addcmul_(new_c, p[-1])
            torch.tanh(new_c, out=tanh_c)
            torch.mul(o.sigmoid_(), tanh_c, out=new_h)
            if rates[t] is not None:
                torch.lerp(h, new_h, rates[t], out=new_h)
            h, c = new_h, new_c
        ctx.zs, ctx.cells, ctx.rates = zs, cells, rates
        return hidden, c.clone()

    @staticmethod
    def backward(ctx, d_hidden, d_last):
        R, p, drop, h0, c0, hidden, *for_replay = ctx.saved_tensors
        if wants_graph(d_hidden):
            weights = {"recurrent_kernel": R, "peephole_kernel": p}
            dz, states, (d_R, d_p) = ctx.replay.gradients(
                for_replay, (h0, c0), weights, (d_hidden, d_last)
            )
            return d_R, *states, d_p, *[None] * 5, *dz.unbind()
        F = h0.shape[-1]
        early = R.shape[-1] // F - 2
        convolution = Convolution(R)
        d_h, d_c = torch.zeros_like(d_last), d_last.clone()
        tanh_c, part = torch.empty_like(d_c), torch.empty_like(d_c)
        seen = None if p is None else [torch.zeros_like(d_c) for _ in p]
        d_R, d_zs = 0.0, []
        for t in range(len(ctx.zs) - 1, -1, -1):
            z, rate = ctx.zs[t], ctx.rates[t]
            c, new_c = ctx.cells[t], ctx.cells[t + 1]
            dz = torch.empty_like(z)
            *opening, g, o = z.unflatten(-1, (-1, F)).unbind(-2)
            *d_opening, d_g, d_o = dz.unflatten(-1, (-1, F)).unbind(-2)
            i, d_i = opening[0], d_opening[0]
            d_h = d_h + d_hidden[t]
            d_new = d_h if rate is None else d_h * rate
            torch.tanh(new_c, out=tanh_c)
            sigmoid_backward(torch.mul(d_new, tanh_c, out=part), o, grad_input=d_o)
            torch.mul(d_new, o, out=part)
            d_c.add_(tanh_backward(part, tanh_c, grad_input=part))
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
            h = hidden[t - 1] if t else h0
            d_old, d_R_here = convolution.recurrent_conv_gradient(
                dz, h if drop is None else h * drop
            )
            d_R = d_R + d_R_here
            d_old = d_old if drop is None else d_old * drop
            d_h = d_old if rate is None else d_old.addcmul(d_h, 1 - rate)
            d_zs.append(dz)

        d_p = None
        if p is not None:
            over = list(range(d_c.ndim - p.ndim + 1))
            d_p = torch.stack([s.sum(over) for s in seen])
        return convolution.kernel_like(d_R), d_h, d_c, d_p, *[None] * 5, *d_zs[::-1]
