"""`Seq2Seq`: training, step-by-step decoding, beam search in `predict` and in a SavedModel."""

import keras
import numpy as np
import pytest
from keras import ops

from keras_seq.decoding import GNMTLengthPenalty, error_report
from keras_seq.models import Seq2Seq
from keras_seq.schedules import InverseSquareRoot
from keras_seq.weight_averaging import average_weights
from tests.gradients import assert_close, to_numpy

V, D, L = 9, 8, 6
SOURCE = np.array([[3, 4, 5, 6], [7, 8, 0, 0], [5, 0, 0, 0]], "int32")
TARGET = np.array([[6, 5, 4, 3, 2], [8, 7, 2, 0, 0], [5, 2, 0, 0, 0]], "int32")
PAIRS = {"source": SOURCE, "target": TARGET}
KINDS = {
    "rnn": {"num_layers": 2},
    "fixed context": {"attention": None, "cell": "gru", "bidirectional": False},
    "dot": {"attention": "dot", "cell": "layer_norm", "tie_embeddings": "target"},
    "transformer": {"architecture": "transformer", "num_layers": 2, "tie_embeddings": "all"},
    "post": {"architecture": "transformer", "normalize_first": False, "activation": "swiglu"},
}
EACH = pytest.mark.parametrize("kind", KINDS)


def made(kind, rng=None, **options):
    sizes = {
        "embedding_dim": D,
        "units": D,
        "num_heads": 2,
        "intermediate_dim": 12,
        "max_length": L,
        "beam_width": 3,
    }
    model = Seq2Seq(V, V, **{**sizes, **KINDS[kind], **options})
    if rng is not None:
        for weight in model.trainable_weights:
            center = 1.0 if weight.name.endswith("gamma") else 0.0
            weight.assign(center + rng.normal(0, 0.6, weight.shape))
    return model


@EACH
def test_step_by_step_is_all_at_once(kind, rng):
    model = made(kind, rng)
    whole = to_numpy(model(PAIRS))
    step, state = model.start_decoding(SOURCE)
    tokens = np.full((3,), 1, "int32")
    for t in range(TARGET.shape[1]):
        scores, state = step(ops.convert_to_tensor(tokens), state)
        assert_close(to_numpy(scores), whole[:, t], what=f"step {t}")
        tokens = TARGET[:, t]


@pytest.mark.parametrize("kind", ["fixed context", "transformer"])
def test_padding_is_not_read(kind, rng):
    model = made(kind, rng)
    whole, row = to_numpy(model(PAIRS)), 1
    alone = {"source": SOURCE[row : row + 1, :2], "target": TARGET[row : row + 1, :3]}
    found = to_numpy(model(alone))
    assert_close(whole[row, :3], found[0])


@pytest.mark.parametrize("kind", ["rnn", "transformer"])
def test_predict_translates_and_its_scores_are_probabilities(kind, rng):
    model = made(kind, rng, alpha=0.5)
    sources = SOURCE[[0, 1, 2, 1]]
    found = model.predict({"source": sources}, batch_size=2, verbose=0)
    tokens, lengths, scores = (found[name] for name in ("tokens", "lengths", "scores"))
    again = model.translate(sources)
    np.testing.assert_array_equal(tokens, to_numpy(again.tokens)[:, 0])
    log_p = to_numpy(model.log_probability(sources, tokens))
    given = log_p_of(model, sources, tokens)
    assert_close(scores, given / lengths**0.5, 1e-4)
    assert_close(log_p, given, 1e-4)
    assert ((tokens != 0).sum(axis=1) == lengths).all(), "padding was said"


def log_p_of(model, sources, tokens):
    """By the model's own scores, token after token."""
    scores = to_numpy(model({"source": sources, "target": tokens}))
    logs = scores - np.log(np.exp(scores).sum(-1, keepdims=True))
    picked = np.take_along_axis(logs, tokens[..., None], axis=-1)[..., 0]
    return np.where(tokens == 0, 0.0, picked).sum(axis=1)


@pytest.mark.parametrize("smoothing", [0.0, 0.3])
def test_the_loss_is_the_mean_over_real_tokens(smoothing, rng):
    model = made("rnn", rng, label_smoothing=smoothing)
    scores = to_numpy(model(PAIRS))
    logs = scores - np.log(np.exp(scores).sum(-1, keepdims=True))
    losses = []
    for row, target in enumerate(TARGET):
        for t, token in enumerate(target):
            if token:
                wanted = (1 - smoothing) * np.eye(V)[token] + smoothing / (V - 1)
                losses.append(-(wanted * logs[row, t])[1:].sum())
    model.compile("sgd")
    assert model.evaluate(PAIRS, batch_size=3, verbose=0) == pytest.approx(np.mean(losses), 1e-5)


