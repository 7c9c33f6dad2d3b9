"""Text to ids inside a TensorFlow graph, so that it travels into a SavedModel."""

import collections
from collections.abc import Mapping, Sequence
from typing import Any, Self

import numpy as np
import tensorflow as tf

from keras_seq import checks
from keras_seq.data.tensorflow_host import tensorflow_on_host
from keras_seq.errors import InputError

KINDS = ("words", "characters", "subwords")
PADDING, UNKNOWN = "", "[UNK]"

_BATCH = 256

# RE2, as TensorFlow has it. White space as Unicode defines it, with the ASCII separators.
SPACE = r"[\s\v\x{1c}-\x{1f}\x{85}\pZ]+"
# Scripts that write no spaces between words: each character is a token.
UNSPACED = r"([\p{Han}\p{Hiragana}\p{Katakana}\p{Thai}\p{Lao}\p{Khmer}\p{Myanmar}]\p{M}*)"
# English negation and clitics stand alone, as treebanks write them: do n't, it 's.
NEGATION = (r"(?i)(n)['’](t)\b", r" \1'\2 ")
CLITIC = (r"(?i)['’](s|re|ve|ll|d|m)\b", r" '\1 ")
# In this order: a clitic, a number with its points, a word with inner apostrophes, any other sign.
_TOKEN = (
    r"((?i:['’](?:s|re|ve|ll|d|m)\b)"
    r"|\p{N}+(?:[.,]\p{N}+)+"
    r"|[\p{L}\p{M}\p{N}_\x{200c}\x{200d}]+(?:['’][\p{L}\p{M}\p{N}]+)*"
    r"|[^\s])"
)


class Tokenizer(tf.Module):
    """Maps strings to ids: 0 is padding, 1 is unknown, the known tokens follow.

    - `"words"`: runs of letters and digits; each other sign is a token of its own (`!`, `?`, `,`);
      `n't`, `'s` and the like are split off, as in `do n't`; a character of a script without
      spaces (Chinese, Japanese, Thai, ...) is a word.
    - `"characters"`: every Unicode character but white space.
    - `"subwords"`: the words, cut into the longest known pieces (WordPiece; `##` begins one inside
      a word). It needs the operators of TensorFlow Text, and so does a process that loads a
      SavedModel with it; the other kinds need TensorFlow alone.

    It is a `tf.Module`: a module, `tf.function` or `keras.export.ExportArchive` that holds it
    saves its tables.

    Args:
        kind: one of the above.
        lowercase: whether to convert the text to lower case first, in all of Unicode.
        vocabulary: list of distinct strings; `vocabulary[id]` is the token, the first two are
            `""` and `"[UNK]"`. `Tokenizer.learn` makes one.

    Call arguments:
        texts: strings (B,), a tensor or a list.

    Returns:
        int32 `tf.RaggedTensor` (B, T). Bytes that are not UTF-8 are unknown tokens.

    Raises:
        InputError: the kind is unknown, or the vocabulary is empty, has duplicates, or is without
            the first two.

    Example:

    >>> tokenizer = keras_seq.data.Tokenizer.learn(["I don't like it!", "I like it."])
    >>> tokenizer.vocabulary
    ['', '[UNK]', 'i', 'it', 'like', '!', '.', 'do', "n't"]
    >>> tokenizer(["I LIKE that."]).to_list()
    [[2, 4, 1, 6]]
    """

    def __init__(self, kind: str, lowercase: bool, vocabulary: Sequence[str]) -> None:
        super().__init__(name="tokenizer")
        checks.one_of("Tokenizer", KINDS, kind=kind)
        checks.boolean("Tokenizer", lowercase=lowercase)
        vocabulary = list(vocabulary)
        if vocabulary[:2] != [PADDING, UNKNOWN] or len(vocabulary) < 3:
            checks.refuse(
                "Tokenizer", "vocabulary", "'', '[UNK]' and at least one token", vocabulary[:3]
            )
        if len(set(vocabulary)) < len(vocabulary) or not all(map(_is_token, vocabulary)):
            double = [t for t, n in collections.Counter(vocabulary).items() if n > 1]
            checks.refuse("Tokenizer", "vocabulary", "distinct strings", double[:3])
        tensorflow_on_host()
        self.kind = kind
        self.lowercase = lowercase
        # An array, for tf.Module would wrap and track a list.
        self._vocabulary = np.array(vocabulary, dtype=object)
        if kind == "subwords":
            self._pieces = _tensorflow_text().FastWordpieceTokenizer(
                ["[PAD]", *vocabulary[1:]],
                token_out_type=tf.int32,
                unknown_token=UNKNOWN,
                no_pretokenization=True,
            )
        else:
            ids = tf.range(len(vocabulary), dtype=tf.int32)
            pairs = tf.lookup.KeyValueTensorInitializer(tf.constant(vocabulary), ids)
            self._table = tf.lookup.StaticHashTable(pairs, default_value=1)

    @classmethod
    def learn(
        cls,
        texts: Sequence[str],
        kind: str = "words",
        lowercase: bool = True,
        vocabulary_size: int = 20000,
        minimum_count: int = 1,
    ) -> Self:
        """A tokenizer with the most frequent tokens of `texts`, ties in alphabetical order.

        Args:
            texts: list of strings.
            kind, lowercase: as of the class.
            vocabulary_size: at most this many ids, padding and unknown among them.
            minimum_count: rarer words (or characters) are unknown; subwords are not learned from
                them. With 2, the embedding of unknown tokens is trained on those that occur once;
                with 1 nothing in `texts` is unknown unless the vocabulary is full.

        Raises:
            InputError: no token in `texts` is frequent enough.
        """
        checks.one_of("Tokenizer.learn", KINDS, kind=kind)
        checks.list_of_strings("Tokenizer.learn", texts=texts)
        checks.boolean("Tokenizer.learn", lowercase=lowercase)
        checks.positive_int(
            "Tokenizer.learn", vocabulary_size=vocabulary_size, minimum_count=minimum_count
        )
        counts = collections.Counter()
        for batch in _batches(texts, lambda batch: _tokens(batch, kind, lowercase)):
            counts.update(batch.values.numpy())
        known = [(-count, token) for token, count in counts.items() if count >= minimum_count]
        # Bytes of UTF-8 sort as their code points do.
        tokens = [token.decode("utf-8") for _, token in sorted(known)]
        if kind == "subwords" and tokens:
            tokens = _learn_pieces(
                [(t, counts[t.encode("utf-8")]) for t in tokens], vocabulary_size
            )
        if not tokens or vocabulary_size < 3:
            raise InputError(
                f"Tokenizer.learn: {len(texts)} texts give no vocabulary of {kind} with "
                f"vocabulary_size={vocabulary_size} and minimum_count={minimum_count}"
            )
        return cls(kind, lowercase, [PADDING, UNKNOWN, *tokens][:vocabulary_size])

    @classmethod
    def from_config(cls, config: Mapping[str, Any]) -> Self:
        """The tokenizer that `to_config` describes."""
        return cls(**config)

    def to_config(self) -> dict[str, Any]:
        """A dictionary for `from_config`, which JSON can hold."""
        return {"kind": self.kind, "lowercase": self.lowercase, "vocabulary": self.vocabulary}

    @property
    def vocabulary(self) -> list[str]:
        """The tokens by id."""
        return list(self._vocabulary)

    def __len__(self) -> int:
        return len(self._vocabulary)

    def __call__(self, texts: tf.Tensor | Sequence[str]) -> tf.RaggedTensor:
        texts = tf.convert_to_tensor(texts, tf.string)
        checks.rank("Tokenizer", "B", texts=texts.shape)
        tokens = _tokens(texts, self.kind, self.lowercase)
        if self.kind == "subwords":
            return self._pieces.tokenize(tokens).merge_dims(1, 2)
        return tokens.with_values(self._table.lookup(tokens.values))

    def encode(self, texts: Sequence[str]) -> list[np.ndarray]:
        """The ids of a list of strings, one int32 array (T,) each."""
        checks.list_of_strings("Tokenizer", texts=texts)
        return [ids for batch in _batches(texts, self) for ids in _rows(batch)]


