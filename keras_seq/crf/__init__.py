"""The linear-chain conditional random field: functions of scores, and a layer with weights."""

from keras_seq.crf.constraints import constrained, scheme_constraints
from keras_seq.crf.decoding import nbest, sample, viterbi
from keras_seq.crf.layer import CRF
from keras_seq.crf.likelihood import log_likelihood, marginals

__all__ = [
    "CRF",
    "constrained",
    "log_likelihood",
    "marginals",
    "nbest",
    "sample",
    "scheme_constraints",
    "viterbi",
]
