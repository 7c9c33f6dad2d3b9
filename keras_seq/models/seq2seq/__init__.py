"""Sequence-to-sequence learning: encoder, decoder, training and beam search."""

from keras_seq.models.seq2seq.model import Seq2Seq

__all__ = ["Seq2Seq"]
