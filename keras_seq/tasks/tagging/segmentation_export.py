"""Exports a word segmenter that takes text and returns segmented text."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import keras

from keras_seq import checks
from keras_seq.data.pretokenizer import Pretokenizer
from keras_seq.export.answer_format import AnswerFormat
from keras_seq.export.requests import checked_texts
from keras_seq.export.saved_model import export_saved_model
from keras_seq.tasks.tagging.export import best_path, edge_case_texts, spans
from keras_seq.tasks.tagging.features import TokenFeatures

ANSWER_FORMAT = AnswerFormat("{segmented}")

_OWNER = "export_segmenter"


def export_segmenter(
    model_path: str | Path,
    features: TokenFeatures,
    out: str | Path,
    examples: Sequence[str],
    expected: Sequence[list[str]],
) -> Path:
    """Write the next version of a servable word segmenter and compare it with the trained one.

    The signature `serving_default` takes `text`, string (B,), and gives `words`, string (B, W),
    padded with "", and `segmented`, string (B,): the words with a blank between them. White space
    of the text is skipped. The batch may have any size, even 0, and a text at most 100,000 bytes:
    no text is cut.

    Args:
        model_path: a `.keras` file of a `keras_seq.models.Tagger` of characters, with the tags B,
            M, E and S.
        features: `keras_seq.tasks.tagging.TokenFeatures`, with which the model was trained.
        out: folder of the model, such as `saved_models/segmentation`.
        examples: list of texts, at least two, of different lengths.
        expected: list of N lists of words, the predictions of the trained model.

    Returns:
        pathlib.Path of the new version, such as `saved_models/segmentation/1`.

    Raises:
        InputError: an argument is not as described above.
        ExportError: the export failed; earlier versions are unchanged.
    """
    examples = [str(text) for text in examples]
    if len({len("".join(words)) for words in expected}) < 2:
        checks.refuse(_OWNER, "examples", "texts of at least two lengths", examples)
    return export_saved_model(
        model_path,
        out,
        builder=f"{__name__}:build",
        config={"features": features.to_config()},
        examples={"text": examples},
        expected={"words": expected, "segmented": [" ".join(words) for words in expected]},
        probes=edge_case_texts(examples),
        answer_format=ANSWER_FORMAT,
    )


def build(model: keras.Model, config: Mapping[str, Any]) -> tuple[Any, list[Any]]:
    """The served function of a segmenter; see `export_saved_model`."""
    import tensorflow as tf

    pretokenizer = Pretokenizer("characters")
    features = TokenFeatures.from_config(config["features"])

    @tf.function(input_signature=[tf.TensorSpec([None], tf.string, name="text")])
    def serve(text):
        characters = pretokenizer(checked_texts(text))
        _, mask, tags = best_path(model, features, characters)
        rows, starts, _, _ = spans(tags, mask, model.crf.tags)
        B = characters.nrows()
        # Every character is in a word, so a word ends where the next one begins.
        firsts = tf.gather(characters.row_starts(), rows) + tf.cast(starts, tf.int64)
        ends = tf.concat([firsts[1:], tf.cast(tf.shape(characters.flat_values)[:1], tf.int64)], 0)
        pieces = tf.RaggedTensor.from_row_lengths(characters.flat_values, ends - firsts)
        words = tf.strings.reduce_join(pieces, axis=1)
        words = tf.RaggedTensor.from_value_rowids(words, rows, nrows=B)
        return {
            "words": words.to_tensor(""),
            "segmented": tf.strings.reduce_join(words, axis=1, separator=" "),
        }

    return serve, [pretokenizer, features]
