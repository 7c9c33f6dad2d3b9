"""The values of tensors of PyTorch."""

import torch


def known(tensor):
    """The tensor as a NumPy array, or None where its values are not known yet."""
    if tensor.is_meta or torch.compiler.is_compiling():
        return None
    return tensor.detach().cpu().numpy()
