"""Exports a tagger that takes text or tokens and returns tags and spans."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import keras

from keras_seq import checks
from keras_seq.crf.span_probability import span_marginals
from keras_seq.crf.tag_schemes import continuation_matrix, split_tag, tags_of
from keras_seq.data.pretokenizer import Pretokenizer
from keras_seq.export.answer_format import AnswerFormat
from keras_seq.export.requests import checked_texts
from keras_seq.export.saved_model import export_saved_model
from keras_seq.tasks.tagging.features import TokenFeatures

ANSWER_FORMAT = AnswerFormat("{tokens}", span="[{span}]{span_type} {span_score:.2f}")

_OWNER = "export_tagger"


def export_tagger(
    model_path: str | Path,
    pretokenizer: Pretokenizer,
    features: TokenFeatures,
    out: str | Path,
    examples: Sequence[str],
    expected: Mapping[str, list[Any]],
    scheme: str = "BIO",
) -> Path:
    """Write the next version of a servable tagger and compare it with the trained one.

    The signature `serving_default` takes `text`, string (B,), and splits it by `pretokenizer`;
    the signature `tokens` takes `tokens`, string (B, T), padded with "". Both return

    - `tokens` and `tags`, string (B, T), padded with "": the spans of the best path, by Viterbi, in
      the tags of `scheme`, whichever the model was trained with;
    - `span_start`, `span_end`, int32 (B, S), padded with -1: positions of tokens, the end
      exclusive; `span_type`, string (B, S), padded with ""; `span_score`, float32 (B, S), padded
      with 0: the marginal probability of the span.

    The batch may have any size, even 0, and a text at most 100,000 bytes: no text is cut.

    Args:
        model_path: a `.keras` file of a `keras_seq.models.Tagger`.
        pretokenizer: `keras_seq.data.Pretokenizer`.
        features: `keras_seq.tasks.tagging.TokenFeatures`, with which the model was trained.
        out: folder of the model, such as `saved_models/ner`.
        examples: list of texts, at least two, of different numbers of tokens.
        expected: the predictions of the trained model for the tokens of each: a dictionary of the
            names above, without `tokens`, -> list of N lists.
        scheme: "BIO", "BIOES" or "BMES".

    Returns:
        pathlib.Path of the new version, such as `saved_models/ner/1`.

    Raises:
        InputError: an argument is not as described above.
        ExportError: the export failed; earlier versions are unchanged.
    """
    checks.one_of(_OWNER, ("BIO", "BIOES", "BMES"), scheme=scheme)
    examples = [str(text) for text in examples]
    tokens = [
        [token.decode("utf-8", "surrogateescape") for token in row]
        for row in pretokenizer(examples).to_list()
    ]
    if len({len(row) for row in tokens}) < 2:
        checks.refuse(_OWNER, "examples", "texts of at least two lengths in tokens", examples)
    width = max(map(len, tokens))
    padded = [row + [""] * (width - len(row)) for row in tokens]
    return export_saved_model(
        model_path,
        out,
        builder=f"{__name__}:build",
        config={
            "pretokenizer": pretokenizer.kind,
            "features": features.to_config(),
            "scheme": scheme,
        },
        examples={"text": examples},
        expected={**expected, "tokens": tokens},
        probes=edge_case_texts(examples),
        others={"tokens": ({"tokens": padded}, {"empty tokens": {"tokens": [["", ""], ["", ""]]}})},
        answer_format=ANSWER_FORMAT,
    )


def edge_case_texts(examples: Sequence[str]) -> dict[str, dict[str, list[str]]]:
    """Edge cases that a served text model must answer."""
    longest = max(examples, key=len)
    return {
        "no text": {"text": []},
        "the empty text": {"text": [""]},
        "an empty text beside others": {"text": ["", *examples[:1], "\t\n", "\udcff\udcfe"]},
        "a long text": {"text": [" ".join([longest] * (3_000 // max(1, len(longest)) + 1))]},
    }


def build(model: keras.Model, config: Mapping[str, Any]) -> tuple[Any, list[Any]]:
    """The served functions of a tagger; see `export_saved_model`."""
    import tensorflow as tf

    pretokenizer = Pretokenizer(config["pretokenizer"])
    features = TokenFeatures.from_config(config["features"])
    scheme = config["scheme"]

    @tf.function(input_signature=[tf.TensorSpec([None], tf.string, name="text")])
    def of_text(text):
        return answer(model, features, pretokenizer(checked_texts(text)), scheme)

    @tf.function(input_signature=[tf.TensorSpec([None, None], tf.string, name="tokens")])
    def of_tokens(tokens):
        tokens = checked_texts(tokens, "tokens", "B T")
        return answer(model, features, tf.RaggedTensor.from_tensor(tokens, padding=""), scheme)

    return {"serving_default": of_text, "tokens": of_tokens}, [pretokenizer, features]


def best_path(model: keras.Model, features: TokenFeatures, tokens: Any) -> tuple[Any, Any, Any]:
    """Emissions (B', T', K), mask and best tags (B', T') of ragged tokens, B', T' at least 1."""
    import tensorflow as tf

    # A recurrent layer needs at least one row and one step, so empty inputs are padded.
    ids = {
        name: tf.pad(
            values,
            [[0, tf.maximum(1 - tf.shape(values)[axis], 0)] for axis in (0, 1)]
            + [[0, 0]] * (len(values.shape) - 2),
        )
        for name, values in features(tokens).items()
    }
    found = model(ids, training=False)
    return found["emissions"], model.mask(ids), found["tags"]


def answer(model: keras.Model, features: TokenFeatures, tokens: Any, scheme: str) -> dict[str, Any]:
    """The outputs of both signatures for ragged tokens (B, T)."""
    import tensorflow as tf

    emissions, mask, tags = best_path(model, features, tokens)
    names = model.crf.tags
    rows, starts, ends, kinds = spans(tags, mask, names)
    scores = span_marginals(model.crf, emissions, mask, tags, rows, starts, ends)
    B = tokens.nrows()
    T = tf.reduce_max(tf.concat([tokens.row_lengths(), [0]], axis=0))
    spelled = tf.where(mask, spell(tags, mask, names, scheme), "")

    def of_rows(values, padding):
        ragged = tf.RaggedTensor.from_value_rowids(values, rows, nrows=B)
        return ragged.to_tensor(tf.constant(padding, values.dtype))

    return {
        "tokens": tokens.to_tensor(""),
        "tags": spelled[:B, :T],
        "span_start": of_rows(starts, -1),
        "span_end": of_rows(ends, -1),
        "span_type": of_rows(kinds, ""),
        "span_score": of_rows(scores, 0.0),
    }


def spans(tags: Any, mask: Any, names: Sequence[str]) -> tuple[Any, Any, Any, Any]:
    """The spans of tags (B, T), as `keras_seq.crf.tag_schemes.spans_of` finds them.

    Returns:
        int64 rows, int32 starts and ends, and string types, (N,) each.
    """
    import tensorflow as tf

    _, begins, ends = _edges(tags, mask, names)
    first, last = tf.where(begins), tf.where(ends)
    types = tf.constant([split_tag(tag)[1] for tag in names])
    kinds = tf.gather(types, tf.gather_nd(tags, first))
    return first[:, 0], tf.cast(first[:, 1], tf.int32), tf.cast(last[:, 1] + 1, tf.int32), kinds


def spell(tags: Any, mask: Any, names: Sequence[str], scheme: str) -> Any:
    """The spans of tags (B, T) in the tags of a scheme, as strings (B, T)."""
    import tensorflow as tf

    table = []
    for name in names:
        kind = split_tag(name)[1]
        begin, middle, end, single = tags_of([(0, 3, kind), (3, 4, kind)], 4, scheme)
        table.append(["O", middle, end, begin, single])
    inside, begins, ends = (tf.cast(x, tags.dtype) for x in _edges(tags, mask, names))
    return tf.gather_nd(tf.constant(table), tf.stack([tags, inside + 2 * begins + ends], axis=-1))


def _edges(tags, mask, names):
    """Whether each tag (B, T) is in a span, is the first one of it, and the last one."""
    import tensorflow as tf

    inside = tf.gather(tf.constant([tag != "O" for tag in names]), tags) & mask
    # A tag and the one before it; the first tag is preceded by itself, which `edge` corrects.
    pairs = tf.stack([tf.concat([tags[:, :1], tags[:, :-1]], axis=1), tags], axis=-1)
    edge = [[0, 0], [1, 0]]
    continuing = (
        tf.gather_nd(tf.constant(continuation_matrix(names)), pairs)
        & inside
        & tf.pad(inside[:, :-1], edge)
    )
    return inside, inside & ~continuing, inside & ~tf.pad(continuing[:, 1:], [[0, 0], [0, 1]])
