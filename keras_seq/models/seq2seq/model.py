"""A sequence-to-sequence model with beam search in its `predict`."""

from collections.abc import Callable
from typing import Any

import keras
import numpy as np
from keras import ops

from keras_seq import checks
from keras_seq.decoding import GNMTLengthPenalty, Hypotheses, beam_search
from keras_seq.losses.token_loss import TokenLoss, token_log_probabilities, token_weights
from keras_seq.losses.weighted_mean import share_of_device
from keras_seq.models.seq2seq import recurrent, transformer
from keras_seq.models.seq2seq.config import (
    check_arguments,
    deserialize_arguments,
    serialize_arguments,
)
from keras_seq.models.token_ids import ReadsIds
from keras_seq.models.token_mean import TokenMeanLoss, mean_per_row
from keras_seq.recurrent.variants import CellName

PADDING_LOGIT = -1e9  # padding is never generated


@keras.saving.register_keras_serializable("keras_seq")
class Seq2Seq(ReadsIds, TokenMeanLoss, keras.Model):
    """A sequence-to-sequence model: from source token ids to target token ids.

        memory  = encoder(source)
        v_t     = decoder(start y_1 .. y_t-1, memory)                      (B, T, D)
        P(y_t)  = softmax(v_t W + b) over all tokens but 0
        loss    = mean over real t of -(1 - s) log P(y_t) - s / (V_t - 1) sum_v log P(v)

    The RNN's encoder has bidirectional layers. The last layer of its decoder has attention and
    input feeding; `attention=None` is the encoder-decoder with a fixed context. The Transformer has
    sinusoidal positions.

    With `scheduled_sampling` r, each input token of the decoder in training is replaced, with
    probability r, by the model's own prediction: the most probable token at this position in a
    first pass over the true tokens, without gradients.

    Weights: `source_embedding` (V_s, D) and `target_embedding` E (V_t, D), shared where
    `tie_embeddings="all"`; those of encoder and decoder; `kernel` W (D, V_t), which is E^T where
    embeddings are tied; `bias` b (V_t,).

    Args:
        source_vocabulary_size, target_vocabulary_size: V_s and V_t; id 0 is padding.
        architecture: "rnn" or "transformer".
        embedding_dim: D, size of the embedding of a token.
        num_layers: number of layers of the encoder, and of the decoder.
        cell: cell of the RNN, as for `keras_seq.models.SequenceClassifier`.
        units: size of the RNN's states.
        bidirectional: whether the RNN's encoder is bidirectional, with units / 2 per direction.
        attention: attention of the RNN: "additive", "general", "dot", "scaled_dot" or None.
        num_heads, intermediate_dim, normalize_first, activation: arguments of the Transformer's
            blocks, as for `keras_seq.TransformerEncoderBlock`.
        dropout: fraction of the inputs of each recurrent layer and of v that is dropped; the
            Transformer has dropout where the paper has it.
        label_smoothing: s, in [0, 1).
        scheduled_sampling: r, a number in [0, 1) or a `LearningRateSchedule` of the training step.
        tie_embeddings: None, "target" (W = E^T) or "all" (the source embedding too; V_s = V_t).
        start_token_id, end_token_id: the token before the first target token, and the last token.
        max_length: the largest number of tokens of an output.
        beam_width, alpha, coverage, min_length, no_repeat_ngram_size: arguments of
            `keras_seq.decoding.beam_search` in `predict`; `alpha` may be a `GNMTLengthPenalty`.
        dtype: dtype policy of all layers; the loss and the logits are float32.

    Call arguments:
        inputs: {"source": (B, S), "target": (B, T)}, ids. The target ends with `end_token_id` and
            is padded with 0. Without a target the source is translated.
        training: dropout and scheduled sampling apply only where True.

    Returns:
        With a target the logits of its tokens (B, T, V_t), otherwise the result of beam search,
        {"tokens": (B, L), "lengths": (B,), "scores": (B,)}. So `fit({"source": .., "target": ..})`
        trains and `predict({"source": ..})` translates, with beam search in the graph.

    Methods: `translate(source, **options)` returns `keras_seq.decoding.Hypotheses`;
    `set_beam_width(beam_width)` sets the beam width of `predict`; `log_probability(source, target)`
    returns log P(target | source), (B,); `alignment(source, target)` returns the attention weights
    (B, T, S), which for the Transformer are those of the last block, averaged over its heads.

    Masking: id 0 is padding; it is ignored, also in the loss. `fit` and `evaluate` take
    weights of rows (B,) or of tokens (B, T) as `sample_weight`; pass the target as `y` too, because
    Keras drops sample weights where there is no `y`.

    Raises:
        ValueError: an argument is out of range, or an id where its value is known, or source and
            target are not of as many rows.

    Example:

    >>> from keras_seq.models import Seq2Seq
    >>> model = Seq2Seq(20, 20, units=8, embedding_dim=8, max_length=6)
    >>> pairs = {"source": np.array([[5, 6, 7], [8, 9, 0]]), "target": np.array([[7, 6, 2]] * 2)}
    >>> model.compile("adam")
    >>> history = model.fit(pairs, verbose=0)
    >>> model.predict({"source": pairs["source"]}, verbose=0)["tokens"].shape
    (2, 6)

    Reference: Sutskever, Vinyals and Le, Sequence to Sequence Learning with Neural Networks,
    NeurIPS 2014; Luong, Pham and Manning, EMNLP 2015; Vaswani et al., Attention Is All You Need,
    NeurIPS 2017; Bengio et al., Scheduled Sampling, NeurIPS 2015, in the two passes of Mihaylova
    and Martins, Scheduled Sampling for Transformers, ACL 2019; Press and Wolf, Using the Output
    Embedding to Improve Language Models, EACL 2017 (tied); Szegedy et al., CVPR 2016 (smoothing).
    """

    def __init__(
        self,
        source_vocabulary_size: int,
        target_vocabulary_size: int,
        *,
        architecture: str = "rnn",
        embedding_dim: int = 256,
        num_layers: int = 1,
        cell: CellName = "lstm",
        units: int = 256,
        bidirectional: bool = True,
        attention: str | None = "additive",
        num_heads: int = 4,
        intermediate_dim: int = 1024,
        normalize_first: bool = True,
        activation: str = "relu",
        dropout: float = 0.0,
        label_smoothing: float = 0.0,
        scheduled_sampling: float | Callable = 0.0,
        tie_embeddings: str | None = None,
        start_token_id: int = 1,
        end_token_id: int = 2,
        max_length: int = 100,
        beam_width: int = 5,
        alpha: float | GNMTLengthPenalty = 1.0,
        coverage: float = 0.0,
        min_length: int = 0,
        no_repeat_ngram_size: int = 0,
        dtype: Any = None,
        **kwargs,
    ):
        super().__init__(dtype=dtype, **kwargs)
        self.source_vocabulary_size = source_vocabulary_size
        self.target_vocabulary_size = target_vocabulary_size
        self.architecture = architecture
        self.embedding_dim = embedding_dim
        self.num_layers = num_layers
        self.cell = cell
        self.units = units
        self.bidirectional = bidirectional
        self.attention = attention
        self.num_heads = num_heads
        self.intermediate_dim = intermediate_dim
        self.normalize_first = normalize_first
        self.activation = activation
        self.dropout = dropout
        self.label_smoothing = label_smoothing
        self.scheduled_sampling = scheduled_sampling
        self.tie_embeddings = tie_embeddings
        self.start_token_id = start_token_id
        self.end_token_id = end_token_id
        self.max_length = max_length
        self.beam_width = beam_width
        self.alpha = alpha
        self.coverage = coverage
        self.min_length = min_length
        self.no_repeat_ngram_size = no_repeat_ngram_size
        check_arguments(self._arguments())
        policy = self.dtype_policy

        def embedding(vocabulary_size, name):
            initializer = keras.initializers.RandomNormal(stddev=embedding_dim**-0.5)
            layer = keras.layers.Embedding(
                vocabulary_size,
                embedding_dim,
                embeddings_initializer=initializer,
                name=name,
                dtype=policy,
            )
            layer.build()
            return layer

        self.target_embedding = embedding(target_vocabulary_size, "target_embedding")
        if tie_embeddings == "all":
            self.source_embedding = self.target_embedding
        else:
            self.source_embedding = embedding(source_vocabulary_size, "source_embedding")
        if architecture == "rnn":
            self.encoder, self.decoder = recurrent.build_encoder_decoder(
                self.source_embedding,
                self.target_embedding,
                cell=cell,
                units=units,
                num_layers=num_layers,
                bidirectional=bidirectional,
                attention=attention,
                dropout=dropout,
                dtype=policy,
            )
        else:
            self.encoder, self.decoder = transformer.build_encoder_decoder(
                self.source_embedding,
                self.target_embedding,
                num_layers=num_layers,
                num_heads=num_heads,
                intermediate_dim=intermediate_dim,
                normalize_first=normalize_first,
                activation=activation,
                dropout=dropout,
                dtype=policy,
            )
        self.kernel = None
        if tie_embeddings is None:
            self.kernel = self.add_weight((embedding_dim, target_vocabulary_size), name="kernel")
        self.bias = self.add_weight((target_vocabulary_size,), "zeros", name="bias")
        self.output_dropout = keras.layers.Dropout(dropout if architecture == "rnn" else 0.0)
        if scheduled_sampling:
            self.sampling_seed_generator = keras.random.SeedGenerator()
            self.trained_steps = self.add_weight(
                (),
                "zeros",
                dtype="int32",
                trainable=False,
                name="trained_steps",
                aggregation="only_first_replica",
            )
        self.token_loss = TokenLoss(label_smoothing)
        self.length = keras.metrics.Mean(name="length")  # tokens of a target, in evaluation
        self.built = True

    def _arguments(self):
        """The arguments of the constructor but `dtype`."""
        return {
            "source_vocabulary_size": self.source_vocabulary_size,
            "target_vocabulary_size": self.target_vocabulary_size,
            "architecture": self.architecture,
            "embedding_dim": self.embedding_dim,
            "num_layers": self.num_layers,
            "cell": self.cell,
            "units": self.units,
            "bidirectional": self.bidirectional,
            "attention": self.attention,
            "num_heads": self.num_heads,
            "intermediate_dim": self.intermediate_dim,
            "normalize_first": self.normalize_first,
            "activation": self.activation,
            "dropout": self.dropout,
            "label_smoothing": self.label_smoothing,
            "scheduled_sampling": self.scheduled_sampling,
            "tie_embeddings": self.tie_embeddings,
            "start_token_id": self.start_token_id,
            "end_token_id": self.end_token_id,
            "max_length": self.max_length,
            "beam_width": self.beam_width,
            "alpha": self.alpha,
            "coverage": self.coverage,
            "min_length": self.min_length,
            "no_repeat_ngram_size": self.no_repeat_ngram_size,
        }

    def call(self, inputs: Any, training: bool = False) -> Any:
        if not isinstance(inputs, dict):
            inputs = {"source": inputs}
        if "source" not in inputs or set(inputs) - {"source", "target"}:
            wanted = "`source` and, in training, `target`"
            checks.refuse("Seq2Seq", "inputs", wanted, sorted(inputs))
        B = inputs["source"].shape[0]
        checks.sizes("Seq2Seq", "source", inputs["source"].shape, "B S")
        if "target" in inputs:
            checks.sizes("Seq2Seq", "target", inputs["target"].shape, "B T", B=B)
        if "target" not in inputs:
            best = self.translate(inputs["source"])
            return {
                "tokens": best.tokens[:, 0],
                "lengths": best.lengths[:, 0],
                "scores": best.scores[:, 0],
            }
        decoder_inputs = self._shifted(inputs["target"])
        memory = self.encoder(inputs["source"], training=training)
        if training and self.scheduled_sampling:
            decoder_inputs = self._sample_own_predictions(decoder_inputs, memory)
        vectors, _ = self.decoder(decoder_inputs, *memory, training=training)
        return self.logits(self.output_dropout(vectors, training=training))

    def vocabulary_sizes(self) -> dict[str, int]:
        """For each side the number of ids."""
        return {"source": self.source_vocabulary_size, "target": self.target_vocabulary_size}

    def check_targets(self, x: Any, y: Any) -> None:
        """Refuse a target as `y` that is out of range, in arrays."""
        if isinstance(y, np.ndarray):
            checks.check_integers("Seq2Seq", "y", y, 0, self.target_vocabulary_size)

    def _ids(self, name, ids, rows=None):
        """Ids of the source, or else of the target, as a tensor (B, T), checked."""
        side = "source" if name == "source" else "target"
        ids = checks.integers("Seq2Seq", name, ids, 0, self.vocabulary_sizes()[side])
        letters = "B S" if side == "source" else "B P" if name == "prefix" else "B T"
        checks.sizes("Seq2Seq", name, ids.shape, letters, B=rows)
        return ids

    def logits(self, vectors: Any) -> Any:
        """v (.., D) to the logits of the tokens (.., V_t), float32."""
        kernel = self.kernel
        if kernel is None:
            kernel = ops.transpose(self._target_table())
        kernel = ops.cast(ops.convert_to_tensor(kernel), vectors.dtype)
        logits = ops.cast(ops.matmul(vectors, kernel), "float32")
        padding = ops.equal(ops.arange(self.target_vocabulary_size), 0)
        return logits + ops.where(padding, PADDING_LOGIT, ops.cast(self.bias, "float32"))

    def _target_table(self):
        """E; of a quantized embedding `embeddings` has the integers, without their scales."""
        if self.target_embedding.quantization_mode is None:
            return self.target_embedding.embeddings
        return self.target_embedding(ops.arange(self.target_vocabulary_size))

    def _shifted(self, target):
        """The token before each target token: `start_token_id`, y_1, ..., y_T-1."""
        target = ops.cast(target, "int32")
        return ops.concatenate([target[:, :1] * 0 + self.start_token_id, target[:, :-1]], axis=1)

    def _sample_own_predictions(self, decoder_inputs, memory):
        """The decoder's inputs, some of them replaced for scheduled sampling."""
        vectors, _ = self.decoder(decoder_inputs, *memory, training=False)
        predicted = ops.argmax(ops.stop_gradient(self.logits(vectors)), axis=-1)
        predicted = ops.cast(predicted, "int32")
        predicted = ops.concatenate([decoder_inputs[:, :1], predicted[:, :-1]], axis=1)
        rate = self.scheduled_sampling
        if callable(rate):
            rate = rate(ops.cast(self.trained_steps, "float32"))
        self.trained_steps.assign(self.trained_steps + 1)
        shape = ops.shape(decoder_inputs)
        replace = keras.random.uniform(shape, seed=self.sampling_seed_generator) < rate
        start = ops.equal(ops.arange(shape[1]), 0)
        keep = ops.logical_or(ops.logical_not(replace), start)
        keep = ops.logical_or(keep, ops.equal(decoder_inputs, 0))
        return ops.where(keep, decoder_inputs, predicted)

    def compute_loss(self, x=None, y=None, y_pred=None, sample_weight=None, training=True):
        target = ops.cast(x["target"] if y is None else y, "int32")
        checks.sizes("Seq2Seq", "y", target.shape, "B T", B=y_pred.shape[0], T=y_pred.shape[1])
        weights = token_weights("Seq2Seq", target, sample_weight)
        loss = self.token_loss(target, y_pred, sample_weight=weights)
        loss = loss + share_of_device(sum(self.losses))
        self._evaluating = not training
        if training:
            return loss
        return loss * mean_per_row(ops.sum(weights), ops.shape(weights)[0], of_batch=True)

    def compute_metrics(self, x, y, y_pred, sample_weight=None):
        if self._evaluating:
            weights = token_weights("Seq2Seq", x["target"] if y is None else y, sample_weight)
            num_rows = ops.shape(weights)[0]
            length = mean_per_row(ops.sum(weights), num_rows)
            self.length.update_state(length, sample_weight=num_rows)
        return self.get_metrics_result()

    def translate(
        self,
        source: Any,
        *,
        beam_width: int | None = None,
        n_best: int = 1,
        alpha: float | GNMTLengthPenalty | None = None,
        coverage: float | None = None,
        min_length: int | None = None,
        no_repeat_ngram_size: int | None = None,
        prefix: Any = None,
        max_length: int | None = None,
    ) -> Hypotheses:
        """Translate with `keras_seq.decoding.beam_search`.

        Args:
            source: (B, S), ids.
            n_best: how many outputs are returned for each source.
            beam_width, alpha, coverage, min_length, no_repeat_ngram_size, max_length:
                arguments of the search; the beam width is at most V_t. None: the values of the
                model.
            prefix: (B, P), ids with which each output must begin, padded with 0; None: no prefix.

        Returns:
            `keras_seq.decoding.Hypotheses`.
        """
        beam_width = self.beam_width if beam_width is None else beam_width
        max_length = self.max_length if max_length is None else max_length
        options = {
            "alpha": self.alpha if alpha is None else alpha,
            "coverage": self.coverage if coverage is None else coverage,
            "min_length": self.min_length if min_length is None else min_length,
        }
        if no_repeat_ngram_size is None:
            no_repeat_ngram_size = self.no_repeat_ngram_size
        options["no_repeat_ngram_size"] = no_repeat_ngram_size
        arguments = {"beam_width": beam_width, "max_length": max_length, **options}
        check_arguments({**self._arguments(), **arguments})
        source = self._ids("source", source)
        if prefix is not None:
            prefix = self._ids("prefix", prefix, source.shape[0])
            prefix = ops.where(ops.equal(prefix, 0), -1, prefix)
        step, state = self._start_decoding(
            source, beam_width, max_length, with_alignment=options["coverage"] > 0, shared=True
        )
        return beam_search(
            step,
            state,
            self.start_token_id,
            self.end_token_id,
            ops.shape(source)[0],
            beam_width,
            max_length,
            n_best=n_best,
            prefix=prefix,
            **options,
        )

    def set_beam_width(self, beam_width: int) -> None:
        """Set the beam width of `predict`, which is compiled again if the width changes."""
        check_arguments({**self._arguments(), "beam_width": beam_width})
        if beam_width != self.beam_width:
            self.beam_width = beam_width
            self.make_predict_function(force=True)

    def start_decoding(
        self,
        source: Any,
        *,
        beam_width: int = 1,
        max_length: int | None = None,
        with_alignment: bool = False,
    ) -> tuple[Callable, Any]:
        """The step function and the initial state of `keras_seq.decoding` for given sources.

        Args:
            source: (B, S), ids.
            beam_width: the step function takes N = B * beam_width hypotheses.
            max_length: the largest number of steps that the cache of a Transformer can store (see
                `keras_seq.TransformerDecoderBlock`); None: the value of the model.
            with_alignment: whether the state contains the attention weights of the last step,
                `alignment` (N, S), and `source_mask` (N, S).

        Returns:
            `step(tokens (N,), state) -> logits (N, V_t), state`, and the state, (B, ...).
        """
        if with_alignment and self.architecture == "rnn" and self.attention is None:
            wanted = "False for a model without attention"
            checks.refuse("Seq2Seq", "with_alignment", wanted, with_alignment)
        max_length = self.max_length if max_length is None else max_length
        source = self._ids("source", source)
        return self._start_decoding(source, beam_width, max_length, with_alignment, shared=False)

    def _start_decoding(self, source, beam_width, max_length, with_alignment, shared):
        memory, mask, summary = self.encoder(source, training=False)
        decoder_step, state = self.decoder.start_decoding(
            memory, mask, summary, beam_width, max_length, shared
        )
        state = {"decoder": state}
        if with_alignment:
            state["alignment"] = ops.zeros_like(memory[:, :, 0])
            state["source_mask"] = mask

        def step(tokens, state):
            vectors, new_state, weights = decoder_step(tokens, state["decoder"])
            new_state = {**state, "decoder": new_state}
            if with_alignment:
                new_state["alignment"] = weights
            return self.logits(vectors), new_state

        return step, state

    def log_probability(self, source: Any, target: Any) -> Any:
        """log P(target | source), (B,), for targets that end with `end_token_id`."""
        source = self._ids("source", source)
        target = self._ids("target", target, source.shape[0])
        logits = self({"source": source, "target": target})
        log_probabilities = token_log_probabilities(logits, target)
        return ops.sum(ops.where(ops.equal(target, 0), 0.0, log_probabilities), axis=-1)

    def alignment(self, source: Any, target: Any) -> Any:
        """The attention weights of each target token over the source tokens, (B, T, S)."""
        source = self._ids("source", source)
        target = self._ids("target", target, source.shape[0])
        memory = self.encoder(source, training=False)
        weights = self.decoder.alignment(self._shifted(target), *memory)
        if weights is None:
            checks.refuse("Seq2Seq", "attention", "given for `alignment`", self.attention)
        return weights

    def get_config(self) -> dict[str, Any]:
        return {
            **serialize_arguments(self._arguments()),
            "dtype": self.dtype_policy.name,
            "name": self.name,
            "trainable": self.trainable,
        }

    @classmethod
    def from_config(cls, config, custom_objects=None):
        return cls(**deserialize_arguments(config))
