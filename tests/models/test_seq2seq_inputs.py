"""How `Seq2Seq` averages its loss over tokens, and the arguments that it refuses."""

import numpy as np
import pytest

import keras_seq
from keras_seq.tasks.translation.batches import PairBatches
from tests.gradients import to_numpy
from tests.models.test_seq2seq import PAIRS, SOURCE, TARGET, V, made


def test_the_loss_of_an_evaluation_is_the_mean_over_tokens_however_they_are_batched(rng):
    """Rows of padding and short rows count no more than their tokens."""
    sources = [rng.integers(3, V, 2) for _ in range(9)] + [rng.integers(3, V, 30)]
    targets = [np.append(row[::-1], 2) for row in sources]
    model = made("fixed context", rng)
    model.compile("sgd", jit_compile=False)
    lost = 0.0
    for source, target in zip(sources, targets, strict=True):
        lost -= to_numpy(model.log_probability(source[None], target[None])).item()
    wanted = lost / sum(map(len, targets))
    for tokens in (60, 400):
        batches = PairBatches(sources, targets, tokens=tokens, seed=0, shuffle=False)
        np.testing.assert_allclose(model.evaluate(batches, verbose=0), wanted, rtol=1e-5)
    history = model.fit(batches, validation_data=batches, verbose=0).history
    np.testing.assert_allclose(
        history["val_loss"][0], model.evaluate(batches, verbose=0), rtol=1e-5
    )


def test_weights_of_rows_and_of_tokens(rng):
    model = made("fixed context", rng)

    def lost(weights):
        model.compile("sgd", jit_compile=False)  # a program for weights of this rank
        given = {"sample_weight": weights, "batch_size": 3, "verbose": 0}
        return model.evaluate(PAIRS, TARGET, **given)

    one = {name: x[1:2] for name, x in PAIRS.items()}
    model.compile("sgd", jit_compile=False)
    wanted = model.evaluate(one, verbose=0)
    np.testing.assert_allclose(lost(np.array([0.0, 2.0, 0.0])), wanted, rtol=1e-5)
    tokens = np.zeros(TARGET.shape)
    tokens[1] = 0.5
    np.testing.assert_allclose(lost(tokens), wanted, rtol=1e-5)


REFUSED = [
    ({"units": 7}, "`units` must be even where `bidirectional=True`. Received: units=7"),
    (
        {"beam_width": 10},
        "`beam_width` must be at most the number of target tokens, V=9. Received: beam_width=10",
    ),
    ({"attention": "concat"}, "`attention` must be one of 'additive', 'general', 'dot', "),
    (
        {"tie_embeddings": "source"},
        "`tie_embeddings` must be one of None, 'target', 'all'. Received: tie_embeddings='source'",
    ),
    ({"label_smoothing": 1.0}, "`label_smoothing` must be a number in [0, 1)."),
    ({"scheduled_sampling": -1}, "`scheduled_sampling` must be a number in [0, 1)."),
    ({"end_token_id": 9}, "`end_token_id` must be in [1, V) with V=9. Received: end_token_id=9"),
    ({"attention": None, "coverage": 0.2}, "`coverage` and `attention=None` cannot be combined"),
    ({"alpha": -1}, "`alpha` must be a number of at least 0. Received: alpha=-1"),
    ({"architecture": "cnn"}, "`architecture` must be one of 'rnn', 'transformer'."),
    (
        {"architecture": "transformer", "embedding_dim": 10, "num_heads": 4},
        "`embedding_dim` must be even and divisible by num_heads=4 where "
        "`architecture='transformer'`. "
        "Received: embedding_dim=10",
    ),
    (
        {"architecture": "transformer", "embedding_dim": 9, "num_heads": 3},
        "`embedding_dim` must be even and divisible by num_heads=3 where "
        "`architecture='transformer'`. "
        "Received: embedding_dim=9",
    ),
]


@pytest.mark.once
@pytest.mark.parametrize("wrong, sentence", REFUSED)
def test_what_is_refused(wrong, sentence):
    with pytest.raises(ValueError) as error:
        made("rnn", **wrong)
    assert str(error.value).startswith(f"Seq2Seq: {sentence}")


@pytest.mark.once
def test_what_is_refused_later(rng):
    model = made("fixed context", rng)
    with pytest.raises(
        ValueError, match="Seq2Seq: `attention` must be given for `alignment`. Received"
    ):
        model.alignment(SOURCE, TARGET)
    with pytest.raises(
        ValueError, match="`beam_width` must be at most the number of target tokens"
    ):
        model.translate(SOURCE, beam_width=10)
    with pytest.raises(ValueError, match="`tie_embeddings='all'` and vocabularies of two sizes"):
        keras_seq.models.Seq2Seq(9, 10, tie_embeddings="all")