@pytest.mark.parametrize("kind", ["rnn", "transformer"])
def test_fit_learns_to_say_it_backwards(kind, rng):
    source = rng.integers(3, V, (200, 3)).astype("int32")
    target = np.pad(source[:, ::-1], [[0, 0], [0, 1]], constant_values=2)
    model = made(
        kind, embedding_dim=32, units=32, intermediate_dim=64, scheduled_sampling=0.05, num_layers=1
    )
    model.compile(keras.optimizers.Adam(InverseSquareRoot(0.01, 20)))
    model.fit({"source": source, "target": target}, epochs=40, batch_size=100, verbose=0)
    found = model.predict({"source": source[:50]}, verbose=0)
    assert (found["tokens"][:, :4] == target[:50]).mean() > 0.8  # by chance 0.3
    assert found["tokens"].shape == (50, L) and (found["tokens"][:, 4:] == 0).mean() > 0.8
    if kind == "rnn":
        weights = to_numpy(model.alignment(source[:50], target[:50]))
        assert_close(weights.sum(-1), np.ones((50, 4)), 1e-5)


def test_scheduled_sampling_gives_the_model_its_own_tokens(rng):
    """At a rate of all but 1 the inputs are what it had thought best, after the start."""
    rate = keras.optimizers.schedules.PiecewiseConstantDecay([2], [0.0, 0.999999])
    model = made("rnn", rng, scheduled_sampling=rate)
    gold, seen = to_numpy(model(PAIRS)), []
    for _ in range(5):
        seen.append(to_numpy(model(PAIRS, training=True)))
    for early in seen[:3]:
        assert_close(early, gold)
    own = gold.argmax(-1)
    shown = np.where(np.pad(TARGET[:, :-1], [[0, 0], [1, 0]]) > 0, np.roll(own, 1, axis=1), 0)
    memory = model.encoder(SOURCE)
    shown[:, 0] = 1
    vectors, _ = model.decoder(ops.convert_to_tensor(shown.astype("int32")), *memory)
    assert_close(seen[-1], to_numpy(model.logits(vectors)))
    assert np.abs(seen[-1] - gold).max() > 1e-2
    assert int(to_numpy(model.trained_steps)) == 5


@EACH
def test_saved_and_loaded_says_the_same(kind, rng, tmp_path):
    model = made(kind, rng, alpha=GNMTLengthPenalty(0.6), label_smoothing=0.1)
    model.save(tmp_path / "model.keras")
    loaded = keras.saving.load_model(tmp_path / "model.keras")
    assert loaded.get_config() == model.get_config()
    assert_close(to_numpy(loaded(PAIRS)), to_numpy(model(PAIRS)), 1e-6)


def test_mixed_precision(rng):
    exact = made("rnn", rng)
    model = made("rnn", dtype="mixed_bfloat16")
    model.set_weights(exact.get_weights())
    scores = model(PAIRS)
    assert keras.backend.standardize_dtype(scores.dtype) == "float32"
    assert_close(to_numpy(scores), to_numpy(exact(PAIRS)), 0.1)
    assert to_numpy(model.translate(SOURCE, n_best=2).tokens).shape == (3, 2, L)


def test_tied_weights_are_one(rng):
    counts = [
        made("transformer", tie_embeddings=tied).count_params() for tied in (None, "target", "all")
    ]
    assert counts[0] - counts[1] == counts[1] - counts[2] == V * D


def test_coverage_looks_at_the_models_alignment(rng):
    for kind in ("rnn", "transformer"):
        options = {"max_length": 3, "coverage": 0.7, "alpha": 0.0}
        found = made(kind, rng).translate(SOURCE, beam_width=3, n_best=3, **options)
        parts = {name: to_numpy(x) for name, x in found.parts.items()}
        assert (parts["coverage"][0] < 0).all(), "three looks do not cover four places"
        assert_close(parts["coverage"][2], np.zeros(3), 1e-6)
        assert_close(to_numpy(found.scores), parts["log_probability"] + parts["coverage"])
    with pytest.raises(ValueError, match="Seq2Seq: `coverage` and `attention=None` cannot be"):
        made("fixed context", rng).translate(SOURCE, coverage=0.7)
    with pytest.raises(
        ValueError, match="`with_alignment` must be False for a model without attention"
    ):
        made("fixed context", rng).start_decoding(SOURCE, with_alignment=True)


