"""The part of a tagger below its CRF: from features of tokens to a score for each tag."""

from typing import Any

import keras
from keras import ops

from keras_seq.characters import CharacterCNN, CharacterLSTM
from keras_seq.dropout import WordDropout
from keras_seq.recurrent.variants import CellName, recurrent_variant

CHARACTER_ENCODERS = {"cnn": CharacterCNN, "lstm": CharacterLSTM}


def build_encoder(
    feature_sizes: dict[str, int],
    num_tags: int,
    *,
    cell: CellName,
    units: int,
    num_layers: int,
    bidirectional: bool,
    embedding_dim: int,
    character_encoder: str,
    character_embedding_dim: int,
    character_units: int,
    feature_embedding_dim: int,
    dropout: float,
    word_dropout: float,
    recurrent_options: dict[str, Any],
    dtype: Any,
) -> keras.Model:
    """The `keras.Model` of a `Tagger` below its CRF.

    Args:
        feature_sizes: the `features` of the tagger: for each name the number of ids.
        num_tags: K.
        recurrent_options: further arguments of each recurrent layer.
        dtype: policy of all layers but the last.
        Others: as for the tagger.

    Returns:
        Model from a dictionary of ids, (B, T) or (B, T, C), to emissions (B, T, K), float32.
    """
    ranks = {name: (None, None) if name == "characters" else (None,) for name in feature_sizes}
    inputs = {name: keras.Input(ranks[name], dtype="int32", name=name) for name in feature_sizes}
    # Passed explicitly, so that it does not depend on which layers propagate a mask.
    mask = ops.not_equal(inputs["words"], 0)
    parts = []
    for name, ids in inputs.items():
        if name == "characters":
            layer = CHARACTER_ENCODERS[character_encoder](
                feature_sizes[name],
                character_units,
                character_embedding_dim,
                dropout,
                name=f"embed_{name}",
                dtype=dtype,
            )
            parts.append(layer(ids))
            continue
        size = embedding_dim if name in ("words", "bigrams") else feature_embedding_dim
        layer = keras.layers.Embedding(feature_sizes[name], size, name=f"embed_{name}", dtype=dtype)
        x = layer(ids)
        if name == "words":
            x = WordDropout(word_dropout, name="word_dropout", dtype=dtype)(x, ids)
        parts.append(x)
        if name == "bigrams":
            parts.append(layer(ops.pad(ids[:, :-1], [[0, 0], [1, 0]])))
    x = ops.concatenate(parts, axis=-1) if len(parts) > 1 else parts[0]
    recurrent, variant_options = recurrent_variant(cell)
    for number in range(1, num_layers + 1):
        layer = recurrent(
            units,
            return_sequences=True,
            dropout=dropout,
            name=f"{cell}_{number}",
            dtype=dtype,
            **variant_options,
            **recurrent_options,
        )
        if bidirectional:
            layer = keras.layers.Bidirectional(layer, name=f"both_{number}", dtype=dtype)
        x = layer(x, mask=mask)
    x = keras.layers.Dropout(dropout, name="dropout", dtype=dtype)(x)
    emissions = keras.layers.Dense(num_tags, name="emissions", dtype="float32")(x)
    return keras.Model(inputs, emissions, name="encoder")
