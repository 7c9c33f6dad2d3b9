"""The blocks by their equations and beside PyTorch's; step by step as all at once; padding."""

import keras
import numpy as np
import pytest

import keras_seq
from tests.equations import transformer as equations
from tests.gradients import assert_close, to_numpy

B, T, S, D, M = 3, 5, 4, 8, 6
MASK = np.array([[1, 1, 1, 1, 1], [1, 1, 0, 0, 0], [1, 0, 1, 1, 0]], bool)
MEMORY_MASK = np.array([[1, 1, 1, 1], [1, 0, 0, 0], [0, 1, 1, 0]], bool)
OPTIONS = [
    {},
    {"normalize_first": True, "activation": "gelu"},
    {"activation": "swiglu", "num_key_value_heads": 2, "rotary": True},
    {"normalize_first": True, "num_key_value_heads": 1},
]


def block(kind, rng, **options):
    layer = getattr(keras_seq, f"Transformer{kind}Block")(10, 4, **options)
    cross = kind == "Decoder" and options.get("use_cross_attention", True)
    layer.build((B, T, D), *([(B, S, M)] if cross else []))
    for weight in layer.trainable_weights:
        center = 1.0 if weight.name == "gamma" else 0.0
        weight.assign(center + rng.normal(0, 0.4, weight.shape))
    return layer


def data(rng):
    return rng.normal(size=(B, T, D)).astype("float32"), rng.normal(size=(B, S, M)).astype(
        "float32"
    )


def weights_of(layer):
    return {v.path.partition("/")[2]: to_numpy(v) for v in layer.weights}


def spoilt(x, mask):
    return np.where(mask[..., None], x, np.float32(np.nan))


@pytest.mark.parametrize("options", OPTIONS, ids=str)
def test_encoder_is_its_equations(options, rng):
    layer, (x, _) = block("Encoder", rng, **options), data(rng)
    for mask in (None, MASK):
        given = x if mask is None else spoilt(x, mask)
        expected = equations.block(weights_of(layer), x, mask=mask, **options)
        real = slice(None) if mask is None else mask
        assert_close(to_numpy(layer(given, mask=mask))[real], expected[real])


@pytest.mark.parametrize(
    "options", [*OPTIONS, {"use_causal_mask": False}, {"use_cross_attention": False}], ids=str
)
def test_decoder_is_its_equations(options, rng):
    layer, (x, memory) = block("Decoder", rng, **options), data(rng)
    memory = memory if options.get("use_cross_attention", True) else None
    causal = options.get("use_causal_mask", True)
    found = layer(
        spoilt(x, MASK),
        None if memory is None else spoilt(memory, MEMORY_MASK),
        mask=MASK,
        memory_mask=None if memory is None else MEMORY_MASK,
    )
    expected = equations.block(
        weights_of(layer), x, memory, mask=MASK, memory_mask=MEMORY_MASK, causal=causal, **options
    )
    assert_close(to_numpy(found)[MASK], expected[MASK])


@pytest.mark.parametrize("normalize_first", [True, False])
@pytest.mark.parametrize("kind", ["Encoder", "Decoder"])
def test_is_pytorchs_layer(kind, normalize_first, rng):
    import torch

    layer = block(kind, rng, normalize_first=normalize_first, activation="gelu")
    x, _ = data(rng)
    memory = rng.normal(size=(B, S, D)).astype("float32")
    if kind == "Decoder":
        layer = keras_seq.TransformerDecoderBlock(
            10, 4, normalize_first=normalize_first, activation="gelu"
        )
        layer.build(x.shape, memory.shape)
    theirs = getattr(torch.nn, f"Transformer{kind}Layer")(
        D, 4, 10, 0.0, "gelu", norm_first=normalize_first, batch_first=True
    )
    w = {name: torch.tensor(a, dtype=torch.float32) for name, a in weights_of(layer).items()}
    for ours, name in (("self_attention", "self_attn"), ("cross_attention", "multihead_attn")):
        if not hasattr(theirs, name):
            continue
        parts = [w[f"{ours}/{part}/kernel"].reshape(D, D).T for part in ("query", "key", "value")]
        biases = [w[f"{ours}/{part}/bias"].reshape(D) for part in ("query", "key", "value")]
        state = {
            "in_proj_weight": torch.cat(parts),
            "in_proj_bias": torch.cat(biases),
            "out_proj.weight": w[f"{ours}/attention_output/kernel"].reshape(D, D).T,
            "out_proj.bias": w[f"{ours}/attention_output/bias"],
        }
        getattr(theirs, name).load_state_dict(state)
    norms = ["self_attention_norm", "feedforward_norm"]
    if kind == "Decoder":
        norms.insert(1, "cross_attention_norm")
    for number, name in enumerate(norms, 1):
        state = {"weight": w[f"{name}/gamma"], "bias": w[f"{name}/beta"]}
        getattr(theirs, f"norm{number}").load_state_dict(state)
    for number, name in ((1, "up"), (2, "down")):
        state = {"weight": w[f"{name}/kernel"].T, "bias": w[f"{name}/bias"]}
        getattr(theirs, f"linear{number}").load_state_dict(state)
    theirs.eval()
    padding = torch.tensor(~MASK)
    with torch.no_grad():
        if kind == "Encoder":
            expected = theirs(torch.tensor(x), src_key_padding_mask=padding)
            found = layer(x, mask=MASK)
        else:
            later = torch.triu(torch.ones(T, T, dtype=torch.bool), diagonal=1)
            expected = theirs(
                torch.tensor(x),
                torch.tensor(memory),
                tgt_mask=later,
                memory_key_padding_mask=torch.tensor(~MEMORY_MASK),
            )
            found = layer(x, memory, memory_mask=MEMORY_MASK)
    real = MASK if kind == "Encoder" else slice(None)
    assert_close(to_numpy(found)[real], expected.numpy()[real])


