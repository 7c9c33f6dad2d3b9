"""The loss of tokens and its derivative, beside PyTorch's in float64."""

import keras
import numpy as np
import pytest
import torch

from keras_seq.losses import TokenLoss
from tests.gradients import Measure, assert_close

B, T, V = 3, 4, 7


class OfScores(keras.layers.Layer):
    """The losses (B, T) of scores (B, T, V) as the output of a layer."""

    def __init__(self, tokens, smoothing):
        super().__init__()
        self.tokens, self.loss, self.built = tokens, TokenLoss(smoothing), True

    def call(self, scores, training=False):
        return self.loss.call(keras.ops.convert_to_tensor(self.tokens), scores)


@pytest.mark.parametrize("smoothing", [0.0, 0.3])
def test_losses_and_gradients(smoothing, rng):
    tokens = rng.integers(1, V, (B, T)).astype("int32")
    scores, cotangent = rng.normal(0, 3, (B, T, V)), rng.normal(size=(B, T))
    scores[..., 0] = -1e9  # padding, as the model scores it
    found = Measure(OfScores(tokens, smoothing))(scores, [cotangent])

    wanted = (1 - smoothing) * np.eye(V)[tokens] + smoothing / (V - 1) * (np.arange(V) > 0)
    given = torch.tensor(scores.astype("float32").astype("float64"), requires_grad=True)
    losses = torch.nn.functional.cross_entropy(
        given.reshape(-1, V), torch.tensor(wanted).reshape(-1, V), reduction="none"
    ).reshape(B, T)
    (losses * torch.tensor(cotangent)).sum().backward()
    assert_close(found.outputs[0], losses.detach().numpy())
    assert_close(found.d_inputs, given.grad.numpy(), 1e-6)
    assert (np.asarray(found.d_inputs)[..., 0] == 0).all(), "padding learns"
