"""Multiplicative attention (Luong et al. 2015)."""

import keras
from keras import ops

from keras_seq import checks
from keras_seq.attention.mechanism import Mechanism
from keras_seq.errors import InputError


@keras.saving.register_keras_serializable("keras_seq")
class MultiplicativeAttention(Mechanism):
    """Multiplicative attention: a product scores how well a query matches each memory position.

        e_i = q W . m_i                score="general"
        e_i = q . m_i                  score="dot"
        e_i = q . m_i / sqrt(Q)        score="scaled_dot"
        a   = softmax(e) over the real positions
        context = sum_i a_i m_i

    `local` and `monotonic` work as in `keras_seq.AdditiveAttention`.

    Weights: `kernel` W (M, Q) for "general"; local: `place_kernel` W_p (Q, Q), `place_vector` v_p
    (Q, 1); monotonic: `threshold` r (1,).

    Args:
        score: "general", "dot" or "scaled_dot"; the last two need Q = M.
        local: D, half the width of the window of local attention, or None.
        monotonic: whether the attention only moves forward from query to query.

    Call arguments:
        query: q, (B, Q), or (B, T, Q) for T queries that do not depend on each other.
        memory: m, (B, S, M).
        mask: (B, S), True where the memory is real.
        previous: (B, S), for `monotonic` the weights of the query before; None at the first query.

    Returns:
        context (B, M) or (B, T, M), and weights a, (B, S) or (B, T, S).

    Masking: a masked position of the memory has weight 0, and its values, NaN included, are
    ignored. A row without a real position returns zeros. No mask is passed on.

    Raises:
        ValueError: an argument is out of range, or shapes do not agree.

    Example:

    >>> import keras_seq
    >>> attention = keras_seq.MultiplicativeAttention("dot")
    >>> memory = keras.ops.array([[[9.0, 0.0], [0.0, 9.0]]])
    >>> _, weights = attention(keras.ops.array([[9.0, 0.0]]), memory)
    >>> print(keras.ops.convert_to_numpy(weights).round(3))
    [[1. 0.]]

    Reference: Luong, Pham and Manning, Effective Approaches to Attention-based Neural Machine
    Translation, EMNLP 2015; Vaswani et al., Attention Is All You Need, NeurIPS 2017 (scaled).
    """

    def __init__(
        self,
        score: str = "general",
        local: int | None = None,
        monotonic: bool = False,
        **kwargs,
    ):
        super().__init__(local, monotonic, **kwargs)
        choices = ("general", "dot", "scaled_dot")
        checks.one_of("MultiplicativeAttention", choices, score=score)
        self.score = score

    def build_scores(self, Q, M):
        if self.score == "general":
            self.kernel = self.add_weight((M, Q), "glorot_uniform", name="kernel")
        elif Q != M:
            raise InputError(
                f'MultiplicativeAttention: `score="{self.score}"` needs queries of the size of '
                f"the memory, M={M}. Received: Q={Q}"
            )

    def keys(self, memory):
        if self.score == "general":
            return ops.matmul(memory, self.value(self.kernel))
        return memory * memory.shape[-1] ** -0.5 if self.score == "scaled_dot" else memory

    def scores(self, query, keys, previous):
        if len(query.shape) == 3:
            return ops.matmul(query, ops.swapaxes(keys, 1, 2))
        return ops.matmul(keys, ops.expand_dims(query, -1))[:, :, 0]

    def get_config(self):
        return {**super().get_config(), "score": self.score}
