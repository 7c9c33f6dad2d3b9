"""From the ids of the features of tokens to a score for each tag."""

import keras
from keras import ops

from keras_seq.characters import CharacterCNN, CharacterLSTM
from keras_seq.dropout import WordDropout
from keras_seq.recurrent.variants import recurrent_variant

CHARACTERS = {"cnn": CharacterCNN, "lstm": CharacterLSTM}


def token_encoder(arguments, drops, policy):
    """The `keras.Model` of a `Tagger` below its CRF.

    Args:
        arguments: those of the tagger, by name.
        drops: those of them that each recurrent layer takes for its states.
        policy: of all layers but the last.

    Returns:
        Model from a dictionary of ids, (B, T) or (B, T, C), to emissions (B, T, K), float32.
    """
    sizes, dropout = arguments["features"], arguments["dropout"]
    ranks = {name: (None, None) if name == "characters" else (None,) for name in sizes}
    inputs = {name: keras.Input(ranks[name], dtype="int32", name=name) for name in sizes}
    # Passed on by hand, so that it does not depend on what each layer hands on.
    mask = ops.not_equal(inputs["words"], 0)
    parts = []
    for name, ids in inputs.items():
        if name == "characters":
            layer = CHARACTERS[arguments["characters"]](
                sizes[name],
                arguments["character_units"],
                arguments["character_embedding"],
                dropout,
                name=f"embed_{name}",
                dtype=policy,
            )
            parts.append(layer(ids))
            continue
        wide = name in ("words", "bigrams")
        size = arguments["embedding" if wide else "feature_embedding"]
        layer = keras.layers.Embedding(sizes[name], size, name=f"embed_{name}", dtype=policy)
        x = layer(ids)
        if name == "words":
            x = WordDropout(arguments["word_dropout"], name="word_dropout", dtype=policy)(x, ids)
        parts.append(x)
        if name == "bigrams":
            parts.append(layer(ops.pad(ids[:, :-1], [[0, 0], [1, 0]])))
    x = ops.concatenate(parts, axis=-1) if len(parts) > 1 else parts[0]
    recurrent, options = recurrent_variant(arguments["cell"])
    for number in range(1, arguments["layers"] + 1):
        layer = recurrent(
            arguments["units"],
            return_sequences=True,
            dropout=dropout,
            name=f"{arguments['cell']}_{number}",
            dtype=policy,
            **options,
            **drops,
        )
        if arguments["bidirectional"]:
            layer = keras.layers.Bidirectional(layer, name=f"both_{number}", dtype=policy)
        x = layer(x, mask=mask)
    x = keras.layers.Dropout(dropout, name="dropout", dtype=policy)(x)
    emissions = keras.layers.Dense(len(arguments["tags"]), name="emissions", dtype="float32")(x)
    return keras.Model(inputs, emissions, name="encoder")
