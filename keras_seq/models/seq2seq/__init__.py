"""From a sequence to a sequence: encoder, decoder, and how they are trained."""

from keras_seq.models.seq2seq.model import Seq2Seq

__all__ = ["Seq2Seq"]
