"""From a step function to tokens: greedy search, sampling and beam search.

All decoders take the same step function. `step(tokens, state) -> logits, state` takes the last
token of each of N hypotheses, (N,) int32, and the state of the model for them: any nest of tensors
with leading axis N, or B where a tensor is `BatchShared`. It returns the logits of the next token,
(N, V), and the new state with the same nest, shapes and types. It has no side effects. Each decoder
is one loop, which is compiled where the backend compiles.
"""

from keras_seq.decoding.beam import Hypotheses, beam_search
from keras_seq.decoding.length_penalty import GNMTLengthPenalty
from keras_seq.decoding.sampling import greedy, sample
from keras_seq.decoding.search_errors import ErrorReport, error_report
from keras_seq.decoding.step_function import BatchShared

__all__ = [
    "BatchShared",
    "ErrorReport",
    "GNMTLengthPenalty",
    "Hypotheses",
    "beam_search",
    "error_report",
    "greedy",
    "sample",
]
