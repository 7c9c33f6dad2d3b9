"""A convolution as a sum over the taps of its kernel, channels last, forward and backward."""

import itertools

import numpy as np


class Convolution:
    """Frames (B, H, W, C) of one to three axes and a kernel (k, k, C, F).

    Args:
        padding: "valid", or "same": zeros around, the odd one behind.
        strides, dilation_rate: one number for each axis.
    """

    def __init__(self, padding="same", strides=None, dilation_rate=None):
        self.padding, self.strides, self.dilation_rate = padding, strides, dilation_rate

    def forward(self, x, kernel):
        padded, _, after = self._padded(x, kernel)
        y = np.zeros((len(x), *after, kernel.shape[-1]))
        for tap, where in self._taps(kernel, after):
            y += padded[where] @ kernel[tap]
        return y

    def backward(self, x, kernel, d_y):
        """The gradients with respect to x and kernel."""
        padded, inside, after = self._padded(x, kernel)
        d_padded, d_kernel = np.zeros_like(padded), np.zeros_like(kernel)
        for tap, where in self._taps(kernel, after):
            d_padded[where] += d_y @ kernel[tap].T
            d_kernel[tap] = np.tensordot(padded[where], d_y, axes=(range(d_y.ndim - 1),) * 2)
        return d_padded[inside], d_kernel

    def _padded(self, x, kernel):
        """x with zeros around, where x is in it, and the size of what comes out."""
        widths, after = [], []
        for n, k, stride, dilation in zip(x.shape[1:-1], *self._each(kernel), strict=True):
            reach = dilation * (k - 1)
            size = -(-n // stride) if self.padding == "same" else (n - reach - 1) // stride + 1
            total = max(0, (size - 1) * stride + reach + 1 - n) if self.padding == "same" else 0
            widths.append((total // 2, total - total // 2))
            after.append(size)
        inside = [slice(a, a + n) for (a, _), n in zip(widths, x.shape[1:-1], strict=True)]
        return np.pad(x, [(0, 0), *widths, (0, 0)]), (slice(None), *inside), after

    def _taps(self, kernel, after):
        """Each tap of the kernel, and the places of the padded frames that it is multiplied by."""
        sizes, strides, dilations = self._each(kernel)
        for tap in itertools.product(*map(range, sizes)):
            starts = [t * d for t, d in zip(tap, dilations, strict=True)]
            where = zip(starts, strides, after, strict=True)
            yield tap, (slice(None), *(slice(a, a + s * (n - 1) + 1, s) for a, s, n in where))

    def _each(self, kernel):
        ones = (1,) * (kernel.ndim - 2)
        return kernel.shape[:-2], self.strides or ones, self.dilation_rate or ones


class Convolutional:
    """A `Recurrence` of frames, before the family whose equations it takes.

    The input convolution has strides, padding and dilation; the recurrent one keeps the size.
    """

    def __init__(self, weights, *, padding="valid", strides=None, dilation_rate=None, **options):
        super().__init__(weights, **options)
        self.times = {
            "kernel": Convolution(padding, strides, dilation_rate),
            "recurrent_kernel": Convolution("same"),
        }
