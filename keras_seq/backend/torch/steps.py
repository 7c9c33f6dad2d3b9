"""What the loops share: frozen gates at masked steps, and a rate for each step."""

import torch

from keras_seq.backend.reference import expand_mask


def freeze(z, mask, units, frozen):
    """At masked steps set the frozen gates' blocks of the projections z (T, B, G U), in place.

    Args:
        frozen: ((number of the gate, value), ...), see `native_support`.
    """
    with torch.no_grad():
        for gate, value in frozen:
            block = z.detach().unflatten(-1, (-1, units))[..., gate, :]
            block.masked_fill_(~expand_mask(mask, block), value)


def each_step(rate, steps):
    """A rate for each step: one of (T, B, size) after the other, or the same number or None."""
    return rate.unbind() if isinstance(rate, torch.Tensor) else [rate] * steps
