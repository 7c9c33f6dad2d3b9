"""A tagger: the best row of tags for a sentence."""

import keras
import numpy as np
from keras import ops

from keras_seq import checks
from keras_seq.crf import CRF
from keras_seq.dropout import WordDropout
from keras_seq.models.characters import CharacterCNN, CharacterLSTM
from keras_seq.models.classifier import CELLS

CHARACTERS = {"cnn": CharacterCNN, "lstm": CharacterLSTM}
HEADS = ("crf", "softmax")


@keras.saving.register_keras_serializable("keras_seq")
class Tagger(keras.Model):
    """From the ids of tokens to a tag for each.

        x   = [E_words[words], characters of each token, E_f[f] for each other feature f]
        x   = RNN(x), `layers` times               (B, T, U), or 2U of both directions
        s   = x W + b                              (B, T, K), the scores of the tags
        out = Viterbi(s), or argmax(s)             (B, T)

    The loss is the negative log-likelihood of the gold tags, in nats a token, and comes with the
    model: `compile(optimizer)`, then `fit(inputs, tags)`.

    Weights: an embedding for each feature (V, D), those of the character layer and of the
    recurrent layers, `kernel` W (U or 2U, K), `bias` b (K,), and those of the `CRF`.

    Args:
        features: dictionary of name -> V, the number of ids; 0 is padding. `words` must be there.
            `characters` are those of each token; of `bigrams` each token gets two, the one it
            begins and the one it ends.
        tags: list of K names.
        scheme: "BIO", "IOB1", "BIOES" or "BMES": the CRF keeps to it. None: any tag may follow any.
        head: "crf", or "softmax": each token for itself, whatever the scheme.
        cell: as of `SequenceClassifier`.
        units: U, size of the state of each direction.
        layers: how many recurrent layers stand on each other.
        bidirectional: whether each layer reads in both directions.
        embedding: D of `words` and `bigrams`.
        characters: "cnn" or "lstm": what reads the characters of a token.
        character_embedding: D of a character.
        character_units: size of what is made of the characters of a token.
        feature_embedding: D of each other feature.
        dropout: fraction of the inputs of each recurrent layer (one mask for all time steps) and
            of the last layer that is dropped.
        recurrent_dropout: fraction of the states dropped, one mask for all time steps.
        dropout_per_gate: draw a mask for each gate instead of one for all.
        recurrent_weight_dropout: fraction of the single recurrent weights dropped.
        word_dropout: fraction of the word types of each sentence whose vector is dropped.
        zoneout: probability of a state unit to keep its value for a step.
        dtype: policy of all layers but the last and the CRF; None: the global one.

    Call arguments:
        inputs: dictionary of name -> ids (B, T), for `characters` (B, T, C).
        training: nothing is dropped unless True.

    Returns:
        Dictionary of `emissions` s (B, T, K), float32, and, unless training, `tags` (B, T), int32.
        `predict` gives the tags alone.

    Masking: where `words` is 0 there is no token: it is never read, and its tag is 0.

    Raises:
        ValueError: an argument is out of range.

    Example:

    >>> from keras_seq.models import Tagger
    >>> model = Tagger({"words": 100}, ["O", "B-PER", "I-PER"], scheme="BIO", units=8)
    >>> model.compile("adam")
    >>> words, tags = np.array([[4, 8, 15], [16, 23, 0]]), np.array([[0, 1, 2], [1, 0, 0]])
    >>> history = model.fit({"words": words}, tags, verbose=0)
    >>> model.predict({"words": words}).shape
    (2, 3)

    Reference: Huang, Xu and Yu, Bidirectional LSTM-CRF Models for Sequence Tagging, 2015; Lample et
    al., Neural Architectures for Named Entity Recognition, NAACL 2016; Ma and Hovy, End-to-end
    Sequence Labeling via Bi-directional LSTM-CNNs-CRF, ACL 2016.
    """

    def __init__(
        self,
        features,
        tags,
        *,
        scheme=None,
        head="crf",
        cell="lstm",
        units=100,
        layers=1,
        bidirectional=True,
        embedding=100,
        characters="cnn",
        character_embedding=30,
        character_units=50,
        feature_embedding=20,
        dropout=0.0,
        recurrent_dropout=0.0,
        dropout_per_gate=False,
        recurrent_weight_dropout=0.0,
        word_dropout=0.0,
        zoneout=0.0,
        dtype=None,
        **kwargs,
    ):
        owner = type(self).__name__
        sizes = {
            "units": units,
            "layers": layers,
            "embedding": embedding,
            "character_embedding": character_embedding,
            "character_units": character_units,
            "feature_embedding": feature_embedding,
        }
        checks.positive_int(owner, **sizes, **features)
        if "words" not in features:
            checks.refuse(owner, "features", "some with `words`", list(features))
        if len(set(tags)) < max(2, len(tags)):
            checks.refuse(owner, "tags", "at least two different names", list(tags))
        checks.one_of(owner, HEADS, head=head)
        checks.one_of(owner, tuple(CELLS), cell=cell)
        checks.one_of(owner, tuple(CHARACTERS), characters=characters)
        checks.boolean(owner, bidirectional=bidirectional, dropout_per_gate=dropout_per_gate)
        checks.fraction(owner, dropout=dropout, word_dropout=word_dropout)
        super().__init__(**kwargs)
        policy = keras.dtype_policies.get(dtype or keras.config.dtype_policy())
        drops = {
            "recurrent_dropout": recurrent_dropout,
            "dropout_per_gate": dropout_per_gate,
            "recurrent_weight_dropout": recurrent_weight_dropout,
            "zoneout": zoneout,
        }
        self._arguments = {
            "features": dict(features),
            "tags": list(tags),
            "scheme": scheme,
            "head": head,
            "cell": cell,
            **sizes,
            "bidirectional": bidirectional,
            "characters": characters,
            "dropout": dropout,
            **drops,
            "word_dropout": word_dropout,
            "dtype": policy.name,
        }
        self.encoder = _encoder(self._arguments, drops, policy)
        # Softmax is the CRF whose transitions are and stay 0.
        with_crf = head == "crf"
        self.crf = CRF(
            list(tags),
            scheme if with_crf else None,
            name="crf",
            trainable=with_crf,
            dtype="float32",
        )
        self.accuracy = keras.metrics.Mean(name="accuracy")
        self.built = True

    def call(self, inputs, training=False):
        emissions = self.encoder(inputs, training=training)
        if training:
            return {"emissions": emissions}
        return {"emissions": emissions, "tags": self.crf(emissions, mask=self.mask(inputs))}

    def mask(self, inputs):
        """True where there is a token, (B, T)."""
        return ops.not_equal(inputs["words"], 0)

    def compute_loss(self, x=None, y=None, y_pred=None, sample_weight=None, training=True):
        mask = self.mask(x)
        losses = self.crf.loss(y_pred["emissions"], y, mask=mask)  # (B,)
        tokens = ops.sum(ops.cast(mask, "float32"), axis=1)
        if sample_weight is not None:
            sample_weight = ops.convert_to_tensor(sample_weight, "float32")
            losses, tokens = losses * sample_weight, tokens * sample_weight
        return ops.sum(losses) / ops.maximum(ops.sum(tokens), 1.0) + sum(self.losses)

    def compute_metrics(self, x, y, y_pred, sample_weight=None):
        # While training there is no Viterbi: the accuracy is that of the emissions alone.
        tags = y_pred.get("tags", ops.argmax(y_pred["emissions"], axis=-1))
        counts = ops.cast(self.mask(x), "float32")
        if sample_weight is not None:
            counts = counts * ops.expand_dims(sample_weight, 1)
        right = ops.equal(ops.cast(tags, "int32"), ops.cast(y, "int32"))
        self.accuracy.update_state(ops.cast(right, "float32"), sample_weight=counts)
        return self.get_metrics_result()

    def predict(self, x, batch_size=32):
        """The best tags, as integers.

        Args:
            x: `keras_seq.data.TagBatches`, or a dictionary of arrays (B, T).
            batch_size: sentences in a batch, of arrays.

        Returns:
            A list of arrays (T,) in the order of the data; of arrays, an array (B, T).
        """
        if isinstance(x, keras.utils.PyDataset):
            batches = [x[i][0] for i in range(len(x))]
            size = max(len(batch["words"]) for batch in batches)
            return x.restore([row for batch in batches for row in self._tags(batch, size)])
        starts = range(0, len(x["words"]), batch_size)
        batches = [{k: v[start : start + batch_size] for k, v in x.items()} for start in starts]
        size = min(batch_size, len(x["words"]))
        return np.concatenate([self._tags(batch, size) for batch in batches])

    def _tags(self, batch, size):
        # Filled up: a short batch would be compiled anew, and several devices may not share it.
        count = len(batch["words"])
        rows = np.concatenate([np.arange(count), np.zeros(size - count, "int64")])
        filled = {name: np.asarray(ids)[rows] for name, ids in batch.items()}
        return np.asarray(self.predict_on_batch(filled)["tags"])[:count]

    def set_word_vectors(self, rows, vectors):
        """Give some words vectors that were learned elsewhere; training goes on from them.

        Args:
            rows: integer array (N,), ids of words.
            vectors: array (N, D).

        Raises:
            ValueError: another D than the model has.
        """
        embedding = self.encoder.get_layer("embed_words")
        table = embedding.get_weights()[0]
        checks.sizes("Tagger", "vectors", np.shape(vectors), "N D", N=len(rows), D=table.shape[1])
        table[rows] = vectors
        embedding.set_weights([table])

    def get_config(self):
        return {**self._arguments, "name": self.name, "trainable": self.trainable}

    @classmethod
    def from_config(cls, config, custom_objects=None):
        return cls(**config)


def _encoder(arguments, drops, policy):
    """keras.Model from the ids of features to emissions."""
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
    recurrent, options = CELLS[arguments["cell"]]
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
