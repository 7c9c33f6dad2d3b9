"""The devices of PyTorch."""

import torch


def has_gpu():
    """Whether PyTorch computes on a GPU."""
    return torch.cuda.is_available()
