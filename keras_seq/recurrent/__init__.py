"""Recurrent cells and the layers that run them over time."""

from keras_seq.recurrent.antisymmetric_rnn import AntisymmetricRNN, AntisymmetricRNNCell
from keras_seq.recurrent.brc import BRC, BRCCell
from keras_seq.recurrent.cell import RecurrentCell
from keras_seq.recurrent.cfn import CFN, CFNCell
from keras_seq.recurrent.clockwork_rnn import ClockworkRNN, ClockworkRNNCell
from keras_seq.recurrent.conv_gru import (
    ConvGRU1D,
    ConvGRU1DCell,
    ConvGRU2D,
    ConvGRU2DCell,
    ConvGRU3D,
    ConvGRU3DCell,
)
from keras_seq.recurrent.conv_lstm import (
    ConvLSTM1D,
    ConvLSTM1DCell,
    ConvLSTM2D,
    ConvLSTM2DCell,
    ConvLSTM3D,
    ConvLSTM3DCell,
)
from keras_seq.recurrent.cornn import CoRNN, CoRNNCell
from keras_seq.recurrent.esn import ESN, ESNCell
from keras_seq.recurrent.fast_grnn import FastGRNN, FastGRNNCell
from keras_seq.recurrent.fast_rnn import FastRNN, FastRNNCell
from keras_seq.recurrent.gru import GRU, GRUCell
from keras_seq.recurrent.indrnn import IndRNN, IndRNNCell
from keras_seq.recurrent.irnn import IRNN, IRNNCell
from keras_seq.recurrent.janet import JANET, JANETCell
from keras_seq.recurrent.jordan import Jordan, JordanCell
from keras_seq.recurrent.layer import RecurrentLayer
from keras_seq.recurrent.lem import LEM, LEMCell
from keras_seq.recurrent.ligru import LiGRU, LiGRUCell
from keras_seq.recurrent.lru import LRU, LRUCell
from keras_seq.recurrent.lstm import LSTM, LSTMCell
from keras_seq.recurrent.mgu import MGU, MGUCell
from keras_seq.recurrent.min_gru import MinGRU, MinGRUCell
from keras_seq.recurrent.min_lstm import MinLSTM, MinLSTMCell
from keras_seq.recurrent.minimal_rnn import MinimalRNN, MinimalRNNCell
from keras_seq.recurrent.multiplicative_lstm import MultiplicativeLSTM, MultiplicativeLSTMCell
from keras_seq.recurrent.nas import NAS, NASCell
from keras_seq.recurrent.nbrc import NBRC, NBRCCell
from keras_seq.recurrent.ran import RAN, RANCell
from keras_seq.recurrent.residual_rnn import ResidualRNN, ResidualRNNCell
from keras_seq.recurrent.rhn import RHN, RHNCell
from keras_seq.recurrent.scrn import SCRN, SCRNCell
from keras_seq.recurrent.simple_rnn import SimpleRNN, SimpleRNNCell
from keras_seq.recurrent.slstm import SLSTM, SLSTMCell
from keras_seq.recurrent.star import STAR, STARCell
from keras_seq.recurrent.ugrnn import UGRNN, UGRNNCell
from keras_seq.recurrent.unicornn import UnICORNN, UnICORNNCell

__all__ = [
    "AntisymmetricRNN",
    "AntisymmetricRNNCell",
    "BRC",
    "BRCCell",
    "CFN",
    "CFNCell",
    "ClockworkRNN",
    "ClockworkRNNCell",
    "CoRNN",
    "CoRNNCell",
    "ConvGRU1D",
    "ConvGRU1DCell",
    "ConvGRU2D",
    "ConvGRU2DCell",
    "ConvGRU3D",
    "ConvGRU3DCell",
    "ConvLSTM1D",
    "ConvLSTM1DCell",
    "ConvLSTM2D",
    "ConvLSTM2DCell",
    "ConvLSTM3D",
    "ConvLSTM3DCell",
    "ESN",
    "ESNCell",
    "FastGRNN",
    "FastGRNNCell",
    "FastRNN",
    "FastRNNCell",
    "GRU",
    "GRUCell",
    "IRNN",
    "IRNNCell",
    "IndRNN",
    "IndRNNCell",
    "JANET",
    "JANETCell",
    "Jordan",
    "JordanCell",
    "LEM",
    "LEMCell",
    "LRU",
    "LRUCell",
    "LSTM",
    "LSTMCell",
    "LiGRU",
    "LiGRUCell",
    "MGU",
    "MGUCell",
    "MinGRU",
    "MinGRUCell",
    "MinLSTM",
    "MinLSTMCell",
    "MinimalRNN",
    "MinimalRNNCell",
    "MultiplicativeLSTM",
    "MultiplicativeLSTMCell",
    "NAS",
    "NASCell",
    "NBRC",
    "NBRCCell",
    "RAN",
    "RANCell",
    "RHN",
    "RHNCell",
    "RecurrentCell",
    "RecurrentLayer",
    "ResidualRNN",
    "ResidualRNNCell",
    "SCRN",
    "SCRNCell",
    "SLSTM",
    "SLSTMCell",
    "STAR",
    "STARCell",
    "SimpleRNN",
    "SimpleRNNCell",
    "UGRNN",
    "UGRNNCell",
    "UnICORNN",
    "UnICORNNCell",
]
