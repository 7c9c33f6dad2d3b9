"""The error report for a model with given probabilities, and for all outputs of a small model."""

import numpy as np
import pytest

from keras_seq.decoding import beam_search, error_report
from tests.decoding.small_model import END, START, L, SmallModel, V, ranked
from tests.gradients import assert_close, to_numpy


class Table:
    """Returns given outputs for each beam width; has the log-probabilities of four sentences."""

    alpha, coverage, beam_width = 1.0, 0.0, 4
    outputs = {1: [[3, 2], [4, 2], [5, 2]], 4: [[3, 2], [3, 2], [5, 2]]}  # noqa: RUF012
    log_p = {(3, 2): -2.0, (4, 2): -4.0, (5, 2): -1.0, (3, 3, 2): -2.7}  # noqa: RUF012

    def set_beam_width(self, beam_width):
        self.beam_width = beam_width

    def predict(self, x, batch_size, verbose):
        return {"tokens": np.array(self.outputs[self.beam_width])}

    def log_probability(self, sources, targets):
        return np.array([self.log_p[tuple(y[y != 0].tolist())] for y in targets], "float32")


REFERENCES = np.array([[3, 2, 0], [3, 2, 0], [3, 3, 2]])
SOURCES = np.ones((3, 2), int)


def test_whose_fault_it_was_by_hand():
    """Means of log P: (3, 2) -1, (4, 2) -2, (5, 2) -0.5, (3, 3, 2) -0.9."""
    model = Table()
    report = error_report(model, SOURCES, REFERENCES, beam_widths=(1, 4), batch_size=2)
    assert report.causes == {1: ["right", "search", "model"], 4: ["right", "right", "model"]}
    assert report.references == pytest.approx([-1.0, -1.0, -0.9])
    assert report.outputs[1] == pytest.approx([-1.0, -2.0, -0.5])
    assert report.fractions(1) == pytest.approx({"right": 1 / 3, "search": 0.5, "model": 0.5})
    assert report.fractions(4) == pytest.approx({"right": 2 / 3, "search": 0.0, "model": 1.0})
    assert model.beam_width == 4, "the model searches as before"
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
    with pytest.raises(ValueError, match="`sources` must be at least one. Received: sources="):
        error_report(Table(), SOURCES[:0], REFERENCES[:0])
    model = Table()
    model.coverage = 0.5
    with pytest.raises(ValueError, match="`model` must be one without a coverage penalty"):
        error_report(model, SOURCES, REFERENCES)


class Speaker:
    """The small model of the searches' tests; its token v is written v + 1, for 0 is padding."""

    coverage, beam_width = 0.0, 1

    def __init__(self, model, alpha):
        self.model, self.alpha = model, alpha

    def set_beam_width(self, beam_width):
        self.beam_width = beam_width

    def predict(self, x, batch_size, verbose):
        small, rows = self.model, len(self.model.first)
        state = small.initial_state()
        found = beam_search(
            small.step, state, START, END, rows, self.beam_width, L, alpha=self.alpha
        )
        tokens = to_numpy(found.tokens)[:, 0].astype(int)
        return {"tokens": np.where(np.arange(L) < to_numpy(found.lengths)[:, :1], tokens + 1, 0)}

    def log_probability(self, sources, targets):
        pairs = zip(sources[:, 0], targets, strict=True)
        return [self.model.score(row, y[y > 0] - 1, lambda T: 1.0, 0.0) for row, y in pairs]


@pytest.mark.parametrize("alpha", [0.0, 1.0])
def test_whose_fault_it_was_by_all_outputs_there_are(alpha, rng):
    """Missing the best of all is the search's fault, preferring anything to the worst is not."""
    speaker, rows = Speaker(SmallModel(rng, batch=12), alpha), np.arange(12)[:, None]
    every = [ranked(speaker.model, row, lambda T: T**alpha) for row in range(12)]

    def written(number):
        ranked_outputs = [outputs[number][1] for outputs in every]
        return np.array([[*(v + 1 for v in y), *[0] * (L - len(y))] for y in ranked_outputs])

    report = error_report(speaker, rows, written(0), beam_widths=(1, 2, V**L), batch_size=5)
    assert_close(report.references, np.array([outputs[0][0] for outputs in every]), 1e-5)
    for width in report.beam_widths:
        speaker.set_beam_width(width)
        missed = (speaker.predict(None, None, None)["tokens"] != written(0)).any(axis=1)
        assert report.causes[width] == ["search" if miss else "right" for miss in missed]
    assert report.fractions(1)["search"] == 1.0 and report.fractions(V**L)["right"] == 1.0
    report = error_report(speaker, rows, written(-1), beam_widths=(1, 3))
    assert {cause for width in (1, 3) for cause in report.causes[width]} == {"model"}
