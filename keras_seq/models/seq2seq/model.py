"""A model from sequence to sequence: one to fit, to translate with and to export."""

import keras
from keras import ops

from keras_seq import checks
from keras_seq.decoding import beam_search
from keras_seq.losses.token_loss import TokenLoss, log_probability, weights_of
from keras_seq.losses.token_mean import TokenMean, a_row
from keras_seq.models.seq2seq import arguments, recurrent, transformer

NEVER = -1e9  # the score of padding, which is never said


@keras.saving.register_keras_serializable("keras_seq")
class Seq2Seq(TokenMean, keras.Model):
    """From token ids to token ids.

        memory  = encoder(source)
        v_t     = decoder(start y_1 .. y_t-1, memory)                      (B, T, D)
        P(y_t)  = softmax(v_t W + b) over all tokens but 0                 W = E^T where tied
        loss    = mean over real t of -(1 - s) log P(y_t) - s / (V_t - 1) sum_v log P(v)

    RNN: encoder layers in both directions, the decoder's last layer with attention and input
    feeding; `attention=None` is the encoder-decoder with a fixed context. Transformer: blocks with
    sinusoidal positions.

    With `scheduled_sampling` r, each token that the decoder is given in training is with
    probability r the one that it had itself thought most probable there, in a first pass on the
    true tokens that no gradient goes through.

    Weights: `source_table` (V_s, D) and `target_table` E (V_t, D), one where tied="all"; those of
    encoder and decoder; `kernel` W (D, V_t) where not tied; `bias` b (V_t,).

    Args:
        source_vocabulary, target_vocabulary: V_s and V_t; id 0 is padding.
        architecture: "rnn" or "transformer".
        embedding: D, size of a token's vector.
        layers: of the encoder and of the decoder.
        cell: of the RNN, a name of `keras_seq.models.SequenceClassifier`.
        units: size of the RNN's states.
        bidirectional: whether the RNN's encoder reads in both directions, units / 2 in each.
        attention: of the RNN, "additive", "general", "dot", "scaled_dot" or None.
        heads, hidden: of the Transformer's blocks.
        norm, activation: of the Transformer's blocks.
        dropout: fraction dropped: of the inputs of each recurrent layer and of v; in the
            Transformer as published.
        label_smoothing: s, in [0, 1).
        scheduled_sampling: r, a number in [0, 1) or a `LearningRateSchedule` of the training step.
        tied: None, "target" (W = E^T) or "all" (the source's table too; V_s = V_t).
        start_id, end_id: the target's tokens before the first and at the end.
        max_length: the most tokens of an output.
        width, alpha, coverage, min_length: of `keras_seq.decoding.beam_search` in `predict`;
            `alpha` may be a `GNMTLengthPenalty`.
        dtype: policy of all layers; the loss and the decoder's scores are float32.

    Call arguments:
        inputs: {"source": (B, S), "target": (B, T)}, ids; the target ends with `end_id` and is
            padded with 0. Without a target: a translation.
        training: nothing is dropped or sampled unless True.

    Returns:
        With a target the scores of its tokens (B, T, V_t), else {"tokens": (B, L), "lengths": (B,),
        "scores": (B,)} of beam search: so `fit({"source": .., "target": ..})` trains and
        `predict({"source": ..})` translates, beam search in the graph.

    Methods: `translate(source, **options)` gives `keras_seq.decoding.Hypotheses`;
    `set_search(width)` sets the width of the beam in `predict`;
    `log_probability(source, target)` log P(target | source), (B,); `alignment(source, target)`
    the weights of the attention, (B, T, S): the Transformer's are those of the last block, the mean
    over its heads.

    Masking: id 0 is padding and is never read, and counts in no loss. `fit` and `evaluate` take
    weights of rows (B,) or of tokens (B, T) as `sample_weight`, with the target as `y` too: where
    there is no `y`, Keras drops them.

    Raises:
        ValueError: an argument is out of range.

    Example:

    >>> from keras_seq.models import Seq2Seq
    >>> model = Seq2Seq(20, 20, units=8, embedding=8, max_length=6)
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
        source_vocabulary,
        target_vocabulary,
        *,
        architecture="rnn",
        embedding=256,
        layers=1,
        cell="lstm",
        units=256,
        bidirectional=True,
        attention="additive",
        heads=4,
        hidden=1024,
        norm="pre",
        activation="relu",
        dropout=0.0,
        label_smoothing=0.0,
        scheduled_sampling=0.0,
        tied=None,
        start_id=1,
        end_id=2,
        max_length=100,
        width=5,
        alpha=1.0,
        coverage=0.0,
        min_length=0,
        dtype=None,
        **kwargs,
    ):
        given = {k: v for k, v in locals().items() if k not in ("self", "kwargs", "__class__")}
        arguments.check(given)
        super().__init__(dtype=dtype, **kwargs)
        self._arguments = {**given, "dtype": self.dtype_policy.name}
        for name, value in given.items():
            if name not in ("dtype", "layers", "dropout"):
                setattr(self, name, value)
        self.layer_count, self.policy = layers, self.dtype_policy

        def table(size, name):
            layer = keras.layers.Embedding(
                size, embedding, name=name, dtype=self.policy,
                embeddings_initializer=keras.initializers.RandomNormal(stddev=embedding**-0.5),
            )  # fmt: skip
            layer.build()
            return layer

        self.target_table = table(target_vocabulary, "target_table")
        shared = tied == "all"
        self.source_table = (
            self.target_table if shared else table(source_vocabulary, "source_table")
        )
        parts = recurrent if architecture == "rnn" else transformer
        self.encoder, self.decoder = parts.parts_of(
            given, self.source_table, self.target_table, self.policy
        )
        self.kernel = None
        if tied is None:
            self.kernel = self.add_weight((embedding, target_vocabulary), name="kernel")
        self.bias = self.add_weight((target_vocabulary,), "zeros", name="bias")
        self.drop = keras.layers.Dropout(dropout if architecture == "rnn" else 0.0)
        if scheduled_sampling:
            self.coins = keras.random.SeedGenerator()
            self.trained_steps = self.add_weight(
                (), "zeros", dtype="int32", trainable=False, name="trained_steps",
                aggregation="only_first_replica",
            )  # fmt: skip
        self.loss_of_tokens = TokenLoss(label_smoothing)
        self.length = keras.metrics.Mean(name="length")  # tokens of a target of an evaluation
        self.built = True

    def call(self, inputs, training=False):
        if not isinstance(inputs, dict):
            inputs = {"source": inputs}
        if "target" not in inputs:
            found = self.translate(inputs["source"])
            named = zip(("tokens", "lengths", "scores"), found, strict=True)
            return {name: x[:, 0] for name, x in named}
        given = self._shifted(inputs["target"])
        memory = self.encoder(inputs["source"], training=training)
        if training and self.scheduled_sampling:
            given = self._some_of_its_own(given, memory)
        vectors, _ = self.decoder(given, *memory, training=training)
        return self.scores(self.drop(vectors, training=training))

    def scores(self, vectors):
        """v (.., D) to the scores of the tokens (.., V_t), float32."""
        kernel = ops.transpose(self.target_table.embeddings) if self.kernel is None else self.kernel
        kernel = ops.cast(ops.convert_to_tensor(kernel), vectors.dtype)
        scores = ops.cast(ops.matmul(vectors, kernel), "float32")
        padding = ops.equal(ops.arange(self.target_vocabulary), 0)
        return scores + ops.where(padding, NEVER, ops.cast(self.bias, "float32"))

    def _shifted(self, target):
        """start y_1 .. y_T-1."""
        target = ops.cast(target, "int32")
        return ops.concatenate([target[:, :1] * 0 + self.start_id, target[:, :-1]], axis=1)

    def _some_of_its_own(self, given, memory):
        vectors, _ = self.decoder(given, *memory, training=False)
        own = ops.cast(ops.argmax(ops.stop_gradient(self.scores(vectors)), axis=-1), "int32")
        own = ops.concatenate([given[:, :1], own[:, :-1]], axis=1)
        rate = self.scheduled_sampling
        if callable(rate):
            rate = rate(ops.cast(self.trained_steps, "float32"))
        self.trained_steps.assign(self.trained_steps + 1)
        drawn = keras.random.uniform(ops.shape(given), seed=self.coins) < rate
        first = ops.equal(ops.arange(ops.shape(given)[1]), 0)
        keep = ops.logical_or(ops.logical_or(ops.logical_not(drawn), first), ops.equal(given, 0))
        return ops.where(keep, given, own)

    def compute_loss(self, x=None, y=None, y_pred=None, sample_weight=None, training=True):
        target = ops.cast(x["target"] if y is None else y, "int32")
        weights = weights_of(target, sample_weight)
        loss = self.loss_of_tokens(target, y_pred, sample_weight=weights) + sum(self.losses)
        self._evaluates = not training
        return loss if training else loss * a_row(ops.sum(weights), ops.shape(weights)[0])

    def compute_metrics(self, x, y, y_pred, sample_weight=None):
        if self._evaluates:
            weights = weights_of(x["target"] if y is None else y, sample_weight)
            rows = ops.shape(weights)[0]
            self.length.update_state(a_row(ops.sum(weights), rows), sample_weight=rows)
        return self.get_metrics_result()

    def translate(self, source, width=None, n_best=1, **options):
        """`keras_seq.decoding.beam_search` over the model; what is not given is the model's own.

        Args:
            source: (B, S), ids.
            width: of the beam, at most V_t.
            n_best: how many outputs for each source.
            **options: `alpha`, `coverage`, `min_length` and `max_length`.

        Returns:
            `keras_seq.decoding.Hypotheses`.
        """
        names = ("alpha", "coverage", "min_length", "max_length")
        options = {**{name: getattr(self, name) for name in names}, **options}
        width = self.width if width is None else width
        arguments.check({**self._arguments, **options, "width": width})
        source = ops.cast(ops.convert_to_tensor(source), "int32")
        step, state = self._start(source, width, options["max_length"], options["coverage"] > 0)
        return beam_search(
            step, state, self.start_id, self.end_id, ops.shape(source)[0], width,
            n_best=n_best, **options,
        )  # fmt: skip

    def set_search(self, width):
        """`predict` searches with a beam of this width from now on."""
        arguments.check({**self._arguments, "width": width})
        if width != self.width:  # else what is compiled serves
            self.width = self._arguments["width"] = width
            self.make_predict_function(force=True)

    def start(self, source, width=1, max_length=None, aligned=False):
        """`step` and first state on the contract of `keras_seq.decoding`, for (B, S) ids.

        For N = B * width hypotheses; with `aligned` the state has their `alignment`. A state of a
        Transformer has room for `max_length` steps (None: the model's): see its decoder block.
        """
        if aligned and self.architecture == "rnn" and self.attention is None:
            checks.refuse("Seq2Seq", "aligned", "False where there is no attention", aligned)
        length = self.max_length if max_length is None else max_length
        return self._start(source, width, length, aligned, shared=False)

    def _start(self, source, width, length, aligned, shared=True):
        memory, mask, summary = self.encoder(source, training=False)
        of_decoder, state = self.decoder.start(memory, mask, summary, width, length, shared)
        state = {"decoder": state}
        if aligned:
            state["alignment"] = ops.zeros_like(memory[:, :, 0])
            state["source_mask"] = mask

        def step(tokens, state):
            vectors, new, weights = of_decoder(tokens, state["decoder"])
            new = {**state, "decoder": new}
            if aligned:
                new["alignment"] = weights
            return self.scores(vectors), new

        return step, state

    def log_probability(self, source, target):
        """log P(target | source), (B,): of what ends with `end_id`."""
        target = ops.cast(target, "int32")
        logs = log_probability(self({"source": source, "target": target}), target)
        return ops.sum(ops.where(ops.equal(target, 0), 0.0, logs), axis=-1)

    def alignment(self, source, target):
        """How much each target token looked at each source token, (B, T, S)."""
        memory = self.encoder(source, training=False)
        weights = self.decoder.alignment(self._shifted(target), *memory)
        if weights is None:
            checks.refuse("Seq2Seq", "attention", "one for an `alignment`", self.attention)
        return weights

    def get_config(self):
        config = arguments.to_config(self._arguments)
        return {**config, "name": self.name, "trainable": self.trainable}

    @classmethod
    def from_config(cls, config, custom_objects=None):
        return cls(**arguments.from_config(config))
