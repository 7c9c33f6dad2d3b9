"""A tagger: the best row of tags for a sentence."""

import itertools

import keras
import numpy as np
from keras import ops

from keras_seq import checks
from keras_seq.crf import CRF
from keras_seq.losses.token_mean import TokenMean, a_row
from keras_seq.models.tagger.inputs import batches_of
from keras_seq.models.tagger.token_encoder import CHARACTERS, token_encoder
from keras_seq.recurrent.variants import CELL_NAMES

HEADS = ("crf", "softmax")


@keras.saving.register_keras_serializable("keras_seq")
class Tagger(TokenMean, keras.Model):
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
    >>> model.predict({"words": words}, verbose=0).shape
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
        checks.one_of(owner, CELL_NAMES, cell=cell)
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
        self.encoder = token_encoder(self._arguments, drops, policy)
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
        self.length = keras.metrics.Mean(name="length")  # of the sentences of an evaluation
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
        losses = self.crf.loss(y_pred["emissions"], y, mask=self.mask(x))  # (B,)
        tokens = self._tokens(x, sample_weight)
        if sample_weight is not None:
            losses = losses * ops.convert_to_tensor(sample_weight, "float32")
        # Not at least 1: weights may be small.
        loss = ops.sum(losses) / ops.where(tokens > 0, tokens, 1.0) + sum(self.losses)
        return loss if training else loss * a_row(tokens, ops.shape(x["words"])[0])

    def _tokens(self, x, sample_weight):
        """How many tokens there are, weighed."""
        tokens = ops.sum(ops.cast(self.mask(x), "float32"), axis=1)
        if sample_weight is not None:
            tokens = tokens * ops.convert_to_tensor(sample_weight, "float32")
        return ops.sum(tokens)

    def compute_metrics(self, x, y, y_pred, sample_weight=None):
        if "tags" in y_pred:
            tags = y_pred["tags"]
            rows = ops.shape(x["words"])[0]
            tokens = a_row(self._tokens(x, sample_weight), rows)
            self.length.update_state(tokens, sample_weight=rows)
        else:  # While training there is no Viterbi: the accuracy is that of the emissions alone.
            tags = ops.argmax(y_pred["emissions"], axis=-1)
        counts = ops.cast(self.mask(x), "float32")
        if sample_weight is not None:
            counts = counts * ops.expand_dims(sample_weight, 1)
        right = ops.equal(ops.cast(tags, "int32"), ops.cast(y, "int32"))
        self.accuracy.update_state(ops.cast(right, "float32"), sample_weight=counts)
        return self.get_metrics_result()

    def predict(self, x, batch_size=None, verbose="auto", steps=None, callbacks=None):
        """The best tags, as integers.

        Args:
            x: dictionary of arrays, or batches of them, alone or first in a tuple:
                `keras_seq.tasks.tagging.TagBatches`, another `PyDataset`, a `tf.data.Dataset`, a
                PyTorch `DataLoader`, a generator.
            batch_size: sentences in a batch of arrays; None: 32.
            verbose, callbacks: as of `keras.Model.predict`.
            steps: batches; None: all.

        Returns:
            Of `TagBatches`, unless `steps` are given, a list of arrays (T,) in the order of the
            data. Else an array (B, T), T that of the longest batch, 0 where there is no token.

        Raises:
            ValueError: `x` is none of these.
        """
        batches = list(itertools.islice(batches_of(x, batch_size or 32), steps))
        size = max((len(batch["words"]) for batch in batches), default=0)
        if not isinstance(callbacks, keras.callbacks.CallbackList):
            callbacks = keras.callbacks.CallbackList(
                callbacks,
                add_progbar=verbose != 0,
                verbose=verbose,
                epochs=1,
                steps=len(batches),
                model=self,
            )
        rows, self.stop_predicting = [], False
        callbacks.on_predict_begin()
        for step, batch in enumerate(batches):
            callbacks.on_predict_batch_begin(step)
            tags = self._tags(batch, size)
            rows.extend(tags)
            callbacks.on_predict_batch_end(step, {"outputs": tags})
            if self.stop_predicting:
                break
        callbacks.on_predict_end()
        if steps is None and hasattr(x, "restore"):
            return x.restore(rows)
        longest = max((batch["words"].shape[1] for batch in batches), default=0)
        table = np.zeros((len(rows), longest), "int32")
        for place, row in zip(table, rows, strict=True):
            place[: len(row)] = row
        return table

    def _tags(self, batch, size):
        # Filled up: a short batch would be compiled anew, and several devices may not share it.
        count = len(batch["words"])
        if count == 0:
            return np.zeros(batch["words"].shape, "int32")
        rows = np.concatenate([np.arange(count), np.zeros(size - count, "int64")])
        filled = {name: ids[rows] for name, ids in batch.items()}
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
