"""Models that recipes fit, and the layers they are made of."""

from keras_seq.models.classifier import SequenceClassifier
from keras_seq.models.pooling import AttentionPooling, MaxPooling, MeanPooling
from keras_seq.models.seq2seq import InverseSquareRoot, Seq2Seq, average_weights

__all__ = [
    "AttentionPooling",
    "InverseSquareRoot",
    "MaxPooling",
    "MeanPooling",
    "Seq2Seq",
    "SequenceClassifier",
    "average_weights",
]
