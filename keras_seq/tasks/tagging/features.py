"""The token features of a tagger: ids that are computed inside a TensorFlow graph."""

import collections
from collections.abc import Mapping, Sequence
from typing import Any, Self

import numpy as np
import tensorflow as tf

from keras_seq import checks
from keras_seq.data.normalization import Normalization, NormalizationName
from keras_seq.data.tensorflow_host import tensorflow_on_host
from keras_seq.errors import InputError

# Each with the ids 0 for padding and 1 for unknown.
FEATURES = ("words", "characters", "casing", "prefixes", "suffixes", "bigrams")
CHARACTERS_OF_TOKEN = 20
PADDING, UNKNOWN, END = "", "[UNK]", "[END]"

# Features of words, and features of single characters.
WORD_FEATURES = ("words", "characters", "casing", "prefixes", "suffixes")
CHARACTER_FEATURES = ("words", "bigrams")

_BATCH = 256
_ALL = r"(?s)"


class TokenFeatures(tf.Module):
    """Maps each token to ids of several features.

    - `words`: the token in lower case, with every digit replaced by 0.
    - `characters`: the characters of the token, at most 20; for a longer token the first and the
      last 10.
    - `casing`: the shape of the token. Lower-case letters become `x`, upper-case letters `X`
      (several `XX`), digits `0`; repetitions are merged and other signs stay: `U.S.` is `X.X.`,
      `McCoy` is `XxXx`, `1996-08-22` is `0-0-0`.
    - `prefixes`, `suffixes`: the first and last 3 characters of longer tokens, in lower case.
    - `bigrams`: the token and the next one, for scripts whose tokens are single characters.

    Id 0 is padding, 1 is unknown. It is a `tf.Module`: a module that contains it saves its tables.

    Args:
        vocabularies: dictionary of some of these names -> list of distinct strings, the first two
            `""` and `"[UNK]"`. `TokenFeatures.learn` makes them. `words` must be among them.
        normalization: the form of Unicode in which each token is read: "none", "NFC" or "NFKC", as
            of `keras_seq.data.normalization.Normalization`. The tokens themselves do not change.

    Call arguments:
        tokens: `tf.RaggedTensor` of strings (B, T).

    Returns:
        Dictionary of name -> int32 (B, T) padded with 0, and for `characters` (B, T, 20).

    Raises:
        InputError: a name is unknown, or a vocabulary has another beginning or duplicates.

    Example:

    >>> from keras_seq.tasks.tagging import TokenFeatures
    >>> features = TokenFeatures.learn([["Ada", "saw", "ADA"]], ("words", "casing"))
    >>> features.vocabularies
    {'words': ['', '[UNK]', 'ada', 'saw'], 'casing': ['', '[UNK]', 'XX', 'Xx', 'x']}
    >>> import tensorflow as tf
    >>> {k: v.numpy().tolist() for k, v in features(tf.ragged.constant([["Ada", "ran"]])).items()}
    {'words': [[2, 1]], 'casing': [[3, 4]]}
    """

    def __init__(
        self, vocabularies: Mapping[str, list[str]], normalization: NormalizationName = "none"
    ) -> None:
        super().__init__(name="token_features")
        self.normalization = Normalization(normalization)
        for name, vocabulary in vocabularies.items():
            checks.one_of("TokenFeatures", FEATURES, feature=name)
            if vocabulary[:2] != [PADDING, UNKNOWN] or len(set(vocabulary)) < len(vocabulary):
                checks.refuse(
                    "TokenFeatures", name, "'', '[UNK]' and distinct strings", vocabulary[:3]
                )
        if "words" not in vocabularies:
            wanted = "a dictionary that contains `words`"
            checks.refuse("TokenFeatures", "vocabularies", wanted, list(vocabularies))
        tensorflow_on_host()
        # Arrays, because tf.Module would wrap and track lists.
        self._vocabularies = {k: np.array(v, dtype=object) for k, v in vocabularies.items()}
        self._tables = {
            name: tf.lookup.StaticHashTable(
                tf.lookup.KeyValueTensorInitializer(
                    tf.constant(vocabulary), tf.range(len(vocabulary), dtype=tf.int32)
                ),
                default_value=1,
            )
            for name, vocabulary in vocabularies.items()
        }

    @classmethod
    def learn(
        cls,
        rows: Sequence[Sequence[str]],
        features: Sequence[str] = FEATURES,
        vocabulary_size: int = 50000,
        minimum_count: int = 1,
        words: Sequence[str] = (),
        normalization: NormalizationName = "none",
    ) -> Self:
        """Features with the most frequent values of `rows`; ties are in alphabetical order.

        Args:
            rows: list of lists of tokens.
            features: names.
            vocabulary_size: the largest number of ids of each feature.
            minimum_count: rarer values are unknown.
            words: further known words, such as those that have pretrained vectors.
            normalization: as of the class.

        Raises:
            InputError: there is no token, or none is frequent enough.
        """
        for name in features:
            checks.one_of("TokenFeatures.learn", FEATURES, feature=name)
        checks.positive_int(
            "TokenFeatures.learn", vocabulary_size=vocabulary_size, minimum_count=minimum_count
        )
        counts = {name: collections.Counter() for name in features}
        normalize = Normalization(normalization)
        for values in _batches(rows, lambda tokens: _values(tokens, features, normalize)):
            for name, found in values.items():
                counts[name].update(found.numpy().ravel())
        vocabularies = {}
        for name, counted in counts.items():
            counted.pop(b"", None)
            known = [(-count, value) for value, count in counted.items() if count >= minimum_count]
            kept = [value.decode("utf-8") for _, value in sorted(known)][: vocabulary_size - 2]
            if not kept:
                raise InputError(
                    f"TokenFeatures.learn: {len(rows)} sentences give no {name} with "
                    f"vocabulary_size={vocabulary_size} and minimum_count={minimum_count}"
                )
            vocabularies[name] = [PADDING, UNKNOWN, *kept]
        known = set(vocabularies["words"])
        vocabularies["words"] += sorted({word for word in words if word not in known})
        return cls(vocabularies, normalization)

    @property
    def vocabularies(self) -> dict[str, list[str]]:
        """The values of each feature by id."""
        return {name: list(values) for name, values in self._vocabularies.items()}

    @property
    def sizes(self) -> dict[str, int]:
        """The number of ids of each feature."""
        return {name: len(values) for name, values in self._vocabularies.items()}

    def describe(self) -> str:
        """The sizes in words, for a person.

        Example:

        >>> from keras_seq.tasks.tagging import TokenFeatures
        >>> TokenFeatures.learn([["北", "京"]], ("words", "bigrams")).describe()
        '4 words and 4 bigrams'
        """
        *first, last = (f"{size} {name}" for name, size in self.sizes.items())
        return f"{', '.join(first)} and {last}" if first else last

    def to_config(self) -> dict[str, Any]:
        """A dictionary for `from_config`, which JSON can hold."""
        return {"vocabularies": self.vocabularies, "normalization": self.normalization.form}

    @classmethod
    def from_config(cls, config: Mapping[str, Any]) -> Self:
        """The features that `to_config` describes."""
        return cls(**config)

    def __call__(self, tokens: tf.RaggedTensor) -> dict[str, tf.Tensor]:
        return {name: ids.to_tensor() for name, ids in self._ids(tokens).items()}

    def encode(self, rows: Sequence[Sequence[str]]) -> dict[str, list[np.ndarray]]:
        """The ids of lists of tokens: name -> list of int32 arrays (T,) or (T, 20)."""
        encoded = {name: [] for name in self._tables}
        for ids in _batches(rows, self._ids):
            for name, ragged in ids.items():
                cuts = ragged.row_splits.numpy()[1:-1]
                encoded[name] += np.split(ragged.flat_values.numpy(), cuts)
        return encoded

    def _ids(self, tokens):
        return {
            name: tokens.with_flat_values(self._tables[name].lookup(values))
            for name, values in _values(tokens, list(self._tables), self.normalization).items()
        }


