"""What the blocks share: arguments, feed-forward layer, residual connections."""

import keras

from keras_seq import checks
from keras_seq.transformer.cached_attention import Heads

NORM_EPSILON = 1e-5


class Block(keras.layers.Layer):
    """Base of the blocks: arguments, the feed-forward sublayer and how a sublayer is joined."""

    def __init__(
        self,
        heads,
        hidden,
        dropout=0.0,
        attention_dropout=0.0,
        norm="post",
        activation="relu",
        key_value_heads=None,
        rotary=False,
        **kwargs,
    ):
        super().__init__(**kwargs)
        owner = type(self).__name__
        checks.positive_int(owner, heads=heads, hidden=hidden)
        checks.fraction(owner, dropout=dropout, attention_dropout=attention_dropout)
        checks.one_of(owner, ("pre", "post"), norm=norm)
        checks.one_of(owner, ("relu", "gelu", "swiglu"), activation=activation)
        checks.boolean(owner, rotary=rotary)
        if key_value_heads is not None:
            checks.positive_int(owner, key_value_heads=key_value_heads)
            if heads % key_value_heads:
                wanted = f"a divisor of heads={heads}"
                checks.refuse(owner, "key_value_heads", wanted, key_value_heads)
        self.heads, self.hidden, self.norm, self.activation = heads, hidden, norm, activation
        self.dropout, self.attention_dropout = dropout, attention_dropout
        self.key_value_heads, self.rotary = key_value_heads, rotary
        self.supports_masking = True

    def build_feed_forward(self, shape):
        *_, size = shape
        swiglu = self.activation == "swiglu"

        def dense(units, name, **options):
            layer = keras.layers.Dense(
                units, use_bias=not swiglu, name=name, dtype=self.dtype_policy, **options
            )
            layer.build((None, None, self.hidden if name == "down" else size))
            return layer

        activation = "silu" if swiglu else self.activation
        self.up = dense(self.hidden, "up", activation=activation)
        self.gate = dense(self.hidden, "gate") if swiglu else None
        self.down = dense(size, "down")
        self.feed_norm = self.make_norm("feed_norm", size)
        self.drop = keras.layers.Dropout(self.dropout, dtype=self.dtype_policy)

    def make_norm(self, name, size):
        norm = keras.layers.LayerNormalization(
            epsilon=NORM_EPSILON, name=name, dtype=self.dtype_policy
        )
        norm.build((None, None, size))
        return norm

    def make_heads(self, name, shape, memory_shape, rotary):
        size = shape[-1]
        if size is None or size % self.heads:
            owner = type(self).__name__
            raise ValueError(
                f"{owner}: `inputs` must have a size D that heads={self.heads} divides. "
                f"Received: D={size}"
            )
        if rotary and size // self.heads % 2:
            owner = type(self).__name__
            raise ValueError(
                f"{owner}: `inputs` must have a size D of which each of heads={self.heads} gets an "
                f"even share where `rotary=True`. Received: D={size}"
            )
        heads = Heads(
            size,
            self.heads,
            self.key_value_heads or self.heads,
            rotary,
            self.attention_dropout,
            name=name,
            dtype=self.dtype_policy,
        )
        heads.build(shape, memory_shape)
        return heads

    def joined(self, x, norm, sublayer, training):
        """x + dropout(sublayer(norm(x))), or norm(x + dropout(sublayer(x)))."""
        if self.norm == "pre":
            return x + self.drop(sublayer(norm(x)), training=training)
        return norm(x + self.drop(sublayer(x), training=training))

    def feed_forward(self, x, training):
        def sublayer(x):
            hidden = self.up(x) if self.gate is None else self.up(x) * self.gate(x)
            return self.down(hidden)

        return self.joined(x, self.feed_norm, sublayer, training)

    def compute_output_shape(self, inputs_shape, *_, **__):
        return tuple(inputs_shape)

    def get_config(self):
        names = ("heads", "hidden", "dropout", "attention_dropout", "norm", "activation")
        names += ("key_value_heads", "rotary")
        return {**super().get_config(), **{name: getattr(self, name) for name in names}}
