"""Beside pytorch-crf, with its weights copied in."""

import numpy as np
import pytest
import torch
import torchcrf
from keras import ops

import keras_seq
from keras_seq import crf
from keras_seq.convert import from_pytorch_crf
from tests.crf.compiled import value_and_gradients
from tests.gradients import assert_close, to_numpy

B, T, K = 6, 40, 9


@pytest.fixture
def theirs():
    torch.manual_seed(7)
    module = torchcrf.CRF(K, batch_first=True)
    with torch.no_grad():
        for weight in module.parameters():
            weight.normal_()
    return module


@pytest.fixture
def batch(rng):
    """Emissions, tags, and a mask of rows that begin with a real step and have no holes."""
    mask = np.arange(T) < rng.integers(1, T + 1, (B, 1))
    return rng.normal(size=(B, T, K)).astype("float32"), rng.integers(0, K, (B, T)), mask


def test_log_likelihood_and_gradients(theirs, batch):
    emissions, tags, mask = batch
    leaf = torch.tensor(emissions, requires_grad=True)
    value = theirs(leaf, torch.tensor(tags), torch.tensor(mask), reduction="none")
    layer = from_pytorch_crf(theirs, keras_seq.CRF(K))
    assert_close(to_numpy(layer.log_likelihood(emissions, tags, mask=mask)), value.detach().numpy())
    names = ("transitions", "start_transitions", "end_transitions")
    weights = [getattr(theirs, name) for name in names]
    expected = torch.autograd.grad(value.sum(), [leaf, *weights])

    def loss(emissions, *weights):
        return ops.sum(crf.log_likelihood(emissions, tags, *weights, mask=mask))

    arrays = [emissions, *(w.detach().numpy() for w in weights)]
    for slope, wanted in zip(value_and_gradients(loss, arrays)[1], expected, strict=True):
        assert_close(slope, wanted)


def test_decoding(theirs, batch):
    emissions, _, mask = batch
    layer = from_pytorch_crf(theirs.state_dict(), keras_seq.CRF(K))
    tags = to_numpy(layer(emissions, mask=mask)).astype(int)
    wanted = theirs.decode(torch.tensor(emissions), torch.tensor(mask))
    assert [row[m].tolist() for row, m in zip(tags, mask, strict=True)] == wanted
    assert not tags[~mask].any()


@pytest.mark.once
@pytest.mark.parametrize(
    "state, sentence",
    [
        ({}, "`source` must be one that has transitions. Received: source=[]"),
        (
            {"transitions": np.zeros((2, 3))},
            "`transitions` must be of shape (K, K) with K=9. Received: transitions.shape=(2, 3)",
        ),
        (
            {
                "transitions": np.zeros((9, 9)),
                "start_transitions": np.array([np.nan] + [0.0] * 8),
                "end_transitions": np.zeros(9),
            },
            "`start_transitions` must be finite numbers. Received: start_transitions="
            f"{[float('nan')] + [0.0] * 8}",
        ),
        (3, "`source` must be a torchcrf.CRF or its state_dict(). Received: source=3"),
    ],
)
def test_a_state_that_does_not_fit(state, sentence):
    with pytest.raises(ValueError) as error:
        from_pytorch_crf(state, keras_seq.CRF(K))
    assert str(error.value) == f"from_pytorch_crf: {sentence}"