def test_what_lies_ahead_is_not_seen(rng):
    layer, (x, memory) = block("Decoder", rng), data(rng)
    before = to_numpy(layer(x, memory))
    x[:, 3] += 1.0
    after = to_numpy(layer(x, memory))
    assert_close(after[:, :3], before[:, :3], 1e-6)
    assert np.abs(after[:, 3:] - before[:, 3:]).min(axis=-1).max() > 1e-3


def test_dropout_is_where_it_was_published(rng):
    """On what each sublayer gives: with all of it dropped a post-norm block is two norms."""
    layer = keras_seq.TransformerEncoderBlock(10, 2, dropout=0.999999)
    x, _ = data(rng)
    found = to_numpy(layer(x, training=True))
    ones, zeros = np.ones(D), np.zeros(D)
    assert_close(found, equations.norm(equations.norm(x, ones, zeros), ones, zeros), 1e-3)
    assert np.abs(to_numpy(layer(x)) - found).max() > 1e-2


REFUSED = [
    ({"num_heads": 0}, "`num_heads` must be a positive integer. Received: num_heads=0"),
    (
        {"normalize_first": 1},
        "`normalize_first` must be True or False. Received: normalize_first=1",
    ),
    ({"activation": "tanh"}, "`activation` must be one of 'relu', 'gelu', 'swiglu'."),
    ({"num_key_value_heads": 3}, "`num_key_value_heads` must be a divisor of num_heads=4. "),
    ({"dropout": 1.0}, "`dropout` must be a number in [0, 1). Received: dropout=1.0"),
    ({"num_heads": 5}, "`inputs` must have a size D that num_heads=5 divides. Received: D=8"),
    (
        {"num_heads": 8, "rotary": True},
        "`inputs` must have a size D such that D / num_heads with num_heads=8 is even where "
        "`rotary=True`. Received: D=8",
    ),
]


@pytest.mark.once
@pytest.mark.parametrize("options, sentence", REFUSED)
def test_what_is_refused(options, sentence):
    with pytest.raises(ValueError) as error:
        layer = keras_seq.TransformerEncoderBlock(
            **{"intermediate_dim": 10, "num_heads": 4, **options}
        )
        layer(np.zeros((2, 3, D), "float32"))
    assert str(error.value).startswith(f"TransformerEncoderBlock: {sentence}")


@pytest.mark.once
def test_a_memory_where_there_must_be_one(rng):
    x, memory = data(rng)
    with pytest.raises(ValueError, match="`memory` must be given where `use_cross_attention=True`"):
        keras_seq.TransformerDecoderBlock(10, 4)(x)
    with pytest.raises(ValueError, match="`memory` must be given where `use_cross_attention=True`"):
        keras_seq.TransformerDecoderBlock(10, 4, use_cross_attention=False)(x, memory)
    with pytest.raises(ValueError, match=r"`memory_mask` must be of shape \(B, T\) with B=3, T=4"):
        keras_seq.TransformerDecoderBlock(10, 4)(x, memory, memory_mask=MASK)


def test_a_small_vision_transformer_and_a_set_predictor(rng):
    """Patches in, a class out; objects out, whatever their order."""
    images = rng.normal(size=(2, 8, 8, 1)).astype("float32")
    inputs = keras.Input((8, 8, 1))
    x = keras.layers.Conv2D(D, 4, strides=4)(inputs)
    x = keras_seq.LearnedPositions(4)(keras.layers.Reshape((4, D))(x))
    memory = keras_seq.TransformerEncoderBlock(16, 2, normalize_first=True, activation="gelu")(x)
    objects = keras_seq.LearnedPositions(3)(keras.layers.ZeroPadding1D((0, 2))(x[:, :1] * 0.0))
    sets = keras_seq.TransformerDecoderBlock(16, 2, use_causal_mask=False)(objects, memory)
    model = keras.Model(inputs, [keras.layers.GlobalAveragePooling1D()(memory), sets])
    pooled, found = model.predict(images, verbose=0)
    assert pooled.shape == (2, D) and found.shape == (2, 3, D)
