"""The recurrent product of a step, on the fastest matrix product PyTorch has for it."""

import torch

# oneDNN's product with a kernel packed beforehand took 0.4 to 0.5 of the time of addmm at
# (32, 256) x (256, 1024) and (64, 512) x (512, 2048) on a CPU with AVX-512 where MKL was not at
# its best, and 2.5 times as long at (8, 64) x (64, 256).
PACK_FROM = 2**21  # multiplications


def packable(kernel, batch):
    """Whether a packed product serves and pays."""
    return (
        kernel.device.type == "cpu"
        and kernel.dtype == torch.float32
        and batch * kernel.numel() >= PACK_FROM
        and torch.backends.mkldnn.is_available()
        and torch.backends.mkldnn.enabled
    )


class Product:
    """x times a kernel (H, W), where x may be dropped by one mask or by one for each gate.

    Args:
        kernel: (H, W), W = G U.
        batch: B.
        drop: None, (B, H), or (G, B, H).
    """

    def __init__(self, kernel, batch, drop=None):
        self.kernel, self.drop = kernel, drop
        self.packed = None
        if drop is not None and drop.ndim == 3:
            self.blocks = _blocks(kernel, len(drop))
        elif packable(kernel, batch):
            self.packed = torch.ops.mkldnn._reorder_linear_weight(kernel.t().contiguous(), batch)

    def add(self, out, x):
        """out (B, W) += x (B, H) times the kernel."""
        if self.drop is not None and self.drop.ndim == 3:
            by_gate = out.unflatten(-1, (len(self.drop), -1)).transpose(0, 1)
            by_gate += torch.bmm(x * self.drop, self.blocks)
            return
        if self.drop is not None:
            x = x * self.drop
        if self.packed is None:
            out.addmm_(x, self.kernel)
        else:
            out += self._linear(x)

    def _linear(self, x):
        return torch.ops.mkldnn._linear_pointwise(x, self.packed, None, "none", [], "")


class Transposed:
    """The backward pass: gradients of the gates (B, W) to the gradient of the state (B, H)."""

    def __init__(self, kernel, batch, drop=None):
        self.drop = drop
        self.product = None
        if drop is not None and drop.ndim == 3:
            self.blocks = _blocks(kernel, len(drop)).transpose(1, 2)
        else:
            self.product = Product(kernel.t().contiguous(), batch)

    def add(self, out, dz):
        """out (B, H) += dz times the kernel's transpose, dropped as in the forward pass."""
        if self.product is None:
            by_gate = dz.unflatten(-1, (len(self.drop), -1)).transpose(0, 1)
            out += (torch.bmm(by_gate, self.blocks) * self.drop).sum(0)
        elif self.drop is None:
            self.product.add(out, dz)
        else:
            back = torch.zeros_like(out)
            self.product.add(back, dz)
            out.addcmul_(back, self.drop)


def kernel_gradient(x, dz, drop=None):
    """The sum over all steps of x (T, B, H), dropped, transposed, times dz (T, B, W)."""
    if drop is None or drop.ndim == 2:
        x = x if drop is None else x * drop
        return x.flatten(0, 1).t() @ dz.flatten(0, 1)
    columns = dz.unflatten(-1, (len(drop), -1)).unbind(2)
    return torch.cat(
        [(x * m).flatten(0, 1).t() @ d.flatten(0, 1) for m, d in zip(drop, columns, strict=True)],
        dim=-1,
    )


def _blocks(kernel, gates):
    return kernel.unflatten(-1, (gates, -1)).transpose(0, 1)  # (G, H, U)
