"""All paths of one row in float64: a CRF by its definition."""

import itertools

import numpy as np


class Row:
    """The chain of one row: emissions (T, K), mask (T,), transitions, start and end."""

    def __init__(self, emissions, mask, transitions, start, end):
        self.mask = np.asarray(mask, bool)
        self.steps = np.flatnonzero(self.mask)
        self.K = emissions.shape[-1]
        self.weights = [np.asarray(w, "float64") for w in (emissions, transitions, start, end)]
        # Every path over the real steps, best first; of an empty row the empty one.
        paths = np.array(list(itertools.product(range(self.K), repeat=len(self.steps))), int)
        scores = np.array([self.score(path) for path in paths])
        order = np.argsort(-scores, kind="stable")
        self.paths, self.scores = paths[order], scores[order]

    def score(self, path):
        emissions, transitions, start, end = self.weights
        if not len(path):
            return 0.0
        moves = transitions[path[:-1], path[1:]].sum()
        return start[path[0]] + emissions[self.steps, path].sum() + moves + end[path[-1]]

    @property
    def log_normalizer(self):
        top = self.scores[0]
        return top + np.log(np.exp(self.scores - top).sum())

    @property
    def probabilities(self):
        return np.exp(self.scores - self.log_normalizer)

    def log_likelihood(self, tags):
        return self.score(np.asarray(tags)[self.steps]) - self.log_normalizer

    def marginals(self):
        result = np.zeros((len(self.mask), self.K))
        for path, p in zip(self.paths, self.probabilities, strict=True):
            result[self.steps, path] += p
        return result

    def in_row(self, path):
        """The path with zeros at masked steps."""
        result = np.zeros(len(self.mask), int)
        result[self.steps] = path
        return result


def rows(emissions, mask, *weights):
    mask = np.ones(emissions.shape[:2], bool) if mask is None else mask
    return [Row(e, m, *weights) for e, m in zip(emissions, mask, strict=True)]


def log_likelihood(emissions, tags, mask, *weights):
    pairs = zip(rows(emissions, mask, *weights), tags, strict=True)
    return np.array([row.log_likelihood(y) for row, y in pairs])


def slopes(function, arrays, size=1e-5):
    """Central differences of a number by every number of float64 arrays."""
    result = []
    for number, array in enumerate(arrays):
        slope = np.zeros_like(array)
        for place in np.ndindex(array.shape):
            moved = [a.copy() for a in arrays]
            moved[number][place] += size
            above = function(*moved)
            moved[number][place] -= 2 * size
            slope[place] = (above - function(*moved)) / (2 * size)
        result.append(slope)
    return result
