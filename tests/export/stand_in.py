"""What the tests of keras_seq.export bring themselves: models and the functions around them."""

import keras
import numpy as np

import keras_seq.models

TEXTS = ["good", "not good at all, but the cast is", "a", "bad bad"]
LABELS = ["no", "yes", "perhaps"]
SENTENCES = [
    "I like it!",
    "I do not like the story, but I do like the cast.",
    "bad",
    "不好 — naïve",
]


def ids_of(texts):
    """Code points modulo 50, plus 1, padded on the right with 0."""
    ids = np.zeros((len(texts), max(map(len, texts))), "int32")
    for row, text in zip(ids, texts, strict=True):
        row[: len(text)] = [ord(letter) % 50 + 1 for letter in text]
    return ids


def classifier_of(tokenizer):
    """One of our models, with weights large enough to tell texts apart."""
    model = keras_seq.models.SequenceClassifier(
        len(tokenizer), 3, cell="peephole", units=5, embedding_dim=6, pooling="attention"
    )
    rng = np.random.default_rng(1)
    model.set_weights([w + rng.normal(size=w.shape) for w in model.get_weights()])
    return model


def predicted(model, tokenizer, texts):
    """What the backend of this run predicts, padding each text by three steps too many."""
    ids = tokenizer.encode(texts)
    padded = np.zeros((len(ids), max(map(len, ids)) + 3), "int32")
    for row, known in zip(padded, ids, strict=True):
        row[: len(known)] = known
    return model.predict(padded, verbose=0)


def model_of_ids(pooling=None):
    """A keras.Model from ids (B, T) to probabilities (B, 3), with stock layers."""
    # Large weights: small ones would give all texts nearly the same probabilities.
    wide = keras.initializers.RandomNormal(stddev=2.0, seed=1)
    layers = [
        keras.Input((None,), dtype="int32"),
        keras.layers.Embedding(51, 6, wide, mask_zero=True),
    ]
    if pooling is None:
        layers.append(keras.layers.LSTM(5))
    else:
        layers += [keras.layers.LSTM(5, return_sequences=True), pooling]
    layers.append(keras.layers.Dense(3, "softmax", kernel_initializer=wide))
    return keras.Sequential(layers)


def build(model, config):
    """A served function: letters in, label, score and probabilities out."""
    import tensorflow as tf

    @tf.function(input_signature=[tf.TensorSpec([None], tf.string, name="text")])
    def serve(text):
        points = tf.strings.unicode_decode(text, "UTF-8")
        ids = tf.ragged.map_flat_values(lambda values: values % 50 + 1, points).to_tensor()
        batch, steps = tf.unstack(tf.shape(ids))
        ids = tf.pad(ids, [[0, tf.maximum(1 - batch, 0)], [0, tf.maximum(1 - steps, 0)]])
        probabilities = model(ids, training=False)[:batch]
        return {
            "label": tf.gather(tf.constant(config["labels"]), tf.argmax(probabilities, -1)),
            "probabilities": probabilities,
        }

    return serve, []


def build_with_python_inside(model, config):
    """A served function that needs the Python process it was written in."""
    import tensorflow as tf

    @tf.function(input_signature=[tf.TensorSpec([None], tf.string, name="text")])
    def serve(text):
        return {"probabilities": tf.py_function(lambda values: values, [text], tf.string)}

    return serve, []


def build_nothing(model, config):
    """A builder that fails."""
    raise RuntimeError("the tags are\nmissing")


@keras.saving.register_keras_serializable("tests")
class Unknown(keras.layers.Layer):
    """A layer that the exporting process has not heard of."""

    def call(self, inputs):
        return inputs
