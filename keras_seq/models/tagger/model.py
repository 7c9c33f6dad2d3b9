"""A tagger: the best sequence of tags for a sentence."""

import itertools
from typing import Any

import keras
import numpy as np
from keras import ops

from keras_seq import checks
from keras_seq.crf import CRF
from keras_seq.losses.weighted_mean import mean_of_batch, share_of_device
from keras_seq.models.tagger.inputs import iterate_batches
from keras_seq.models.tagger.token_encoder import CHARACTER_ENCODERS, build_encoder
from keras_seq.models.token_ids import ReadsIds
from keras_seq.models.token_mean import TokenMeanLoss, mean_per_row
from keras_seq.recurrent.variants import CELL_NAMES, CellName

HEADS = ("crf", "softmax")


@keras.saving.register_keras_serializable("keras_seq")
class Tagger(ReadsIds, TokenMeanLoss, keras.Model):
    """A recurrent tagger with a CRF: from features of tokens to a tag for each token.

        x   = [E_words[words], characters of each token, E_f[f] for each other feature f]
        x   = RNN(x), `num_layers` times           (B, T, U), or 2U for both directions
        s   = x W + b                              (B, T, K), the scores of the tags
        out = Viterbi(s), or argmax(s)             (B, T)

    The loss is the negative log-likelihood of the gold tags, in nats per token. It is part of the
    model: call `compile(optimizer)`, then `fit(inputs, tags)`.

    Weights: an embedding for each feature (V, D), those of the character layer and of the
    recurrent layers, `kernel` W (U or 2U, K), `bias` b (K,), and those of the `CRF`.

    Args:
        features: dictionary of name -> V, the number of ids; 0 is padding. It must contain `words`.
            `characters` are the characters of each token. `bigrams` are pairs of adjacent tokens;
            each token has two, the one that begins with it and the one that ends with it.
        tags: list of K names.
        scheme: "BIO", "IOB1", "BIOES" or "BMES": the CRF forbids tag sequences that are invalid in
            this scheme. None: any tag may follow any other.
        head: "crf", or "softmax", which tags each token independently and ignores the scheme.
        cell: as for `SequenceClassifier`.
        units: U, size of the state of each direction.
        num_layers: number of stacked recurrent layers.
        bidirectional: whether each recurrent layer is bidirectional.
        embedding_dim: size of the embeddings of `words` and `bigrams`.
        character_encoder: "cnn" or "lstm": the layer over the characters of a token.
        character_embedding_dim: size of the embedding of a character.
        character_units: size of the outputs of the character encoder.
        feature_embedding_dim: size of the embeddings of the other features.
        dropout: fraction of the inputs of each recurrent layer (one mask for all time steps) and
            of the output layer that is dropped.
        recurrent_dropout: fraction of the states dropped, one mask for all time steps.
        dropout_per_gate: whether each gate has a dropout mask of its own.
        recurrent_weight_dropout: fraction of the recurrent weights dropped.
        word_dropout: fraction of the word types of each sentence whose vector is dropped.
        zoneout: probability that a unit of a state keeps its old value at a step.
        dtype: dtype policy of all layers but the last and the CRF; None: the global policy.

    Call arguments:
        inputs: dictionary of name -> ids (B, T), for `characters` (B, T, C).
        training: dropout applies only where True.

    Returns:
        Dictionary of `emissions` s (B, T, K), float32, and, unless training, `tags` (B, T), int32.
        `predict` returns only the tags.

    Masking: where `words` is 0, there is no token: the step is ignored and its tag is 0.

    Raises:
        ValueError: an argument is out of range, or an id or a tag where its value is known.

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
        features: dict[str, int],
        tags: list[str],
        *,
        scheme: str | None = None,
        head: str = "crf",
        cell: CellName = "lstm",
        units: int = 100,
        num_layers: int = 1,
        bidirectional: bool = True,
        embedding_dim: int = 100,
        character_encoder: str = "cnn",
        character_embedding_dim: int = 30,
        character_units: int = 50,
        feature_embedding_dim: int = 20,
        dropout: float = 0.0,
        recurrent_dropout: float = 0.0,
        dropout_per_gate: bool = False,
        recurrent_weight_dropout: float = 0.0,
        word_dropout: float = 0.0,
        zoneout: float = 0.0,
        dtype: Any = None,
        **kwargs,
    ):
        owner = type(self).__name__
        if not isinstance(features, dict):
            checks.refuse(owner, "features", "a dictionary of names and numbers of ids", features)
        checks.list_of_strings(owner, tags=tags)
        checks.positive_int(
            owner,
            units=units,
            num_layers=num_layers,
            embedding_dim=embedding_dim,
            character_embedding_dim=character_embedding_dim,
            character_units=character_units,
            feature_embedding_dim=feature_embedding_dim,
            **features,
        )
        if "words" not in features:
            checks.refuse(owner, "features", "a dictionary that contains `words`", list(features))
        if len(set(tags)) < max(2, len(tags)):
            checks.refuse(owner, "tags", "at least two different names", list(tags))
        checks.one_of(owner, HEADS, head=head)
        checks.one_of(owner, CELL_NAMES, cell=cell)
        checks.one_of(owner, tuple(CHARACTER_ENCODERS), character_encoder=character_encoder)
        checks.boolean(owner, bidirectional=bidirectional, dropout_per_gate=dropout_per_gate)
        checks.unit_interval(owner, dropout=dropout, word_dropout=word_dropout)
        super().__init__(**kwargs)
        policy = keras.dtype_policies.get(dtype or keras.config.dtype_policy())
        self.features = dict(features)
        self.tags = list(tags)
        self.scheme = scheme
        self.head = head
        self.cell = cell
        self.units = units
        self.num_layers = num_layers
        self.bidirectional = bidirectional
        self.embedding_dim = embedding_dim
        self.character_encoder = character_encoder
        self.character_embedding_dim = character_embedding_dim
        self.character_units = character_units
        self.feature_embedding_dim = feature_embedding_dim
        self.dropout = dropout
        self.recurrent_dropout = recurrent_dropout
        self.dropout_per_gate = dropout_per_gate
        self.recurrent_weight_dropout = recurrent_weight_dropout
        self.word_dropout = word_dropout
        self.zoneout = zoneout
        self.inner_dtype_policy = policy
        self.encoder = build_encoder(
            features,
            len(tags),
            cell=cell,
            units=units,
            num_layers=num_layers,
            bidirectional=bidirectional,
            embedding_dim=embedding_dim,
            character_encoder=character_encoder,
            character_embedding_dim=character_embedding_dim,
            character_units=character_units,
            feature_embedding_dim=feature_embedding_dim,
            dropout=dropout,
            word_dropout=word_dropout,
            recurrent_options={
                "recurrent_dropout": recurrent_dropout,
                "dropout_per_gate": dropout_per_gate,
                "recurrent_weight_dropout": recurrent_weight_dropout,
                "zoneout": zoneout,
            },
            dtype=policy,
        )
        # A softmax is a CRF whose transitions are always 0.
        with_crf = head == "crf"
        self.crf = CRF(
            list(tags),
            scheme=scheme if with_crf else None,
            name="crf",
            trainable=with_crf,
            dtype="float32",
        )
        self.accuracy = keras.metrics.Mean(name="accuracy")
        self.length = keras.metrics.Mean(name="length")  # of sentences, in evaluation
        self.built = True

    def call(self, inputs: dict, training: bool = False) -> dict:
        emissions = self.encoder(inputs, training=training)
        if training:
            return {"emissions": emissions}
        return {"emissions": emissions, "tags": self.crf(emissions, mask=self.mask(inputs))}

    def mask(self, inputs: dict) -> Any:
        """True where there is a token, (B, T)."""
        return ops.not_equal(inputs["words"], 0)

    def vocabulary_sizes(self) -> dict[str, int]:
        """For each feature the number of ids."""
        return {"words": self.features["words"], **self.features}

    def check_targets(self, x: Any, y: Any) -> None:
        """Refuse tags out of range where there is a token, in arrays."""
        if not isinstance(x, dict) or "words" not in x or not isinstance(y, np.ndarray):
            return
        real = ops.convert_to_numpy(x["words"]) != 0
        checks.sizes("Tagger", "tags", y.shape, "B T", B=real.shape[0], T=real.shape[1])
        known = {"where": real, "at": " where there is a token"}
        checks.check_integers("Tagger", "tags", y, 0, len(self.tags), "K", **known)

    def compute_loss(self, x=None, y=None, y_pred=None, sample_weight=None, training=True):
        losses = self.crf.loss(y_pred["emissions"], y, mask=self.mask(x))  # (B,)
        if sample_weight is not None:
            checks.sizes("Tagger", "sample_weight", sample_weight.shape, "B", B=y.shape[0])
        tokens = self._tokens(x, sample_weight)
        if sample_weight is not None:
            losses = losses * ops.convert_to_tensor(sample_weight, "float32")
        loss = mean_of_batch(ops.sum(losses), tokens) + share_of_device(sum(self.losses))
        rows = ops.shape(x["words"])[0]
        return loss if training else loss * mean_per_row(tokens, rows, of_batch=True)

    def _tokens(self, x, sample_weight):
        """The number of tokens, weighted."""
        tokens = ops.sum(ops.cast(self.mask(x), "float32"), axis=1)
        if sample_weight is not None:
            tokens = tokens * ops.convert_to_tensor(sample_weight, "float32")
        return ops.sum(tokens)

    def compute_metrics(self, x, y, y_pred, sample_weight=None):
        if "tags" in y_pred:
            tags = y_pred["tags"]
            rows = ops.shape(x["words"])[0]
            tokens = mean_per_row(self._tokens(x, sample_weight), rows)
            self.length.update_state(tokens, sample_weight=rows)
        else:  # Training does not run Viterbi; the accuracy is computed from the emissions.
            tags = ops.argmax(y_pred["emissions"], axis=-1)
        counts = ops.cast(self.mask(x), "float32")
        if sample_weight is not None:
            counts = counts * ops.expand_dims(sample_weight, 1)
        right = ops.equal(ops.cast(tags, "int32"), ops.cast(y, "int32"))
        self.accuracy.update_state(ops.cast(right, "float32"), sample_weight=counts)
        return self.get_metrics_result()

    def predict(
        self,
        x: Any,
        batch_size: int | None = None,
        verbose: Any = "auto",
        steps: int | None = None,
        callbacks: Any = None,
    ) -> Any:
        """The best tags, as integers.

        Args:
            x: dictionary of arrays, or an iterable of such dictionaries or of tuples that begin
                with one: `keras_seq.tasks.tagging.TagBatches`, another `PyDataset`, a
                `tf.data.Dataset`, a PyTorch `DataLoader`, a generator.
            batch_size: number of sentences in a batch of arrays; None: 32.
            verbose, callbacks: as for `keras.Model.predict`.
            steps: number of batches; None: all.

        Returns:
            For `TagBatches` without `steps`, a list of arrays (T,) in the order of the data.
            Otherwise an array (B, T) with T of the longest batch, 0 where there is no token.

        Raises:
            ValueError: `x` is none of these.
        """
        batches = list(itertools.islice(iterate_batches(x, batch_size or 32), steps))
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
        for padded, row in zip(table, rows, strict=True):
            padded[: len(row)] = row
        return table

    def _tags(self, batch, size):
        # Padded, because a shorter batch would be compiled again and may not divide among devices.
        count = len(batch["words"])
        if count == 0:
            return np.zeros(batch["words"].shape, "int32")
        rows = np.concatenate([np.arange(count), np.zeros(size - count, "int64")])
        padded = {name: ids[rows] for name, ids in batch.items()}
        return np.asarray(self.predict_on_batch(padded)["tags"])[:count]

    def set_word_vectors(self, rows: Any, vectors: Any) -> None:
        """Set the embeddings of some words to pretrained vectors, which training then updates.

        Args:
            rows: integer array (N,), ids of words.
            vectors: array (N, D).

        Raises:
            ValueError: D is not the `embedding_dim` of the model, a row is not in [0, V), or a
                vector is not finite.
        """
        embedding = self.encoder.get_layer("embed_words")
        table = embedding.get_weights()[0]
        checks.sizes("Tagger", "vectors", np.shape(vectors), "N D", N=len(rows), D=table.shape[1])
        checks.check_integers("Tagger", "rows", np.asarray(rows), 0, len(table))
        if not np.isfinite(vectors).all():
            checks.refuse("Tagger", "vectors", "finite numbers", "NaN or infinity")
        table[rows] = vectors
        embedding.set_weights([table])

    def get_config(self) -> dict[str, Any]:
        return {
            "features": dict(self.features),
            "tags": list(self.tags),
            "scheme": self.scheme,
            "head": self.head,
            "cell": self.cell,
            "units": self.units,
            "num_layers": self.num_layers,
            "bidirectional": self.bidirectional,
            "embedding_dim": self.embedding_dim,
            "character_encoder": self.character_encoder,
            "character_embedding_dim": self.character_embedding_dim,
            "character_units": self.character_units,
            "feature_embedding_dim": self.feature_embedding_dim,
            "dropout": self.dropout,
            "recurrent_dropout": self.recurrent_dropout,
            "dropout_per_gate": self.dropout_per_gate,
            "recurrent_weight_dropout": self.recurrent_weight_dropout,
            "word_dropout": self.word_dropout,
            "zoneout": self.zoneout,
            "dtype": self.inner_dtype_policy.name,
            "name": self.name,
            "trainable": self.trainable,
        }

    @classmethod
    def from_config(cls, config, custom_objects=None):
        return cls(**config)
