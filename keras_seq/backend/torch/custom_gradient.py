"""A function of one tensor with a hand-written gradient, for PyTorch."""

import torch

from keras_seq.backend.torch import transforms


def run(with_gradient, plain, x):
    """See `backend.custom_gradient`."""
    return plain(x) if transforms.active() else _WithGradient.apply(x, with_gradient, plain)


class _WithGradient(torch.autograd.Function):
    @staticmethod
    def forward(ctx, x, with_gradient, plain):
        value, ctx.gradient = with_gradient(x)
        ctx.save_for_backward(x)
        ctx.plain = plain
        return value

    @staticmethod
    def backward(ctx, upstream):
        if transforms.wants_graph(upstream):
            (d_x,) = transforms.gradients(lambda x: [ctx.plain(x)], ctx.saved_tensors, [upstream])
        else:
            d_x = ctx.gradient(upstream)
        return d_x, None, None