def normalize_words(words: Sequence[str]) -> list[str]:
    """Words as in the feature `words`: in lower case, with every digit replaced by 0.

    Example:

    >>> normalize_words(["Room", "101"])
    ['room', '000']
    """
    return [word.decode("utf-8") for word in _normalize(tf.constant(words)).numpy()]


def _normalize(written):
    return tf.strings.regex_replace(tf.strings.lower(written, encoding="utf-8"), r"\p{N}", "0")


def _values(tokens, features, normalize):
    """The values of each feature for N tokens: name -> strings (N,) or (N, 20)."""
    tokens = tokens.with_flat_values(normalize(tokens.flat_values))
    written = tokens.flat_values
    lower = _normalize(written)
    values = {}
    for name in features:
        if name == "words":
            values[name] = lower
        elif name == "characters":
            values[name] = _characters(written)
        elif name == "casing":
            values[name] = _shape(written)
        elif name == "prefixes":
            values[name] = tf.strings.regex_replace(lower, _ALL + r"^(.{3}).+$", r"\1")
        elif name == "suffixes":
            values[name] = tf.strings.regex_replace(lower, _ALL + r"^.+(.{3})$", r"\1")
        else:
            values[name] = _pairs(tokens)
    return values


def _characters(written):
    """(N,) to (N, 20): all characters, or the first and last ten."""
    split = tf.strings.unicode_split(written, "UTF-8")
    first = split.to_tensor(shape=[None, CHARACTERS_OF_TOKEN])
    half = CHARACTERS_OF_TOKEN // 2
    last = split[:, -half:].to_tensor(shape=[None, half])
    ends = tf.concat([first[:, :half], last], axis=1)
    return tf.where(split.row_lengths()[:, None] > CHARACTERS_OF_TOKEN, ends, first)


def _shape(written):
    for pattern, sign in (
        (r"\p{Lu}{2,}", "\x01\x01"),
        (r"\p{Lu}", "\x01"),
        (r"[\p{L}\p{M}]+", "x"),
        (r"\p{N}+", "0"),
        ("\x01", "X"),
    ):
        written = tf.strings.regex_replace(written, pattern, sign)
    return written


def _pairs(tokens):
    """Each token with the next token of its row; the last one with an end sign."""
    flat = tokens.flat_values
    after = tf.concat([flat[1:], [END]], axis=0)[: tf.size(flat)]
    ends = tf.boolean_mask(tokens.row_limits(), tokens.row_lengths() > 0) - 1
    after = tf.tensor_scatter_nd_update(after, ends[:, None], tf.fill([tf.size(ends)], END))
    return tf.strings.join([flat, after], " ")


def _batches(rows, function):
    """`function` applied to ragged batches of rows, in order, on all cores."""
    lengths = [len(row) for row in rows]
    flat = tf.constant([token for row in rows for token in row], tf.string)
    ragged = tf.RaggedTensor.from_row_lengths(flat, np.array(lengths, "int64"))
    dataset = tf.data.Dataset.from_tensor_slices(ragged).ragged_batch(_BATCH)
    return dataset.map(function, num_parallel_calls=tf.data.AUTOTUNE).prefetch(1)
