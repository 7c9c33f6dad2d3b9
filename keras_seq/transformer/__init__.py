"""Transformer blocks and position encodings, for tokens, image patches or objects."""

from keras_seq.transformer.decoder import TransformerDecoderBlock
from keras_seq.transformer.encoder import TransformerEncoderBlock
from keras_seq.transformer.positions import (
    LearnedPositions,
    RotaryPositions,
    SinusoidalPositions,
)

__all__ = [
    "LearnedPositions",
    "RotaryPositions",
    "SinusoidalPositions",
    "TransformerDecoderBlock",
    "TransformerEncoderBlock",
]
