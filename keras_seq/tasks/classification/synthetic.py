"""The embedded data set: verdicts that depend on negation and contrast, not on single words."""

import itertools
import random
import re

from keras_seq.tasks.classification.data import LabeledText

SIZES = {"train": 6000, "validation": 800, "test": 1000}
SIMPLE = 600  # further training sentences
HELD_OUT_SHARE = 0.2
ASIDE_SHARE = 0.4

# fmt: off
ASPECTS = [
    "acting", "camera", "cast", "casting", "costume", "dialogue", "direction", "ending", "finale",
    "humour", "lighting", "music", "opening", "pacing", "plot", "romance", "scenery", "score",
    "script", "setting", "sound", "story", "tone", "villain",
]
GOOD = [
    "brilliant", "charming", "clever", "elegant", "fresh", "gripping", "honest", "lively", "moving",
    "superb", "tender", "witty",
]
BAD = [
    "bland", "clumsy", "dull", "forced", "hollow", "lifeless", "messy", "noisy", "shallow", "silly",
    "stale", "tedious",
]
LIKE = ["admire", "adore", "enjoy", "like", "love", "praise"]
DISLIKE = ["despise", "detest", "dislike", "hate", "loathe", "resent"]
# fmt: on

OPENERS = ("", "", "", "honestly, ", "in the end, ", "to be fair, ", "this time ", "after all, ")
OTHERS = ("the critics", "my friends", "most people", "the neighbours")

# A positive and a negative sentence of the same words: a, b are aspects, g, h good adjectives,
# d, e bad ones, v, w verbs of liking, m, n of disliking, i the speaker, o others, p an opener.
TWINS = (
    (
        "{p}{i} do not {v} the {a}, but {i} do {w} the {b}",
        "{p}{i} do {v} the {a}, but {i} do not {w} the {b}",
    ),
    (
        "{p}{i} do {m} the {a}, but {i} do not {n} the {b}",
        "{p}{i} do not {m} the {a}, but {i} do {n} the {b}",
    ),
    (
        "{p}although the {a} is {d}, the {b} is {g}",
        "{p}although the {a} is {g}, the {b} is {d}",
    ),
    (
        "{p}the {a} is {g}, although the {b} is {d}",
        "{p}the {a} is {d}, although the {b} is {g}",
    ),
    (
        "{p}for all its {d} {a}, the {b} is {g}",
        "{p}for all its {g} {a}, the {b} is {d}",
    ),
    (
        "{p}the {a} is not {g}, but the {b} is {h}",
        "{p}the {a} is {g}, but the {b} is not {h}",
    ),
    (
        "{p}the {a} is {d}, but the {b} is not {e}",
        "{p}the {a} is not {d}, but the {b} is {e}",
    ),
    (
        "{p}the {a} is never {d} and always {g}",
        "{p}the {a} is always {d} and never {g}",
    ),
    (
        "{p}the {a} is not {d}, it is {g}",
        "{p}the {a} is {d}, it is not {g}",
    ),
    (
        "{p}{i} expected the {a} to be {d} and found it {g}",
        "{p}{i} expected the {a} to be {g} and found it {d}",
    ),
    (
        "{p}{o} do not {v} the {a}, but {i} do",
        "{p}{o} do {v} the {a}, but {i} do not",
    ),
    (
        "{p}{o} do {m} the {a}, but {i} do not",
        "{p}{o} do not {m} the {a}, but {i} do",
    ),
)


# Sentences without a twin: what they say is what their words say.
SIMPLE_FORMS = {
    "positive": (
        "{p}{i} {v} the {a}",
        "{p}{i} do not {m} the {a}",
        "{p}the {a} is {g}",
        "{p}the {a} is not {d}",
    ),
    "negative": (
        "{p}{i} {m} the {a}",
        "{p}{i} do not {v} the {a}",
        "{p}the {a} is {d}",
        "{p}the {a} is not {g}",
    ),
}


def synthetic_sentiment(seed: int = 0) -> dict[str, LabeledText]:
    """Sentences whose label is the overall opinion of the speaker: "positive" or "negative".

    Each sentence has a twin of the same words in another order and of the opposite label, in the
    same split ("I do not like the story, but I do like the cast." and "I do like the story, but I
    do not like the cast."). So a model that sees only which words occur, and how often, is right on
    exactly one half of the validation and test split. 600 of the training sentences are simple and
    have no twin ("I like the story.").

    One fifth of all pairs of an aspect (story, cast, ...) and an opinion (superb, like, ...) never
    occur in a sentence of the training or validation split, and every test sentence has at least
    one of these pairs. No sentence is in two splits.

    Args:
        seed: integer; the same seed gives the same sentences.

    Returns:
        Dictionary of "train" (6,600), "validation" (800), "test" (1,000) -> `LabeledText`.

    Example:

    >>> splits = keras_seq.tasks.classification.synthetic_sentiment(seed=0)
    >>> {name: len(split) for name, split in splits.items()}
    {'train': 6600, 'validation': 800, 'test': 1000}
    """
    draw = random.Random(f"contrast {seed}")
    pairs = list(itertools.product(ASPECTS, GOOD + BAD + LIKE + DISLIKE))
    held_out = set(draw.sample(pairs, round(HELD_OUT_SHARE * len(pairs))))
    splits = {name: [] for name in SIZES}
    seen = set()
    while any(len(splits[name]) < size for name, size in SIZES.items()):
        positive, negative = _twins(draw)
        words = re.findall(r"\w+", positive)
        names = ("train", "validation")
        if not held_out.isdisjoint(itertools.product(words, words)):
            names = ("test",)
        room = [name for name in names if len(splits[name]) < SIZES[name]]
        if room and positive not in seen:
            seen.add(positive)
            splits[room[0]] += [(positive, "positive"), (negative, "negative")]
    splits["train"] += _simple(seed, held_out)
    for examples in splits.values():
        draw.shuffle(examples)
    return {
        name: LabeledText(*map(list, zip(*examples, strict=True)), f"embedded, seed {seed}: {name}")
        for name, examples in splits.items()
    }


def _simple(seed, held_out):
    """Short positive and negative sentences without pairs of words that are held out."""
    draw, found = random.Random(f"simple {seed}"), {}
    while len(found) < SIMPLE:
        label = ("positive", "negative")[len(found) % 2]
        sentence = _sentence(draw.choice(SIMPLE_FORMS[label]), _slots(draw))
        words = re.findall(r"\w+", sentence)
        if held_out.isdisjoint(itertools.product(words, words)):
            found[sentence] = label
    return list(found.items())


def _twins(draw):
    """A positive and a negative sentence of the same words."""
    slots = _slots(draw)
    for letter in "ab":
        # What others think of it says nothing about the speaker.
        if draw.random() < ASIDE_SHARE:
            slots[letter] += f" that {draw.choice(OTHERS)} {draw.choice(LIKE + DISLIKE)}"
    return [_sentence(form, slots) for form in draw.choice(TWINS)]


def _sentence(form, slots):
    sentence = form.format(**slots) + "."
    return sentence[0].upper() + sentence[1:]


def _slots(draw):
    """Words for the letters of the forms."""
    slots = {"i": draw.choice(("I", "we")), "o": draw.choice(OTHERS), "p": draw.choice(OPENERS)}
    for letters, words in (
        ("ab", ASPECTS),
        ("gh", GOOD),
        ("de", BAD),
        ("vw", LIKE),
        ("mn", DISLIKE),
    ):
        slots.update(zip(letters, draw.sample(words, 2), strict=True))
    return slots
