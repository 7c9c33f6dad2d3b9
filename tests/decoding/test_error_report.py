"""The report on a model whose probabilities are made by hand."""

import itertools

import numpy as np
import pytest

from keras_seq.decoding import error_report
from keras_seq.models import Seq2Seq
from tests.gradients import assert_close, to_numpy


class Table:
    """Says what it is told to, by width; knows the log probability of four sentences."""

    alpha, coverage, width = 1.0, 0.0, 4
    said = {1: [[3, 2], [4, 2], [5, 2]], 4: [[3, 2], [3, 2], [5, 2]]}  # noqa: RUF012
    log_p = {(3, 2): -2.0, (4, 2): -4.0, (5, 2): -1.0, (3, 3, 2): -2.7}  # noqa: RUF012

    def set_search(self, width):
        self.width = width

    def predict(self, x, batch_size, verbose):
        return {"tokens": np.array(self.said[self.width])}

    def log_probability(self, sources, targets):
        return np.array([self.log_p[tuple(y[y != 0].tolist())] for y in targets], "float32")


REFERENCES = np.array([[3, 2, 0], [3, 2, 0], [3, 3, 2]])
SOURCES = np.ones((3, 2), int)


def test_whose_fault_it_was_by_hand():
    """Means of log P: (3, 2) -1, (4, 2) -2, (5, 2) -0.5, (3, 3, 2) -0.9."""
    model = Table()
    report = error_report(model, SOURCES, REFERENCES, widths=(1, 4), batch_size=2)
    assert report.causes == {1: ["right", "search", "model"], 4: ["right", "right", "model"]}
    assert report.references == pytest.approx([-1.0, -1.0, -0.9])
    assert report.outputs[1] == pytest.approx([-1.0, -2.0, -0.5])
    assert report.shares(1) == pytest.approx({"right": 1 / 3, "search": 0.5, "model": 0.5})
    assert report.shares(4) == pytest.approx({"right": 2 / 3, "search": 0.0, "model": 1.0})
    assert model.width == 4, "the model searches as before"
    assert str(report).splitlines()[2:] == [
        "| 1 | 0.333 | 0.500 | 0.500 |",
        "| 4 | 0.667 | 0.000 | 1.000 |",
    ]
    assert report.table(1).splitlines()[3:] == [
        "| 2 | -1.000 | -2.000 | search |",
        "| 3 | -0.900 | -0.500 | model |",
    ]


@pytest.mark.once
def test_what_is_refused():
    with pytest.raises(ValueError, match="error_report: `references` must be of shape .* N=3"):
        error_report(Table(), SOURCES, REFERENCES[:2])
    model = Table()
    model.coverage = 0.5
    with pytest.raises(ValueError, match="`model` must be one without a coverage penalty"):
        error_report(model, SOURCES, REFERENCES)


def all_outputs(model, source):
    """Every output of at most L tokens and its log P / T^alpha, best first."""
    V, L = model.target_vocabulary, model.max_length
    others = [v for v in range(1, V) if v != model.end_id]
    ended = [(*y, model.end_id) for T in range(L) for y in itertools.product(others, repeat=T)]
    outputs = ended + list(itertools.product(others, repeat=L))
    rows = np.array([[*y, *[0] * (L - len(y))] for y in outputs], "int32")
    logs = to_numpy(model.log_probability(np.repeat(source[None], len(rows), 0), rows))
    scores = logs / np.array([len(y) for y in outputs]) ** model.alpha
    order = np.argsort(-scores)
    return rows[order], scores[order]


@pytest.mark.parametrize("alpha", [0.0, 1.0])
def test_whose_fault_it_was_by_all_outputs_there_are(alpha, rng):
    """Missing the best of all outputs is the search's fault; preferring it to the worst is not."""
    model = Seq2Seq(6, 5, units=4, embedding=4, max_length=4, alpha=alpha)
    for weight in model.trainable_weights:
        weight.assign(rng.normal(0, 0.5, weight.shape))
    sources = rng.integers(3, 6, (12, 3)).astype("int32")
    every = [all_outputs(model, source) for source in sources]
    best, worst = (np.array([rows[n] for rows, _ in every]) for n in (0, -1))
    widths = (1, 2, 5)
    report = error_report(model, sources, best, widths, batch_size=12)
    assert_close(report.references, np.array([scores[0] for _, scores in every]))
    for width in widths:
        model.set_search(width)
        said = to_numpy(model.translate(sources).tokens)[:, 0]
        missed = (said != best).any(axis=1)
        assert report.causes[width] == ["search" if miss else "right" for miss in missed]
    assert "search" in report.causes[1], "greedy finds all: the test sees nothing"
    rights = [report.shares(width)["right"] for width in widths]
    assert rights[0] < rights[-1]
    report = error_report(model, sources, worst, widths, batch_size=12)
    assert {cause for width in widths for cause in report.causes[width]} == {"model"}
