"""What the encoder and decoder blocks share: arguments, feed-forward network, residuals."""

from typing import Any

import keras

from keras_seq import checks
from keras_seq.errors import InputError
from keras_seq.transformer.cached_attention import CachedAttention

LAYER_NORM_EPSILON = 1e-5


class Block(keras.layers.Layer):
    """Base class of the blocks: arguments, feed-forward network and residual connections."""

    def __init__(
        self,
        intermediate_dim: int,
        num_heads: int,
        *,
        dropout: float = 0.0,
        attention_dropout: float = 0.0,
        normalize_first: bool = False,
        activation: str = "relu",
        num_key_value_heads: int | None = None,
        rotary: bool = False,
        **kwargs,
    ):
        super().__init__(**kwargs)
        owner = type(self).__name__
        checks.positive_int(owner, intermediate_dim=intermediate_dim, num_heads=num_heads)
        checks.unit_interval(owner, dropout=dropout, attention_dropout=attention_dropout)
        checks.one_of(owner, ("relu", "gelu", "swiglu"), activation=activation)
        checks.boolean(owner, normalize_first=normalize_first, rotary=rotary)
        if num_key_value_heads is not None:
            checks.positive_int(owner, num_key_value_heads=num_key_value_heads)
            if num_heads % num_key_value_heads:
                wanted = f"a divisor of num_heads={num_heads}"
                checks.refuse(owner, "num_key_value_heads", wanted, num_key_value_heads)
        self.intermediate_dim = intermediate_dim
        self.num_heads = num_heads
        self.dropout = dropout
        self.attention_dropout = attention_dropout
        self.normalize_first = normalize_first
        self.activation = activation
        self.num_key_value_heads = num_key_value_heads
        self.rotary = rotary
        self.supports_masking = True

    def check_inputs(self, inputs):
        """Refuse other inputs than (B, T, D), and those without a position."""
        owner = type(self).__name__
        checks.sizes(owner, "inputs", inputs.shape, "B T D", D=self.size)
        checks.not_empty(owner, "inputs", inputs.shape)

    def build_feedforward(self, inputs_shape):
        self.size = size = inputs_shape[-1]
        swiglu = self.activation == "swiglu"

        def dense(units, name, **options):
            layer = keras.layers.Dense(
                units, use_bias=not swiglu, name=name, dtype=self.dtype_policy, **options
            )
            layer.build((None, None, self.intermediate_dim if name == "down" else size))
            return layer

        activation = "silu" if swiglu else self.activation
        self.up = dense(self.intermediate_dim, "up", activation=activation)
        self.gate = dense(self.intermediate_dim, "gate") if swiglu else None
        self.down = dense(size, "down")
        self.feedforward_norm = self.make_norm("feedforward_norm", size)
        self.residual_dropout = keras.layers.Dropout(self.dropout, dtype=self.dtype_policy)

    def make_norm(self, name, size):
        norm = keras.layers.LayerNormalization(
            epsilon=LAYER_NORM_EPSILON, name=name, dtype=self.dtype_policy
        )
        norm.build((None, None, size))
        return norm

    def make_attention(self, name, inputs_shape, memory_shape, rotary):
        size = inputs_shape[-1]
        if size is None or size % self.num_heads:
            owner = type(self).__name__
            raise InputError(
                f"{owner}: `inputs` must have a size D that num_heads={self.num_heads} divides. "
                f"Received: D={size}"
            )
        if rotary and size // self.num_heads % 2:
            owner = type(self).__name__
            raise InputError(
                f"{owner}: `inputs` must have a size D such that D / num_heads with "
                f"num_heads={self.num_heads} is even where `rotary=True`. Received: D={size}"
            )
        attention = CachedAttention(
            size,
            self.num_heads,
            self.num_key_value_heads or self.num_heads,
            rotary,
            self.attention_dropout,
            name=name,
            dtype=self.dtype_policy,
        )
        attention.build(inputs_shape, memory_shape)
        return attention

    def residual(self, x, norm, sublayer, training):
        """x + dropout(sublayer(norm(x))), or norm(x + dropout(sublayer(x)))."""
        if self.normalize_first:
            return x + self.residual_dropout(sublayer(norm(x)), training=training)
        return norm(x + self.residual_dropout(sublayer(x), training=training))

    def feedforward(self, x, training):
        def sublayer(x):
            intermediate = self.up(x) if self.gate is None else self.up(x) * self.gate(x)
            return self.down(intermediate)

        return self.residual(x, self.feedforward_norm, sublayer, training)

    def compute_output_shape(self, inputs_shape, *_, **__):
        return tuple(inputs_shape)

    def get_config(self) -> dict[str, Any]:
        return {
            **super().get_config(),
            "intermediate_dim": self.intermediate_dim,
            "num_heads": self.num_heads,
            "dropout": self.dropout,
            "attention_dropout": self.attention_dropout,
            "normalize_first": self.normalize_first,
            "activation": self.activation,
            "num_key_value_heads": self.num_key_value_heads,
            "rotary": self.rotary,
        }
