"""Blocks of Transformers and positions: what is refused, in one sentence on every backend."""

import numpy as np
import pytest

import keras_seq

B, T, S, D, M = 2, 4, 5, 8, 6


def zeros(*shape):
    return np.zeros(shape, "float32")


def refused(call, owner, sentence, *args, **kwargs):
    with pytest.raises(ValueError) as error:
        call(*args, **kwargs)
    assert f"{owner}: {sentence}" in str(error.value)


def test_what_blocks_refuse():
    x, memory = zeros(B, T, D), zeros(B, S, M)
    encoder = keras_seq.TransformerEncoderBlock(8, 2)
    decoder = keras_seq.TransformerDecoderBlock(8, 2)
    encoder(x), decoder(x, memory)
    for block, others in ((encoder, ()), (decoder, (memory,))):
        name = type(block).__name__
        wanted = "`inputs` must have at least one time step. Received: inputs.shape=(2, 0, 8)"
        refused(block, name, wanted, x[:, :0], *others)
        wanted = "`inputs` must be of shape (B, T, D) with D=8."
        refused(block, name, wanted, zeros(B, T, 1), *others)
        wanted = "`mask` must be of True and False, or of 1 and 0. Received: mask=0.5"
        refused(block, name, wanted, x, *others, mask=np.full((B, T), 0.5))
    name = "TransformerDecoderBlock"
    wanted = "`memory` must be of shape (B, S, M) with B=2, M=6."
    refused(decoder, name, wanted, x, memory[:1])
    refused(decoder, name, wanted, x, zeros(B, S, 1))
    refused(decoder, name, "`memory` must have at least one time step.", x, memory[:, :0])
    refused(decoder, name, "`memory` must be given where `use_cross_attention=True`", x)
    alone = keras_seq.TransformerDecoderBlock(8, 2, use_cross_attention=False)
    alone(x)
    refused(alone, name, "`memory` must be given where `use_cross_attention=True`", x, memory)


def test_what_a_step_refuses():
    name, first = "TransformerDecoderBlock", np.zeros(B, "int32")
    block = keras_seq.TransformerDecoderBlock(8, 2)
    block.build((B, T, D), (B, S, M))
    x, cache = zeros(B, D), block.initial_cache(B, 3)
    keys = block.cross_attention_cache(zeros(B, S, M))
    memory = {"cross_attention_cache": keys}
    wanted = "`position` must be the same for all rows. Received: position=[0, 1]"
    refused(block.step, name, wanted, x, cache, np.array([0, 1]), **memory)
    wanted = "`position` must be of an integer type. Received: position='float64'"
    refused(block.step, name, wanted, x, cache, np.array([0.7, 0.7]), **memory)
    wanted = "`cross_attention_cache` must be given where `use_cross_attention=True`"
    refused(block.step, name, wanted, x, cache, first)
    one = {"cross_attention_cache": block.cross_attention_cache(zeros(1, S, M))}
    refused(block.step, name, "`cross_attention_cache` must ", x, cache, first, **one)
    refused(block.initial_cache, name, "`max_length` must be a positive integer.", B, 0)


def test_positions_are_integers():
    for layer, x in (
        (keras_seq.SinusoidalPositions(), zeros(B, T, D)),
        (keras_seq.LearnedPositions(9), zeros(B, T, D)),
        (keras_seq.RotaryPositions(), zeros(B, T, 2, D)),
    ):
        wanted = "`start_index` must be of an integer type. Received: start_index='float"
        refused(layer, type(layer).__name__, wanted, x, start_index=1.5)
