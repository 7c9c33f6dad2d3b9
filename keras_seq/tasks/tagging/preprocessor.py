"""From tagged sentences to batches, and from predictions back to tags and spans."""

from collections.abc import Iterable, Sequence
from typing import Any

import keras
import numpy as np

from keras_seq.crf.span_probability import span_marginals
from keras_seq.crf.tag_schemes import spans_of, tag_names, tags_of
from keras_seq.data.normalization import NormalizationName
from keras_seq.data.pretokenizer import Pretokenizer
from keras_seq.export import rows_of_all_lengths
from keras_seq.models import Tagger
from keras_seq.tasks.tagging.batches import TagBatches
from keras_seq.tasks.tagging.data import TaggedText
from keras_seq.tasks.tagging.features import TokenFeatures, normalize_words

# If the best score leads by less, another path may be best after different rounding.
_CLEAR = 1e-2


class TaggerPreprocessor:
    """The features and the tags of a tagger, learned from its training sentences.

    Args:
        train: `TaggedText` in the scheme of the model.
        features: names of `TokenFeatures`.
        vocabulary_size, minimum_count: as of `TokenFeatures.learn`.
        vectors: pretrained `(words, array)`, as `read_word_vectors` gives them, whose words are all
            in the vocabulary; or None.
        normalization: as of `TokenFeatures`.

    Attributes:
        features: `TokenFeatures`.
        tags: list of the names of the tags.

    Example:

    >>> from keras_seq.tasks.tagging.data import TaggedText
    >>> from keras_seq.tasks.tagging.preprocessor import TaggerPreprocessor
    >>> train = TaggedText([["Ada", "spoke"]], [["B-PER", "O"]], "BIO", "made here")
    >>> tagging = TaggerPreprocessor(train, ("words",))
    >>> tagging.tags
    ['O', 'B-PER', 'I-PER']
    """

    def __init__(
        self,
        train: TaggedText,
        features: Sequence[str],
        vocabulary_size: int = 50000,
        minimum_count: int = 1,
        vectors: tuple[list[str], np.ndarray] | None = None,
        normalization: NormalizationName = "none",
    ) -> None:
        self.scheme = train.scheme
        self.tags = tag_names(train.types, train.scheme)
        if "O" not in self.tags and any("O" in row for row in train.tags):
            self.tags.insert(0, "O")
        self._vectors = _by_word(*vectors) if vectors else {}
        self.features = TokenFeatures.learn(
            train.tokens,
            features,
            vocabulary_size,
            minimum_count,
            tuple(self._vectors),
            normalization,
        )

    def set_word_vectors(self, model: Tagger) -> None:
        """Set the pretrained vectors as weights of a `keras_seq.models.Tagger`."""
        if self._vectors:
            ids = {word: i for i, word in enumerate(self.features.vocabularies["words"])}
            rows = [ids[word] for word in self._vectors]
            model.set_word_vectors(rows, np.stack(list(self._vectors.values())))

    def batches(self, text: TaggedText, batch_size: int, seed: int, shuffle: bool) -> TagBatches:
        """`TagBatches` of a `TaggedText`."""
        ids = {tag: i for i, tag in enumerate(self.tags)}
        # The model cannot predict types that are not in the training data.
        tags = [np.array([ids.get(tag, ids.get("O")) for tag in row], "int32") for row in text.tags]
        encoded = self.features.encode(text.tokens)
        return TagBatches(encoded, tags, batch_size, seed, shuffle, classes=len(ids))

    def tag_names(self, rows: Iterable[Iterable[int]]) -> list[list[str]]:
        """Rows of tag ids as lists of names."""
        return [[self.tags[tag] for tag in row] for row in rows]

    def examples(
        self,
        model: Tagger,
        pretokenizer: Pretokenizer,
        rows: Sequence[Sequence[str]],
        scheme: str = "BIO",
    ) -> tuple[list[str], dict[str, list[Any]]]:
        """Some texts and the predictions of the model, as arguments of `export_tagger`.

        Args:
            model: `keras_seq.models.Tagger`.
            pretokenizer: `keras_seq.data.Pretokenizer`.
            rows: lists of tokens, of which a few of all lengths are taken: each as a text, and all
                of them together as another one.
            scheme: of the tags in the predictions.

        Returns:
            `(texts, expected)`: a list of str, and a dictionary of name -> list of lists.
        """
        chosen = [rows[i] for i in rows_of_all_lengths([len(row) for row in rows])]
        together = sum(chosen if len(chosen) > 1 else 2 * chosen, [])  # longer than any
        texts = [pretokenizer.detokenize(row) for row in [*chosen, together]]
        divided = [[token.decode() for token in row] for row in pretokenizer(texts).to_list()]
        answers = [self._answer(model, row, scheme) for row in divided]
        clear = [answer.pop("clear") for answer in answers]
        if len({len(row) for row, use in zip(divided, clear, strict=True) if use}) > 1:
            texts, answers = (
                [each for each, use in zip(all_, clear, strict=True) if use]
                for all_ in (texts, answers)
            )
        return texts, {name: [answer[name] for answer in answers] for name in answers[0]}

    def _answer(self, model, row, scheme):
        inputs = {name: np.stack(ids) for name, ids in self.features.encode([row]).items()}
        found = model(inputs, training=False)
        mask = model.mask(inputs)
        tags = keras.ops.convert_to_numpy(found["tags"])
        (names,) = self.tag_names(tags)
        spans = spans_of(names)
        starts, ends = (np.array([span[i] for span in spans], "int32") for i in (0, 1))
        where = (np.zeros(len(spans), "int32"), starts, ends)
        scores = span_marginals(model.crf, found["emissions"], mask, tags, *where)
        _, best = model.crf.nbest(found["emissions"], 2, mask=mask)
        best = keras.ops.convert_to_numpy(best)[0]
        return {
            "tags": tags_of(spans, len(names), scheme),
            "span_start": starts.tolist(),
            "span_end": ends.tolist(),
            "span_type": [kind for _, _, kind in spans],
            "span_score": keras.ops.convert_to_numpy(scores).tolist(),
            "clear": bool(best[0] - best[1] > _CLEAR),
        }


def _by_word(words, vectors):
    """Dictionary of normalized word -> vector, of the exact word if it has one."""
    plain = normalize_words(words)
    found = {}
    for exact in (True, False):
        for word, known, vector in zip(words, plain, vectors, strict=True):
            if (word == known) == exact:
                found.setdefault(known, vector)
    return found
