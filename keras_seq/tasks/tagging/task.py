"""What recipes of tagging share: from tagged sentences to batches, and back to spans."""

import keras
import numpy as np

from keras_seq.crf.span_probability import span_probability
from keras_seq.crf.tag_schemes import spans_of, tag_names
from keras_seq.tasks.tagging.batches import TagBatches
from keras_seq.tasks.tagging.features import TokenFeatures, normalised

# A best path that leads by less may be another one where numbers are rounded otherwise.
_CLEAR = 1e-2
_MOST_SHOWN = 60  # tokens of a sentence in a figure


class Tagging:
    """The features and the tags of a task, learned from its training sentences.

    Args:
        train: `TaggedText` in the scheme that the model shall use.
        features: names of `TokenFeatures`.
        vocabulary_size, minimum_count: as of `TokenFeatures.learn`.
        vectors: pretrained `(words, array)`, as `read_word_vectors` gives them: all these words are
            known; or None.

    Attributes:
        features: `TokenFeatures`.
        tags: list of the names of the tags.

    Example:

    >>> from keras_seq.tasks.tagging.data import TaggedText
    >>> from keras_seq.tasks.tagging.task import Tagging
    >>> train = TaggedText([["Ada", "spoke"]], [["B-PER", "O"]], "BIO", "made here")
    >>> tagging = Tagging(train, ("words",))
    >>> tagging.tags
    ['O', 'B-PER', 'I-PER']
    """

    def __init__(self, train, features, vocabulary_size=50000, minimum_count=1, vectors=None):
        self.scheme = train.scheme
        self.tags = tag_names(train.types, train.scheme)
        if "O" not in self.tags and any("O" in row for row in train.tags):
            self.tags.insert(0, "O")
        self._vectors = _by_word(*vectors) if vectors else {}
        self.features = TokenFeatures.learn(
            train.tokens, features, vocabulary_size, minimum_count, tuple(self._vectors)
        )

    def give_vectors(self, model):
        """Set the pretrained vectors into a `keras_seq.models.Tagger`."""
        if self._vectors:
            ids = {word: i for i, word in enumerate(self.features.vocabularies["words"])}
            rows = [ids[word] for word in self._vectors]
            model.set_word_vectors(rows, np.stack(list(self._vectors.values())))

    def batches(self, text, batch_size, seed, shuffle):
        """`TagBatches` of a `TaggedText`."""
        ids = {tag: i for i, tag in enumerate(self.tags)}
        # A type that training has not is in no row of tags that the model can give.
        tags = [np.array([ids.get(tag, ids.get("O")) for tag in row], "int32") for row in text.tags]
        encoded = self.features.encode(text.tokens)
        return TagBatches(encoded, tags, batch_size, seed, shuffle, classes=len(ids))

    def names(self, rows):
        """Rows of tag ids as lists of names."""
        return [[self.tags[tag] for tag in row] for row in rows]

    def examples(self, model, splitter, rows):
        """Some texts and what the model says of them, as `export_tagger` takes both.

        Args:
            model: `keras_seq.models.Tagger`.
            splitter: `keras_seq.data.Pretokenizer`.
            rows: lists of tokens; a few of all lengths are taken, and all of these in one text.

        Returns:
            `(texts, expected)`: a list of str, and a dictionary of name -> list of lists.
        """
        by_length = sorted(rows, key=len)
        chosen = by_length[:: max(1, len(rows) // 6)]
        together = sum(chosen if len(chosen) > 1 else 2 * chosen, [])  # longer than any
        texts = [splitter.joined(row) for row in [*chosen, together]]
        divided = [[token.decode() for token in row] for row in splitter(texts).to_list()]
        answers = [self._answer(model, row) for row in divided]
        clear = [answer.pop("clear") for answer in answers]
        if len({len(row) for row, use in zip(divided, clear, strict=True) if use}) > 1:
            texts, answers = (
                [each for each, use in zip(all_, clear, strict=True) if use]
                for all_ in (texts, answers)
            )
        return texts, {name: [answer[name] for answer in answers] for name in answers[0]}

    def _answer(self, model, row):
        inputs = {name: np.stack(ids) for name, ids in self.features.encode([row]).items()}
        found = model(inputs, training=False)
        mask = model.mask(inputs)
        tags = keras.ops.convert_to_numpy(found["tags"])
        (names,) = self.names(tags)
        spans = spans_of(names)
        starts, ends = (np.array([span[i] for span in spans], "int32") for i in (0, 1))
        where = (np.zeros(len(spans), "int32"), starts, ends)
        scores = span_probability(model.crf, found["emissions"], mask, tags, *where)
        _, best = model.crf.nbest(found["emissions"], 2, mask)
        best = keras.ops.convert_to_numpy(best)[0]
        return {
            "tags": names,
            "span_start": starts.tolist(),
            "span_end": ends.tolist(),
            "span_type": [kind for _, _, kind in spans],
            "span_score": keras.ops.convert_to_numpy(scores).tolist(),
            "clear": bool(best[0] - best[1] > _CLEAR),
        }


def _by_word(words, vectors):
    """Dictionary of word, as `TokenFeatures` has it, -> vector; one written so comes first."""
    plain = normalised(words)
    found = {}
    for exact in (True, False):
        for word, known, vector in zip(words, plain, vectors, strict=True):
            if (word == known) == exact:
                found.setdefault(known, vector)
    return found


def informative_rows(tokens, truth, predicted, most):
    """Sentences to look at: half of them with an error, if there are so many.

    Args:
        tokens: list of lists of tokens.
        truth, predicted: for each sentence its spans.
        most: how many.

    Returns:
        List of `(tokens, true spans, predicted spans)`, in the order of the data.

    Example:

    >>> from keras_seq.tasks.tagging.task import informative_rows
    >>> informative_rows([["Ada"], ["so"]], [[(0, 1, "PER")], []], [[(0, 1, "PER")], []], 9)
    [(['Ada'], [(0, 1, 'PER')], [(0, 1, 'PER')])]
    """
    rows = [
        number
        for number, row in enumerate(tokens)
        if (truth[number] or predicted[number]) and len(row) <= _MOST_SHOWN
    ]
    wrong = [row for row in rows if truth[row] != predicted[row]]
    right = [row for row in rows if truth[row] == predicted[row]]
    chosen = wrong[: max(most // 2, most - len(right))]
    chosen += right[: most - len(chosen)]
    return [(tokens[row], truth[row], predicted[row]) for row in sorted(chosen)]
