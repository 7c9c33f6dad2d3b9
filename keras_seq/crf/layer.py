"""The CRF layer, whose weights are the transition scores."""

import math
from typing import Any

import keras
import numpy as np
from keras import ops

from keras_seq import backend, checks, keras_internals
from keras_seq.crf import decoding, likelihood
from keras_seq.crf.constraints import FORBIDDEN, constrained, scheme_constraints


@keras.saving.register_keras_serializable("keras_seq")
class CRF(keras.layers.Layer):
    """A linear-chain conditional random field (CRF): from tag scores to the best tag sequence.

        score(y) = start[y_1] + sum_t x[t, y_t] + sum_t transitions[y_t-1, y_t] + end[y_T]
        p(y)     = exp(score(y)) / sum_y' exp(score(y'))
        call(x)  = argmax_y score(y)                         Viterbi
        loss(x, y) = -w(y) log p(y)
        w(y)     = 1, or mean_t class_weight[y_t]

    Forbidden transitions have a score that is lower by 10,000, in training and in decoding.

    `class_weight` weights a sequence by the mean weight of its gold tags, as in cost-sensitive
    learning (Zadrozny et al.), so the loss is still the loss of a CRF. Weights for single steps are
    not possible, because the likelihood does not factorize over steps: weighting the growth of the
    normalizer at each step (de Lannoy et al. 2012) gives a loss without a minimum.

    Weights: `transitions` (K, K), from tag i to tag j; `start` (K,); `end` (K,).

    Args:
        tags: K, or the list of the K tag names.
        scheme: "BIO", "IOB1", "BIOES" or "BMES"; it needs tag names. Transitions, first tags and
            last tags that are invalid in the scheme are forbidden (see
            `keras_seq.crf.scheme_constraints`).
        allowed: (K, K), True where tag j may follow tag i; an alternative to `scheme`.
        allowed_start: (K,), True where a tag may be the first; None: all.
        allowed_end: (K,), True where a tag may be the last; None: all.
        class_weight: K positive numbers, or a dictionary from tag names to weights (other tags have
            the weight 1).
        initializer: initializer of all weights.

    Call arguments:
        inputs: x, scores of the tags (emissions), (B, T, K), such as the outputs of a Dense layer
            without activation. They are cast to float32.
        mask: (B, T), True where a step is real; with None, the
            mask that is attached to the inputs, if any.

    Returns:
        Tags, (B, T), int32, 0 at masked steps.

    Methods, all with the same `inputs` and `mask`: `log_likelihood(inputs, tags, mask=mask)` and
    `loss(inputs, tags, mask=mask)` (B,), `viterbi` (tags and scores), `nbest(inputs, n)`,
    `marginals` (B, T, K), `sample(inputs, seed=seed)`; see `keras_seq.crf`.

    Masking: any step may be masked; values at masked steps are ignored. The mask is passed on to
    the next layer.

    Raises:
        ValueError: an argument is out of range, shapes do not agree, or, where values are known,
            a gold tag is out of range or forbidden at its position.

    Example, in a custom model that is trained with `fit`:

    >>> import keras_seq
    >>> class Tagger(keras.Model):
    ...     def __init__(self):
    ...         super().__init__()
    ...         self.embed = keras.layers.Embedding(50, 8)
    ...         self.encode = keras.layers.Bidirectional(keras_seq.LSTM(8, return_sequences=True))
    ...         self.score = keras.layers.Dense(3)
    ...         self.crf = keras_seq.CRF(["O", "B-X", "I-X"], scheme="BIO")
    ...
    ...     def call(self, ids):
    ...         mask = keras.ops.not_equal(ids, 0)
    ...         scores = self.score(self.encode(self.embed(ids), mask=mask))
    ...         return {"scores": scores, "tags": self.crf(scores, mask=mask)}
    ...
    ...     def compute_loss(self, x, y, y_pred, sample_weight=None, training=True):
    ...         losses = self.crf.loss(y_pred["scores"], y, mask=keras.ops.not_equal(x, 0))
    ...         return keras.ops.mean(losses)
    >>> model = Tagger()
    >>> model.compile("adam")
    >>> ids, tags = np.array([[4, 7, 9], [3, 5, 0]]), np.array([[1, 2, 0], [0, 1, 0]])
    >>> history = model.fit(ids, tags, verbose=0)
    >>> model.predict(ids, verbose=0)["tags"].shape
    (2, 3)

    Reference: Lafferty, McCallum and Pereira, Conditional Random Fields, ICML 2001; Zadrozny,
    Langford and Abe, Cost-Sensitive Learning by Cost-Proportionate Example Weighting, ICDM 2003.
    """

    def __init__(
        self,
        tags: int | list[str],
        *,
        scheme: str | None = None,
        allowed: Any = None,
        allowed_start: Any = None,
        allowed_end: Any = None,
        class_weight: Any = None,
        initializer: Any = "zeros",
        **kwargs,
    ):
        super().__init__(autocast=False, **kwargs)  # sums over time need float32
        self.supports_masking = True
        if isinstance(tags, (list, tuple)):
            self.tags, self.num_tags = list(tags), len(tags)
            names = all(isinstance(tag, str) for tag in tags)
            if not tags or not names or len(set(tags)) < len(tags):
                checks.refuse("CRF", "tags", "different names", list(tags))
        else:
            checks.positive_int("CRF", tags=tags)
            self.tags, self.num_tags = tags, tags
        self.scheme = scheme
        given = {"allowed": allowed, "allowed_start": allowed_start, "allowed_end": allowed_end}
        self._given = {name: _flags(name, a) for name, a in given.items()}
        for name, array in self._given.items():
            letters = "K K" if name == "allowed" else "K"
            if array is not None:
                checks.sizes("CRF", name, array.shape, letters, K=self.num_tags)
        if scheme is not None:
            if not isinstance(self.tags, list):
                checks.refuse("CRF", "tags", "the list of tag names where `scheme` is given", tags)
            if any(array is not None for array in self._given.values()):
                checks.conflict("CRF", "`scheme` and `allowed`", "both define allowed transitions")
            arrays = scheme_constraints(self.tags, scheme)
            self.allowed, self.allowed_start, self.allowed_end = arrays
        else:
            self.allowed, self.allowed_start, self.allowed_end = self._given.values()
        self._check_paths()
        self.class_weight = class_weight
        self._class_weight = self._weight_by_tag(class_weight)
        self.initializer = checks.choice_of(
            "CRF", keras.initializers.get, "an initializer", initializer=initializer
        )
        K = self.num_tags
        for name, shape in (("transitions", (K, K)), ("start", (K,)), ("end", (K,))):
            weight = self.add_weight(shape=shape, initializer=self.initializer, name=name)
            setattr(self, name, weight)
        self.built = True

    def scores(self) -> tuple[Any, Any, Any]:
        """Transitions, start and end, lower by 10,000 where forbidden.

        These are the arguments `transitions, start, end` of the functions of `keras_seq.crf`.
        """
        pairs = (
            (self.transitions, self.allowed),
            (self.start, self.allowed_start),
            (self.end, self.allowed_end),
        )
        return tuple(
            weight.value if allowed is None else constrained(weight, allowed)
            for weight, allowed in pairs
        )

    def call(self, inputs: Any, mask: Any = None) -> Any:
        return self.viterbi(inputs, mask=mask)[0]

    def viterbi(self, inputs: Any, *, mask: Any = None) -> tuple[Any, Any]:
        """The best tags (B, T) and their scores (B,)."""
        return decoding.viterbi(inputs, *self.scores(), mask=self._mask(inputs, mask))

    def nbest(self, inputs: Any, n: int, *, mask: Any = None) -> tuple[Any, Any]:
        """The n best tags (B, n, T) and their scores (B, n), -inf where there are fewer paths."""
        scores = [ops.where(s > FORBIDDEN / 2, s, -math.inf) for s in self.scores()]
        return decoding.nbest(inputs, *scores, n, mask=self._mask(inputs, mask))

    def marginals(self, inputs: Any, *, mask: Any = None) -> Any:
        """The marginal probability of each tag at each step, (B, T, K)."""
        return likelihood.marginals(inputs, *self.scores(), mask=self._mask(inputs, mask))

    def sample(self, inputs: Any, *, mask: Any = None, seed: Any = None) -> Any:
        """Sampled tags, (B, T)."""
        return decoding.sample(inputs, *self.scores(), mask=self._mask(inputs, mask), seed=seed)

    def log_likelihood(self, inputs: Any, tags: Any, *, mask: Any = None) -> Any:
        """The logarithm of the probability of the tags, (B,)."""
        mask = self._mask(inputs, mask)
        value = likelihood.log_likelihood(inputs, tags, *self.scores(), mask=mask)
        self._check_allowed(tags, mask)
        return value

    def loss(self, inputs: Any, tags: Any, *, mask: Any = None) -> Any:
        """The loss of each row, (B,): -log_likelihood, weighted by `class_weight`."""
        mask = self._mask(inputs, mask)
        losses = -self.log_likelihood(inputs, tags, mask=mask)
        if self._class_weight is None:
            return losses
        tags = ops.cast(tags, "int32")
        real = ops.ones_like(tags) if mask is None else mask
        real = ops.cast(real, "bool")
        weights = ops.convert_to_tensor(self._class_weight, dtype=losses.dtype)
        weights = ops.take(weights, ops.where(real, tags, 0))
        real = ops.cast(real, losses.dtype)
        count = ops.maximum(ops.sum(real, axis=1), 1.0)
        return losses * ops.sum(weights * real, axis=1) / count

    def _mask(self, inputs, mask):
        return keras_internals.mask_of(inputs) if mask is None else mask

    def _weight_by_tag(self, class_weight):
        if class_weight is None:
            return None
        if isinstance(class_weight, dict):
            names = self.tags if isinstance(self.tags, list) else []
            if unknown := set(class_weight) - set(names):
                checks.refuse("CRF", "class_weight", f"of the tags {names}", sorted(unknown))
            class_weight = [class_weight.get(name, 1.0) for name in names]
        array = _array("class_weight", class_weight, "float32")
        checks.sizes("CRF", "class_weight", array.shape, "K", K=self.num_tags)
        if not (np.isfinite(array).all() and (array > 0).all()):
            checks.refuse("CRF", "class_weight", "positive numbers", class_weight)
        return array

    def _check_paths(self):
        """Refuse constraints under which no path of two or more tags is allowed."""
        K = self.num_tags
        allowed, start, end = (
            np.ones(shape, bool) if array is None else array
            for array, shape in (
                (self.allowed, (K, K)),
                (self.allowed_start, K),
                (self.allowed_end, K),
            )
        )
        for name, array in (("allowed_start", start), ("allowed_end", end)):
            if not array.any():
                checks.refuse("CRF", name, "True for at least one tag", array.tolist())
        reached = start
        for _ in range(K):
            reached = allowed[reached].any(axis=0)
            if (reached & end).any():
                return
        wanted = "such that some path leads from a first tag to a last one"
        checks.refuse("CRF", "allowed", wanted, allowed.tolist())

    def _check_allowed(self, tags, mask):
        """Raise ValueError for gold tags that the constraints forbid, if the values are known."""
        if all(a is None for a in (self.allowed, self.allowed_start, self.allowed_end)):
            return
        tags = backend.static_value(ops.convert_to_tensor(tags))
        mask = None if mask is None else backend.static_value(ops.convert_to_tensor(mask))
        if tags is None:
            return
        for number, row in enumerate(tags):
            path = row if mask is None else row[mask[number].astype(bool)]
            if (forbidden := self._find_forbidden(path)) is not None:
                checks.refuse(
                    "CRF", "tags", "allowed by the constraints", f"row {number}: {forbidden}"
                )

    def _find_forbidden(self, path):
        """Why the constraints forbid a path of tags, or None."""
        if not len(path):
            return None
        names = self.tags if isinstance(self.tags, list) else range(self.num_tags)
        if self.allowed_start is not None and not self.allowed_start[path[0]]:
            return f"a sequence cannot start with {names[path[0]]}"
        if self.allowed_end is not None and not self.allowed_end[path[-1]]:
            return f"a sequence cannot end with {names[path[-1]]}"
        if self.allowed is not None:
            (at,) = np.nonzero(~self.allowed[path[:-1], path[1:]])
            if len(at):
                return f"{names[path[at[0] + 1]]} cannot follow {names[path[at[0]]]}"
        return None

    def compute_mask(self, inputs, mask=None):
        return mask

    def compute_output_shape(self, input_shape):
        return tuple(input_shape[:-1])

    def compute_output_spec(self, inputs, mask=None):
        checks.sizes("CRF", "inputs", inputs.shape, "B T K", K=self.num_tags)
        return keras.KerasTensor(self.compute_output_shape(inputs.shape), "int32")

    def get_config(self) -> dict[str, Any]:
        given = {n: None if a is None else a.tolist() for n, a in self._given.items()}
        weights = self.class_weight
        return {
            **super().get_config(),
            "tags": self.tags,
            "scheme": self.scheme,
            **given,
            "class_weight": weights if isinstance(weights, dict) else _plain(weights),
            "initializer": keras.initializers.serialize(self.initializer),
        }


def _array(name, value, dtype):
    if value is None:
        return None
    try:
        return np.asarray(value, dtype)
    except (TypeError, ValueError):
        checks.refuse("CRF", name, "an array of numbers", value)


def _flags(name, value):
    array = _array(name, value, None)
    if array is None or array.dtype == bool:
        return array
    if array.dtype.kind not in "iuf" or not np.isin(array, (0, 1)).all():
        checks.refuse("CRF", name, "an array of True and False, or of 1 and 0", value)
    return array.astype(bool)


def _plain(weights):
    return None if weights is None else np.asarray(weights, "float64").tolist()