@pytest.mark.skipif(keras.backend.backend() != "tensorflow", reason="TensorFlow writes SavedModels")
@pytest.mark.parametrize("kind", ["rnn", "transformer"])
def test_a_saved_model_translates(kind, rng, tmp_path):
    import tensorflow as tf

    model = made(kind, rng)
    archive = keras.export.ExportArchive()
    archive.track(model)
    spec = tf.TensorSpec((None, None), "int32")
    archive.add_endpoint("serve", lambda source: model({"source": source}), [spec])
    archive.write_out(tmp_path / "model", verbose=False)
    served = tf.saved_model.load(tmp_path / "model")
    for batch, length in ((3, 4), (1, 4), (2, 2)):
        source = SOURCE[:batch, :length]
        for name, values in model({"source": source}).items():
            assert_close(to_numpy(served.serve(source)[name]), to_numpy(values), 1e-5)


def test_the_mean_of_checkpoints(rng, tmp_path):
    model = made("transformer", rng)
    paths, all_weights = [], []
    for n in range(3):
        for weight in model.trainable_weights:
            weight.assign(rng.normal(size=weight.shape))
        paths.append(tmp_path / f"{n}.weights.h5")
        model.save_weights(paths[-1])
        all_weights.append(model.get_weights())
    average_weights(model, paths)
    for found, *parts in zip(model.get_weights(), *all_weights, strict=True):
        if np.asarray(found).dtype.kind == "f":
            assert_close(found, np.mean(parts, axis=0), 1e-6)
    with pytest.raises(ValueError, match="average_weights: `paths` must be at least one file"):
        average_weights(model, [])


@pytest.mark.once
def test_the_published_learning_rate():
    size, warmup_steps = 512, 4000
    rate = InverseSquareRoot((size * warmup_steps) ** -0.5, warmup_steps)
    for n in (1, 100, 4000, 100_000):
        assert float(rate(n - 1)) == pytest.approx(
            size**-0.5 * min(n**-0.5, n * warmup_steps**-1.5)
        )


@pytest.mark.parametrize("kind", ["rnn", "transformer", "post"])
def test_the_alignment_is_where_each_step_looked(kind, rng):
    model = made(kind, rng)
    weights = to_numpy(model.alignment(SOURCE, TARGET))
    assert_close(weights.sum(-1), np.ones((3, 5)), 1e-5)
    assert (weights[np.broadcast_to((SOURCE == 0)[:, None], weights.shape)] == 0).all()
    step, state = model.start_decoding(SOURCE, with_alignment=True)
    tokens = np.full((3,), 1, "int32")
    for t in range(TARGET.shape[1]):
        _, state = step(ops.convert_to_tensor(tokens), state)
        assert_close(to_numpy(state["alignment"]), weights[:, t], 1e-5, what=f"step {t}")
        tokens = TARGET[:, t]


def test_padding_is_never_said_and_learns_nothing(rng):
    """Its score is so low that neither probability nor loss knows of it."""
    model = made("rnn", rng, tie_embeddings=None)
    for weight in (model.kernel, model.bias):
        values = to_numpy(weight).copy()
        values[..., 0] = 1e4
        weight.assign(values)
    assert (to_numpy(model(PAIRS))[..., 0] < -1e8).all()
    assert (to_numpy(model.translate(SOURCE, min_length=L).tokens) > 0).all()


def test_a_beam_of_the_same_width_is_not_compiled_again(rng):
    model = made("rnn", rng)
    model.predict({"source": SOURCE}, verbose=0)
    compiled = model.predict_function
    model.set_beam_width(3)
    assert model.predict_function is compiled
    model.set_beam_width(2)
    assert model.predict_function is not compiled


def test_the_width_is_kept_and_put_back(tmp_path):
    model = made("fixed context")
    model.set_beam_width(2)
    model.save(tmp_path / "model.keras")
    assert keras.saving.load_model(tmp_path / "model.keras").beam_width == 2
    with pytest.raises(ValueError, match="^Seq2Seq: `beam_width` must be at most"):
        error_report(model, SOURCE, TARGET, beam_widths=(1, V + 1))
    assert model.beam_width == 2
