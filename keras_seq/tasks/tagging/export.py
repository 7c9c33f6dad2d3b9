"""A tagger as served: text or tokens in; tags and spans out."""

from keras_seq import checks
from keras_seq.export.saved_model import export_saved_model

_OWNER = "export_tagger"


def export_tagger(model_path, splitter, features, out, examples, expected):
    """Write the next version of a servable tagger, checked against the trained one.

    The signature `serving_default` takes `text`, string (B,), and divides it as `splitter` does;
    the signature `tokens` takes `tokens`, string (B, T), padded with "". Both give

    - `tokens` and `tags`, string (B, T), padded with "": the best path, by Viterbi;
    - `span_start`, `span_end`, int32 (B, S), padded with -1: positions of tokens, the end
      exclusive; `span_type`, string (B, S), padded with ""; `span_score`, float32 (B, S), padded
      with 0: the probability of the span, over all paths.

    Any batch, also of none, and any length, also of none: no text is cut.

    Args:
        model_path: a `.keras` file of a `keras_seq.models.Tagger`.
        splitter: `keras_seq.data.Pretokenizer`.
        features: `keras_seq.tasks.tagging.TokenFeatures`, with which the model was trained.
        out: folder of the model, such as `saved_models/ner`.
        examples: list of texts, at least two, of different numbers of tokens.
        expected: what the trained model says of the tokens of each: a dictionary of the names
            above, without `tokens`, -> list of N lists.

    Returns:
        pathlib.Path of the new version, such as `saved_models/ner/1`.

    Raises:
        ValueError: an argument is not as above.
        ExportError: one sentence on what went wrong. Earlier versions are as they were.
    """
    examples = [str(text) for text in examples]
    tokens = [
        [token.decode("utf-8", "surrogateescape") for token in row]
        for row in splitter(examples).to_list()
    ]
    if len({len(row) for row in tokens}) < 2:
        checks.refuse(_OWNER, "examples", "texts of at least two lengths in tokens", examples)
    width = max(map(len, tokens))
    padded = [row + [""] * (width - len(row)) for row in tokens]
    return export_saved_model(
        model_path,
        out,
        builder=f"{__name__}:build",
        config={"splitter": splitter.kind, "features": features.to_config()},
        examples={"text": examples},
        expected={**expected, "tokens": tokens},
        probes=odd_texts(examples),
        others={"tokens": ({"tokens": padded}, {"empty tokens": {"tokens": [["", ""], ["", ""]]}})},
    )


def odd_texts(examples):
    """Calls that a served model of text must have an answer for."""
    longest = max(examples, key=len)
    return {
        "no text": {"text": []},
        "the empty text": {"text": [""]},
        "an empty text beside others": {"text": ["", *examples[:1], "\t\n", "\udcff\udcfe"]},
        "a long text": {"text": [" ".join([longest] * (3_000 // max(1, len(longest)) + 1))]},
    }


def build(model, config):
    """The served functions of a tagger; see `export_saved_model`."""
    import tensorflow as tf

    from keras_seq.data.pretokenizer import Pretokenizer
    from keras_seq.tasks.tagging.features import TokenFeatures

    splitter = Pretokenizer(config["splitter"])
    features = TokenFeatures.from_config(config["features"])

    @tf.function(input_signature=[tf.TensorSpec([None], tf.string, name="text")])
    def of_text(text):
        return answer(model, features, splitter(text))

    @tf.function(input_signature=[tf.TensorSpec([None, None], tf.string, name="tokens")])
    def of_tokens(tokens):
        return answer(model, features, tf.RaggedTensor.from_tensor(tokens, padding=""))

    return {"serving_default": of_text, "tokens": of_tokens}, [splitter, features]


def best_path(model, features, tokens):
    """Emissions (B', T', K), mask and best tags (B', T') of ragged tokens, B', T' at least 1."""
    import tensorflow as tf

    # A recurrent layer needs a row and a step: where there is none, it gets padding.
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


def answer(model, features, tokens):
    """The outputs of both signatures for ragged tokens (B, T)."""
    import tensorflow as tf

    from keras_seq.crf.span_probability import span_probability

    emissions, mask, tags = best_path(model, features, tokens)
    names = model.crf.tags
    rows, starts, ends, kinds = spans(tags, mask, names)
    scores = span_probability(model.crf, emissions, mask, tags, rows, starts, ends)
    B = tokens.nrows()
    T = tf.reduce_max(tf.concat([tokens.row_lengths(), [0]], axis=0))
    spelled = tf.where(mask, tf.gather(tf.constant(names), tags), "")

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


def spans(tags, mask, names):
    """The spans of tags (B, T), as `keras_seq.crf.tag_schemes.spans_of` finds them.

    Returns:
        int64 rows, int32 starts and ends, and string types, (N,) each.
    """
    import tensorflow as tf

    parts = [name.partition("-")[::2] for name in names]
    types = sorted({kind for _, kind in parts})
    by_tag = {
        "entity": [letter != "O" for letter, _ in parts],
        "open": [letter in "BIM" for letter, _ in parts],
        "inner": [letter in "IME" for letter, _ in parts],
        "type": [types.index(kind) for _, kind in parts],
    }
    entity, opened, inner, kind = (tf.gather(tf.constant(v), tags) for v in by_tag.values())
    entity, opened = entity & mask, opened & mask
    edge = [[0, 0], [1, 0]]
    goes_on = (
        entity
        & inner
        & tf.pad(opened[:, :-1], edge)
        & (kind == tf.pad(kind[:, :-1], edge, constant_values=-1))
    )
    first = tf.where(entity & ~goes_on)
    last = tf.where(entity & ~tf.pad(goes_on[:, 1:], [[0, 0], [0, 1]]))
    starts, ends = tf.cast(first[:, 1], tf.int32), tf.cast(last[:, 1] + 1, tf.int32)
    return first[:, 0], starts, ends, tf.gather(tf.constant(types), tf.gather_nd(kind, first))
