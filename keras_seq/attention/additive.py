"""Additive attention (Bahdanau et al. 2015)."""

import keras
from keras import ops

from keras_seq import checks
from keras_seq.attention.mechanism import Mechanism


@keras.saving.register_keras_serializable("keras_seq")
class AdditiveAttention(Mechanism):
    """Additive attention: a small network scores how well a query matches each memory position.

        e_i = v . tanh(q W + m_i K)
        e_i = g v / |v| . tanh(q W + m_i K + b)       normalize
        e_i = v . tanh(q W + m_i K + c_i u)           coverage; c_i: sum of the earlier weights of i
        a   = softmax(e) over the real positions
        context = sum_i a_i m_i

    With `local` D, the softmax is over the positions within D of p = S sigmoid(v_p . tanh(q W_p)),
    and a_i is multiplied by exp(-(i - p)^2 / (2 (D/2)^2)). With `monotonic`, p_i = sigmoid(e_i + r)
    and a_i = p_i sum_{k <= i} a'_k prod_{k <= j < i} (1 - p_j), where a' are the weights of the
    query before. This is the expected alignment of Raffel et al., in training and at inference.

    Weights: `query_kernel` W (Q, A), `key_kernel` K (M, A), `vector` v (A,); normalize: `scale` g
    (1,), `bias` b (A,); coverage: `coverage_vector` u (A,); local: `place_kernel` W_p (Q, Q),
    `place_vector` v_p (Q, 1); monotonic: `threshold` r (1,).

    Args:
        units: A, a positive integer.
        normalize: whether the direction and the length of v are learned separately.
        coverage: whether a score depends on the sum of the earlier weights of its position.
        local: D, half the width of the window of local attention, or None.
        monotonic: whether the attention only moves forward from query to query.

    Call arguments:
        query: q, (B, Q), or (B, T, Q) for T queries that do not depend on each other.
        memory: m, (B, S, M).
        mask: (B, S), True where the memory is real.
        previous: (B, S), for `coverage` the sum of the weights of all earlier queries, for
            `monotonic` the weights of the query before; None at the first query.

    Returns:
        context (B, M) or (B, T, M), and weights a, (B, S) or (B, T, S).

    Masking: a masked position of the memory has weight 0, and its values, NaN included, are
    ignored. A row without a real position returns zeros. No mask is passed on.

    Raises:
        ValueError: an argument is out of range, or shapes do not agree.

    Example:

    >>> import keras_seq
    >>> attention = keras_seq.AdditiveAttention(8)
    >>> context, weights = attention(keras.ops.ones((2, 3)), keras.ops.ones((2, 5, 4)))
    >>> tuple(context.shape), tuple(weights.shape)
    ((2, 4), (2, 5))

    Reference: Bahdanau, Cho and Bengio, Neural Machine Translation by Jointly Learning to Align
    and Translate, ICLR 2015; Salimans and Kingma, Weight Normalization, NeurIPS 2016; See, Liu and
    Manning, Get To The Point, ACL 2017 (coverage); Luong, Pham and Manning, Effective Approaches
    to Attention-based Neural Machine Translation, EMNLP 2015 (local-p); Raffel et al., Online and
    Linear-Time Attention by Enforcing Monotonic Alignments, ICML 2017.
    """

    def __init__(
        self,
        units: int,
        normalize: bool = False,
        coverage: bool = False,
        local: int | None = None,
        monotonic: bool = False,
        **kwargs,
    ):
        super().__init__(local, monotonic, **kwargs)
        checks.positive_int("AdditiveAttention", units=units)
        checks.boolean("AdditiveAttention", normalize=normalize, coverage=coverage)
        if coverage and monotonic:
            checks.conflict(
                "AdditiveAttention",
                "`coverage=True` and `monotonic=True`",
                "a monotonic attention never returns to a position",
            )
        self.units, self.normalize, self.coverage = units, normalize, coverage
        self.sums_previous = coverage

    def build_scores(self, Q, M):
        A = self.units
        self.query_kernel = self.add_weight((Q, A), "glorot_uniform", name="query_kernel")
        self.key_kernel = self.add_weight((M, A), "glorot_uniform", name="key_kernel")
        self.vector = self.add_weight((A,), "glorot_uniform", name="vector")
        if self.normalize:
            start = keras.initializers.Constant(A**-0.5)
            self.scale = self.add_weight((1,), start, name="scale")
            self.bias = self.add_weight((A,), "zeros", name="bias")
        if self.coverage:
            self.coverage_vector = self.add_weight((A,), "zeros", name="coverage_vector")

    def keys(self, memory):
        keys = ops.matmul(memory, self.value(self.key_kernel))
        return keys + self.value(self.bias) if self.normalize else keys

    def scores(self, query, keys, previous):
        query = ops.expand_dims(ops.matmul(query, self.value(self.query_kernel)), -2)
        keys = ops.expand_dims(keys, 1) if len(query.shape) == 4 else keys
        if self.coverage:
            keys = keys + ops.expand_dims(previous, -1) * self.value(self.coverage_vector)
        vector = self.value(self.vector)
        if self.normalize:
            length = ops.sqrt(ops.sum(ops.square(vector)))
            vector = vector / length * self.value(self.scale)
        return ops.matmul(ops.tanh(query + keys), vector)

    def get_config(self):
        config = {"units": self.units, "normalize": self.normalize, "coverage": self.coverage}
        return {**super().get_config(), **config}
