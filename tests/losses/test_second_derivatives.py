"""Gradients of the gradient of the loss of tokens."""

from keras import ops

from keras_seq.losses import TokenLoss
from tests.gradients import assert_close, slopes_of_penalty


def test_gradients_of_gradients_are_those_of_plain_operations(rng):
    tokens = rng.integers(0, 5, (2, 3))
    logits = rng.normal(size=(2, 3, 5)).astype("float32")

    def plain(values):
        log_p = ops.log_softmax(values[0], axis=-1)
        picked = ops.sum(log_p * ops.one_hot(tokens, 5), axis=-1)
        return -ops.mean(0.9 * picked + 0.1 / 4 * ops.sum(log_p[..., 1:], axis=-1))

    def ours(values):
        return TokenLoss(label_smoothing=0.1)(tokens, values[0])

    assert_close(slopes_of_penalty(ours, [logits])[0], slopes_of_penalty(plain, [logits])[0], 1e-6)
