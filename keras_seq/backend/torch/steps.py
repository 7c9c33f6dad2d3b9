"""What the loops share: frozen gates at masked steps, and one share for each step."""

import torch

from keras_seq.backend.reference import expand_mask

FROZEN = 1e4  # sigmoid(-FROZEN) is 0 and sigmoid(FROZEN) is 1, in every float type


def freeze(z, mask, units, gate, value):
    """At masked steps set a gate's block of the projections z (T, B, G U), in place."""
    with torch.no_grad():
        block = z.detach().unflatten(-1, (-1, units))[..., gate, :]
        block.masked_fill_(~expand_mask(mask, block), value)


def each_step(share, steps):
    """A share for each step: (T, B, size) one by one, a number again and again."""
    return share.unbind() if isinstance(share, torch.Tensor) else [share] * steps
