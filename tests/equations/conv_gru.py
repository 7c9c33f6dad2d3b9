"""The ConvGRU: Ballas et al. 2016 and, with reset "after", Keras's GRU of frames."""

from tests.equations.convolution import Convolutional
from tests.equations.gru import GRU


class ConvGRU(Convolutional, GRU):
    """The equations of `GRU` with x for the products, frames (B, T, H, W, C) channels last.

    z, r    = s(X x W_z + H x R_z + b_z), s(X x W_r + H x R_r + b_r)
    n       = tanh(X x W_h + b_h + r * (H x R_h + d_h))     reset "after"
              tanh(X x W_h + b_h + (r * H) x R_h)           reset "before"
              tanh(X x W_h + b_h + H x R_h)                 reset None
    H'      = z * H + (1 - z) * n                           update "keep"
    """
