"""From a sequence to a sequence: encoder, decoder, and how they are trained."""

from keras_seq.models.seq2seq.averaging import average_weights
from keras_seq.models.seq2seq.model import Seq2Seq
from keras_seq.models.seq2seq.schedule import InverseSquareRoot

__all__ = ["InverseSquareRoot", "Seq2Seq", "average_weights"]
