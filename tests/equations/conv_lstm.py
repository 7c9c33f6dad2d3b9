"""The ConvLSTM: Shi et al. 2015."""

from tests.equations.convolution import Convolutional
from tests.equations.lstm import LSTM


class ConvLSTM(Convolutional, LSTM):
    """The equations of `LSTM` with x for the products, frames (B, T, H, W, C) channels last.

    a       = N(X x W) + N(H x R) + b         N: layer norm over the channels, or nothing
    i, f    = s(a_i + p_i * C), s(a_f + p_f * C)    f = 1 - i (coupled)
    C'      = N(f * C + i * tanh(a_c))
    H'      = s(a_o + p_o * C') * tanh(C')

    The peepholes are of the state's shape, or one for each filter.
    """
