"""The block in which all places look at each other."""

import keras
from keras import ops

from keras_seq import checks
from keras_seq.transformer import masks
from keras_seq.transformer.block import Block


@keras.saving.register_keras_serializable("keras_seq")
class TransformerEncoderBlock(Block):
    """Every place looks at all real places, then thinks for itself.

        x = norm(x + dropout(attention(x)))      norm="post", as published
        x = norm(x + dropout(feed(x)))
        x = x + dropout(attention(norm(x)))      norm="pre"
        x = x + dropout(feed(norm(x)))
        attention(x) = sum_h softmax(x Q_h (x K_h)^T / sqrt(D / heads)) x V_h O_h
        feed(x) = relu(x W + b) V + c            or gelu
        feed(x) = (silu(x W) * (x G)) V          activation="swiglu"

    A stack of "pre" blocks wants one more norm at its end.

    Weights: `heads` those of `keras.layers.GroupQueryAttention` (query, key, value, output);
    `up` W (D, hidden), b; `gate` G (D, hidden); `down` V (hidden, D), c; `heads_norm`, `feed_norm`.

    Args:
        heads: how many heads; they share D.
        hidden: size of the feed-forward layer.
        dropout: fraction dropped of what each sublayer gives, before it is added.
        attention_dropout: fraction of the attention's weights dropped.
        norm: "post" or "pre".
        activation: "relu", "gelu" or "swiglu".
        key_value_heads: heads of keys and values, each for as many heads; None: `heads`.
        rotary: turn queries and keys by their places (see `keras_seq.RotaryPositions`).

    Call arguments:
        inputs: x, (B, T, D).
        mask: (B, T), True where a place is real.
        training: nothing is dropped unless True.

    Returns:
        (B, T, D).

    Masking: what stands at a masked place, NaN included, reaches no real one. The mask goes on.

    Raises:
        ValueError: an argument is out of range, or shapes do not agree.

    Example:

    >>> import keras_seq
    >>> block = keras_seq.TransformerEncoderBlock(heads=2, hidden=16, norm="pre")
    >>> tuple(block(np.ones((2, 5, 8), "float32")).shape)
    (2, 5, 8)

    Reference: Vaswani et al., Attention Is All You Need, NeurIPS 2017; Xiong et al., On Layer
    Normalization in the Transformer Architecture, ICML 2020 (pre); Shazeer, GLU Variants Improve
    Transformer, 2020; Ainslie et al., GQA, EMNLP 2023.
    """

    def build(self, inputs_shape):
        checks.rank("TransformerEncoderBlock", "B T D", inputs=inputs_shape)
        self.looking = self.make_heads("heads", inputs_shape, inputs_shape, self.rotary)
        self.looking_norm = self.make_norm("heads_norm", inputs_shape[-1])
        self.build_feed_forward(inputs_shape)
        self.built = True

    def call(self, inputs, mask=None, training=False):
        x = ops.cast(inputs, self.compute_dtype)
        mask = masks.padding("TransformerEncoderBlock", "mask", mask, inputs)
        x = masks.real_only(x, mask)
        visible = masks.visible(None, None, padding=mask)

        def look(x):
            keys, values = self.looking.keys_and_values(x)
            return self.looking.attend(x, keys, values, visible, training=training)[0]

        x = self.joined(x, self.looking_norm, look, training)
        return self.feed_forward(x, training)
