"""Transformer blocks, free of text: what stands at a place may be a token, a patch, an object."""

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
