"""A decoder block step by step: equal to all positions at once, in a beam, with shared caches."""

import keras
import numpy as np
import pytest

from tests.gradients import assert_close, to_numpy
from tests.transformer.test_blocks import MEMORY_MASK, OPTIONS, B, D, T, block, data


@pytest.mark.parametrize(
    "options", [*OPTIONS, {"use_cross_attention": False, "rotary": True}], ids=str
)
def test_step_by_step_is_all_at_once(options, rng):
    layer, (x, memory) = block("Decoder", rng, **options), data(rng)
    prepared, there, given = None, None, [x]
    if layer.use_cross_attention:
        prepared, there = layer.cross_attention_cache(memory, memory_mask=MEMORY_MASK), MEMORY_MASK
        given = [x, memory]
    whole = to_numpy(layer(*given, **({"memory_mask": there} if layer.use_cross_attention else {})))
    cache = layer.initial_cache(B, T + 2)
    for t in range(T):
        at = np.full((B,), t, "int32")
        output, weights, cache = layer.step(
            x[:, t], cache, at, cross_attention_cache=prepared, memory_mask=there
        )
        assert_close(to_numpy(output), whole[:, t], what=f"step {t}")
        if layer.use_cross_attention:
            assert_close(to_numpy(weights).sum(-1), np.ones(B), 1e-6)
            assert (to_numpy(weights)[~MEMORY_MASK] == 0).all()


@pytest.mark.parametrize("number", [-1, 2])
def test_a_step_without_room_is_refused(number, rng):
    layer, (x, memory) = block("Decoder", rng), data(rng)
    cache, prepared = layer.initial_cache(B, 2), layer.cross_attention_cache(memory)
    at = keras.ops.full((B,), number, "int32")
    with pytest.raises(
        ValueError, match=r"`position` must be in \[0, L\) with L=2, .* position=" + str(number)
    ):
        layer.step(x[:, 0], cache, at, cross_attention_cache=prepared)


def test_a_beam_shares_its_memory(rng):
    """Rows of one memory step as if each had it for itself, and look where all at once look."""
    layer, (x, memory) = block("Decoder", rng), data(rng)
    width, rows = 3, 3 * B
    beam = rng.normal(size=(rows, T, x.shape[-1])).astype("float32")
    alone = np.repeat(memory, width, axis=0), np.repeat(MEMORY_MASK, width, axis=0)
    whole, expected = map(
        to_numpy, layer.call_with_attention_weights(beam, alone[0], memory_mask=alone[1])
    )
    prepared, cache = (
        layer.cross_attention_cache(memory, memory_mask=MEMORY_MASK),
        layer.initial_cache(rows, T),
    )
    for t in range(T):
        at = np.full((rows,), t, "int32")
        output, weights, cache = layer.step(
            beam[:, t], cache, at, cross_attention_cache=prepared, memory_mask=MEMORY_MASK,
            beam_width=width,
        )  # fmt: skip
        assert_close(to_numpy(output), whole[:, t], what=f"step {t}")
        assert_close(to_numpy(weights), expected[:, :, t].mean(axis=1), 1e-6)


@pytest.mark.parametrize(
    "options", [{}, {"use_cross_attention": False, "rotary": True, "num_key_value_heads": 2}]
)
def test_a_beam_leaves_its_cache_where_it_is(options, rng):
    """Hypotheses that descend from each other, against each one's whole way at once."""
    layer, (_, memory) = block("Decoder", rng, **options), data(rng)
    W, there, prepared = 3, None, None
    if layer.use_cross_attention:
        there, prepared = MEMORY_MASK, layer.cross_attention_cache(memory, memory_mask=MEMORY_MASK)
    x = rng.normal(size=(T, B, W, D)).astype("float32")
    cache, beam_ancestors = layer.initial_cache(B, T, W), np.zeros((B, W, T), "int32")
    ways = np.zeros((B, W, 0, D), "float32")
    for t in range(T):
        parents = rng.integers(0, W, (B, W))
        rows = np.arange(B)[:, None]
        beam_ancestors, ways = beam_ancestors[rows, parents], ways[rows, parents]
        beam_ancestors[:, :, t] = np.arange(W)
        ways = np.concatenate([ways, x[t][:, :, None]], axis=2)
        at = np.full((B * W,), t, "int32")
        output, _, cache = layer.step(
            x[t].reshape(B * W, D), cache, at, cross_attention_cache=prepared, memory_mask=there,
            beam_width=W,
            beam_ancestors=keras.ops.convert_to_tensor(beam_ancestors.reshape(B * W, T)),
        )  # fmt: skip
        given = [ways.reshape(B * W, t + 1, D)]
        named = {}
        if layer.use_cross_attention:
            given.append(np.repeat(memory, W, axis=0))
            named["memory_mask"] = np.repeat(MEMORY_MASK, W, axis=0)
        assert_close(to_numpy(output), to_numpy(layer(*given, **named))[:, -1], what=f"step {t}")


def test_a_cache_of_one_s_own_is_not_spent(rng):
    """A way forks: what one branch says the other has not heard, where nothing is recorded too."""
    layer = block("Decoder", rng, use_cross_attention=False)
    x = rng.normal(size=(4, B, D)).astype("float32")

    def ways():
        at = [np.full((B,), t, "int32") for t in range(3)]
        _, _, cache = layer.step(x[0], layer.initial_cache(B, 3), at[0])
        branches = [layer.step(x[n], cache, at[1])[2] for n in (1, 2)]
        return [to_numpy(layer.step(x[3], branch, at[2])[0]) for branch in branches]

    for found in (ways(), without_gradient(ways)):
        for n, output in zip((1, 2), found, strict=True):
            assert_close(output, to_numpy(layer(np.stack([x[0], x[n], x[3]], axis=1)))[:, -1])


def without_gradient(function):
    if keras.backend.backend() != "torch":
        return function()
    import torch

    with torch.no_grad():
        return function()


@pytest.mark.skipif(keras.backend.backend() != "torch", reason="only there a cache is written to")
def test_a_beam_s_cache_is_kept_where_a_gradient_is_recorded(rng):
    import torch

    layer = block("Decoder", rng, use_cross_attention=False)
    x = torch.tensor(rng.normal(size=(2, 2 * B, D)).astype("float32"), requires_grad=True)
    cache, beam_ancestors = (
        layer.initial_cache(B, 2, 2),
        torch.arange(2).repeat(B)[:, None].repeat(1, 2),
    )
    for t in range(2):
        at = torch.full((2 * B,), t, dtype=torch.int32)
        output, _, cache = layer.step(x[t], cache, at, beam_width=2, beam_ancestors=beam_ancestors)
    output[:, 0].sum().backward()
    assert (x.grad.abs().sum(dim=-1) > 0).all(), "the first step had no part in it"


@pytest.mark.once
def test_beam_ancestors_have_the_length_of_the_cache(rng):
    layer = block("Decoder", rng, use_cross_attention=False)
    at, beam_ancestors = keras.ops.zeros((4,), "int32"), keras.ops.zeros((4, 5), "int32")
    x, cache = np.zeros((4, D), "float32"), layer.initial_cache(2, 6, 2)
    with pytest.raises(
        ValueError, match=r"`beam_ancestors` must be of shape \(N, L\) with N=4, L=6. Rec"
    ):
        layer.step(x, cache, at, beam_width=2, beam_ancestors=beam_ancestors)
    with pytest.raises(
        ValueError, match=r"`self_attention_cache` must be of shape \(R, G, D, P\) with R=4"
    ):
        layer.step(x, cache, at)
