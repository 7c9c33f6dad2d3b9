"""The embedded data set of named entities, whose types only the context determines."""

import random
import re

from keras_seq.crf.tag_schemes import tags_of
from keras_seq.tasks.tagging.data import TaggedText

SIZES = {"train": 4000, "validation": 500, "test": 1000}

# fmt: off
_ONSETS = ["b", "br", "c", "d", "dr", "f", "g", "gr", "h", "k", "l", "m", "n", "p", "r", "s", "st",
           "t", "tr", "v", "w", "z"]
_VOWELS = ["a", "e", "i", "o", "u", "ai", "ea", "ou"]
_CODAS = ["", "", "l", "m", "n", "nd", "r", "rk", "s", "sk", "t", "x"]
_DAYS = ["Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday"]
_THINGS = ["bridges", "engines", "glass", "lamps", "paper", "pianos", "shoes", "trucks", "watches"]
_JOBS = ["baker", "chemist", "doctor", "driver", "judge", "painter", "pilot", "singer", "teacher"]
_NUMBERS = ["12", "30", "45", "200", "1,500", "8,000", "2.5"]
_YEARS = ["1962", "1985", "1998", "2004", "2011"]
# fmt: on

# P is a person, O an organization, L a place. The words that distinguish them are before the name,
# after it or far away.
TEMPLATES = (
    "{P} grew up in {L} and became a {job} .",
    "{O} opened a factory in {L} and hired {n} people .",
    "{L} lies north of {L} and has {n} houses .",
    "{P} , who was born in {L} , works for {O} .",
    "{O} , which makes {thing} , belongs to {O} .",
    "{L} , which lies on the coast , was flooded on {day} .",
    "{P} and {P} met in {L} on {day} .",
    "Shares of {O} fell by {n} percent on {day} .",
    "Shares of {O} and {O} rose after {P} resigned .",
    "On {day} {P} told a {job} that she would leave {O} .",
    "On {day} {O} told the court that it would sell its {thing} .",
    "On {day} {L} told its people to boil their water .",
    "The mayor of {L} thanked {P} for his work .",
    "The chairman of {O} thanked {P} for her work .",
    "The son of {P} is a {job} in {L} .",
    "Heavy rain fell in {L} , {L} and {L} .",
    "Trains from {L} to {L} were late on {day} .",
    "{P} sold {n} {thing} to {O} .",
    "{O} sold {n} {thing} to {P} , a {job} from {L} .",
    "{P} was married to {P} for {n} days .",
    "{O} was founded by {P} and listed in {year} .",
    "{L} was founded near a river and is full of {thing} .",
    "In {L} nobody buys {thing} on {day} .",
    "With {P} nobody speaks of {thing} on {day} .",
    "At {O} nobody works on {day} , said its chairman .",
    "{P} lost his keys in {L} .",
    "{O} lost its lawsuit against {O} .",
    "{L} lost its only road to {L} .",
    "She asked {P} , a {job} , about {O} .",
    "The board of {O} asked {P} to leave .",
    "Nobody saw the {job} of {L} on {day} .",
    "They sold {n} {thing} on {day} .",
    "The {job} bought {n} {thing} .",
)


def synthetic_entities(seed: int = 0) -> dict[str, TaggedText]:
    """Sentences with persons (PER), organizations (ORG) and places (LOC).

    All names are invented, with one or two words, and each name may have any of the three types:
    only the context determines it, sometimes only the words after the name ("Belk grew up in",
    "Belk opened a factory in", "Belk lies north of"). No word of a name is in the names of two
    splits, and no sentence is in two splits.

    Args:
        seed: integer; the same seed gives the same sentences.

    Returns:
        Dictionary of "train" (4,000), "validation" (500), "test" (1,000) -> `TaggedText`.

    Example:

    >>> splits = keras_seq.tasks.tagging.synthetic_entities(seed=0)
    >>> {name: (len(split), split.types) for name, split in splits.items()}["test"]
    (1000, ['LOC', 'ORG', 'PER'])
    """
    draw = random.Random(f"names {seed}")
    taken = {word for template in TEMPLATES for word in re.findall(r"\w+", template)}
    taken.update(_DAYS)
    splits, seen = {}, set()
    for split, size in SIZES.items():
        names, rows = set(), set()
        while len(rows) < size:
            rows |= {_sentence(draw, taken, names)} - seen  # sentences without names may repeat
        taken |= names
        seen |= rows
        tokens, spans = zip(*sorted(rows), strict=True)
        order = draw.sample(range(size), size)
        splits[split] = TaggedText(
            [list(tokens[i]) for i in order],
            [tags_of(spans[i], len(tokens[i]), "BIO") for i in order],
            "BIO",
            f"embedded, seed {seed}: {split}",
        )
    return splits


def _sentence(draw, taken, names):
    """Tokens and spans, as tuples."""
    kinds = {"P": "PER", "O": "ORG", "L": "LOC"}
    fillers = {"job": _JOBS, "thing": _THINGS, "day": _DAYS, "n": _NUMBERS, "year": _YEARS}
    tokens, spans = [], []
    for word in draw.choice(TEMPLATES).split():
        slot = word.strip("{}")
        if slot == word:
            tokens.append(word)
        elif slot in fillers:
            tokens.append(draw.choice(fillers[slot]))
        else:
            start = len(tokens)
            tokens += [_name(draw, taken, names) for _ in range(draw.choice((1, 1, 2)))]
            spans.append((start, len(tokens), kinds[slot]))
    return tuple(tokens), tuple(spans)


def _name(draw, taken, names):
    """A word for a name that no other split contains; most words occur once."""
    while True:
        syllables = [
            draw.choice(_ONSETS) + draw.choice(_VOWELS) + draw.choice(_CODAS)
            for _ in range(draw.choice((1, 2, 2, 3)))
        ]
        name = "".join(syllables).capitalize()
        if name not in taken:
            names.add(name)
            return name
