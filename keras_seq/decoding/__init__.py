"""From a step function to tokens: greedy, drawn at random, by beam search.

All of them stand on one contract. `step(tokens, state) -> logits, state` takes the last token of
each of N hypotheses, (N,) int32, and whatever the model remembers of them: any nest of tensors with
leading axis N; or B, where they are `BatchShared`. It gives the scores of the next token, (N, V),
and the state in the same nest, shapes and types. It is pure. Each decoder is one loop, compiled
where the backend compiles.
"""

from keras_seq.decoding.beam_search import Hypotheses, beam_search
from keras_seq.decoding.contract import BatchShared
from keras_seq.decoding.error_report import ErrorReport, error_report
from keras_seq.decoding.length_penalty import GNMTLengthPenalty
from keras_seq.decoding.sampling import greedy, sample

__all__ = [
    "ErrorReport",
    "Hypotheses",
    "BatchShared",
    "GNMTLengthPenalty",
    "beam_search",
    "error_report",
    "greedy",
    "sample",
]