def _tokens(texts, kind, lowercase):
    """Strings (B,) -> ragged strings (B, T), with TensorFlow's own operators only."""
    if lowercase:
        texts = tf.strings.lower(texts, encoding="utf-8")
    if kind == "characters":
        return tf.strings.unicode_split(tf.strings.regex_replace(texts, SPACE, ""), "UTF-8")
    for pattern, rewrite in (
        (SPACE, " "),
        (UNSPACED, r" \1 "),
        NEGATION,
        CLITIC,
        (_TOKEN, r" \1 "),
    ):
        texts = tf.strings.regex_replace(texts, pattern, rewrite)
    return tf.strings.split(texts)


def _learn_pieces(words, vocabulary_size):
    """The WordPiece vocabulary of (word, count) pairs, most frequent first."""
    _tensorflow_text()
    from tensorflow_text.tools.wordpiece_vocab import wordpiece_tokenizer_learner_lib as learner

    # The learner searches for the count that gives the size; these bounds halve its steps.
    mean = sum(count for _, count in words) // vocabulary_size
    pieces = learner.learn(
        words,
        vocab_size=vocabulary_size,
        reserved_tokens=["[PAD]", UNKNOWN],
        lower_thresh=2,
        max_unique_chars=vocabulary_size // 2,
        upper_thresh=10 * max(1, mean),
    )
    return pieces[2:]


def _tensorflow_text():
    try:
        import tensorflow_text
    except ImportError as error:
        raise InputError(
            f"Tokenizer: the kind 'subwords' needs tensorflow-text ({error}): "
            "pip install 'keras_seq[recipes]', or take 'words' or 'characters'"
        ) from error
    return tensorflow_text


def _batches(texts, function):
    """`function` of batches of the texts, in order, on all cores."""
    dataset = tf.data.Dataset.from_tensor_slices(tf.constant(list(texts), tf.string))
    return dataset.batch(_BATCH).map(function, num_parallel_calls=tf.data.AUTOTUNE).prefetch(1)


def _rows(ragged):
    return np.split(ragged.values.numpy(), ragged.row_splits.numpy()[1:-1])


def _is_token(token):
    return isinstance(token, str)
