"""The Transformer's encoder block."""

from typing import Any

import keras
from keras import ops

from keras_seq import checks
from keras_seq.transformer import masks
from keras_seq.transformer.block import Block


@keras.saving.register_keras_serializable("keras_seq")
class TransformerEncoderBlock(Block):
    """Self-attention over the unmasked positions, followed by a feed-forward network.

        x = norm(x + dropout(attention(x)))      normalize_first=False, as published
        x = norm(x + dropout(feedforward(x)))
        x = x + dropout(attention(norm(x)))      normalize_first=True
        x = x + dropout(feedforward(norm(x)))
        attention(x) = sum_h softmax(x Q_h (x K_h)^T / sqrt(D / num_heads)) x V_h O_h
        feedforward(x) = relu(x W + b) V + c     or gelu
        feedforward(x) = (silu(x W) * (x G)) V   activation="swiglu"

    A stack of blocks with `normalize_first=True` needs one more layer normalization at the end.

    Weights: `self_attention`, those of `keras.layers.GroupQueryAttention` (query, key, value,
    attention_output); `up` W (D, intermediate_dim), b; `gate` G (D, intermediate_dim); `down` V
    (intermediate_dim, D), c; `self_attention_norm`, `feedforward_norm`.

    Args:
        intermediate_dim: size of the hidden layer of the feed-forward network.
        num_heads: number of attention heads, which divides D.
        dropout: fraction dropped of the output of each sublayer, before the residual is added.
        attention_dropout: fraction of the attention weights dropped.
        normalize_first: whether the inputs of each sublayer are normalized instead of the sums.
        activation: "relu", "gelu" or "swiglu".
        num_key_value_heads: number of key and value heads, each shared by as many query heads;
            None: `num_heads`.
        rotary: whether queries and keys are rotated by their positions (see
            `keras_seq.RotaryPositions`).

    Call arguments:
        inputs: x, (B, T, D).
        mask: (B, T), True where a position is real.
        training: dropout applies only where True.

    Returns:
        (B, T, D).

    Masking: values at masked positions, NaN included, never affect unmasked positions. The mask is
    passed on to the next layer.

    Raises:
        ValueError: an argument is out of range, or shapes do not agree.

    Example:

    >>> import keras_seq
    >>> block = keras_seq.TransformerEncoderBlock(16, num_heads=2, normalize_first=True)
    >>> tuple(block(np.ones((2, 5, 8), "float32")).shape)
    (2, 5, 8)

    Reference: Vaswani et al., Attention Is All You Need, NeurIPS 2017; Xiong et al., On Layer
    Normalization in the Transformer Architecture, ICML 2020 (normalize_first); Shazeer, GLU
    Variants Improve Transformer, 2020; Ainslie et al., GQA, EMNLP 2023.
    """

    def build(self, inputs_shape):
        checks.rank("TransformerEncoderBlock", "B T D", inputs=inputs_shape)
        self.self_attention = self.make_attention(
            "self_attention", inputs_shape, inputs_shape, self.rotary
        )
        self.self_attention_norm = self.make_norm("self_attention_norm", inputs_shape[-1])
        self.build_feedforward(inputs_shape)
        self.built = True

    def call(self, inputs: Any, mask: Any = None, training: bool = False) -> Any:
        self.check_inputs(inputs)
        x = ops.cast(inputs, self.compute_dtype)
        mask = masks.check_padding_mask("TransformerEncoderBlock", "mask", mask, inputs)
        x = masks.zero_masked(x, mask)
        attention_mask = masks.attention_mask(None, None, padding_mask=mask)

        def self_attend(x):
            keys, values = self.self_attention.keys_and_values(x)
            return self.self_attention.attend(x, keys, values, attention_mask, training=training)[0]

        x = self.residual(x, self.self_attention_norm, self_attend, training)
        return self.feedforward(x, training)
