"""The tagger: what it learns, the tag scheme, masking, saving and its arguments."""

import itertools

import keras
import numpy as np
import pytest

import keras_seq
from keras_seq.characters import CharacterCNN, CharacterLSTM
from keras_seq.crf.span_probability import span_marginals
from keras_seq.crf.tag_schemes import spans_of
from keras_seq.models import Tagger
from keras_seq.tasks.tagging.batches import TagBatches

SIZES = {"words": 12, "characters": 9, "casing": 4, "bigrams": 20}
TAGS = ["O", "B-X", "I-X", "B-Y", "I-Y"]


def small(rng=None, tags=TAGS, sizes=SIZES, **options):
    options = {"scheme": "BIO", "units": 6, "embedding_dim": 5, "character_units": 6,
               "character_embedding_dim": 4, "feature_embedding_dim": 3, **options}  # fmt: skip
    model = Tagger(sizes, tags, **options)
    if rng is not None:
        # Large ones: near zero all paths are alike.
        for weight in model.trainable_variables:
            weight.assign(rng.normal(size=weight.shape))
    return model


def inputs(rng, B=4, T=7, sizes=SIZES):
    lengths = np.array([T, 3, 1, 0][:B])
    real = np.arange(T) < lengths[:, None]
    made = {}
    for name, V in sizes.items():
        shape = (B, T, 5) if name == "characters" else (B, T)
        mask = real[..., None] if name == "characters" else real
        made[name] = np.where(mask, rng.integers(1, V, shape), 0).astype("int32")
    return made, real


def numbers(x):
    return keras.ops.convert_to_numpy(x)


def test_it_learns_what_only_the_next_word_tells(rng):
    """Word 2 begins an X before word 3 and a Y before word 4; fit, evaluate and predict do."""
    rows, tags = [], []
    for _ in range(120):
        kind = int(rng.integers(2))
        before, after = (rng.integers(5, 12, rng.integers(0, 4)).tolist() for _ in range(2))
        rows.append(np.array([*before, 2, 3 + kind, *after]))
        span = [1, 2] if kind == 0 else [3, 4]
        tags.append(np.array([*[0] * len(before), *span, *[0] * len(after)]))
    model = small(sizes={"words": 12}, units=8)
    model.compile(keras.optimizers.Adam(0.03))
    train = TagBatches({"words": rows[:100]}, tags[:100], 10, seed=1, boundaries=[8])
    test = TagBatches({"words": rows[100:]}, tags[100:], 10, 1, shuffle=False, boundaries=[8])
    before = model.evaluate(test, verbose=0, return_dict=True)
    history = model.fit(train, epochs=8, verbose=0, shuffle=False).history
    after = model.evaluate(test, verbose=0, return_dict=True)
    assert after["loss"] < 0.1 * before["loss"] and after["accuracy"] > 0.99
    assert set(history) == {"loss", "accuracy"}
    for found, wanted in zip(model.predict(test, verbose=0), tags[100:], strict=True):
        np.testing.assert_array_equal(found, wanted)


def test_the_loss_is_that_of_all_paths_in_nats_a_token(rng):
    """Brute force over all paths; the second row has half the weight."""
    model = small(rng, tags=TAGS[:3], sizes={"words": 12})
    x, real = inputs(rng, 2, 4, {"words": 12})
    y = np.array([[1, 2, 0, 0], [0, 1, 2, 0]])
    emissions = numbers(model(x, training=False)["emissions"]).astype("float64")
    transitions, start, end = (numbers(s).astype("float64") for s in model.crf.scores())

    def score(row, path):
        moves = sum(transitions[a, b] for a, b in itertools.pairwise(path))
        steps = sum(emissions[row, t, tag] for t, tag in enumerate(path))
        return start[path[0]] + steps + moves + end[path[-1]]

    losses = []
    for row, length in enumerate(real.sum(axis=1)):
        every = [score(row, path) for path in itertools.product(range(3), repeat=length)]
        losses.append(np.logaddexp.reduce(every) - score(row, y[row, :length]))
    tokens, weights = real.sum(axis=1), np.array([1.0, 0.5])
    wanted = (losses * weights).sum() / (tokens * weights).sum()
    model.compile("sgd")
    found = model.test_on_batch(x, y, weights.astype("float32"), return_dict=True)["loss"]
    assert float(found) == pytest.approx(wanted, rel=1e-4)


def test_softmax_is_the_sum_of_cross_entropies(rng):
    model = small(rng, head="softmax")
    x, real = inputs(rng)
    y = np.where(real, rng.integers(0, 5, real.shape), 0)
    model.compile("sgd")
    found = model.test_on_batch(x, y, return_dict=True)
    emissions = numbers(model(x, training=False)["emissions"]).astype("float64")
    logs = emissions - np.logaddexp.reduce(emissions, axis=-1, keepdims=True)
    each = -np.take_along_axis(logs, y[..., None], axis=-1)[..., 0]
    assert float(found["loss"]) == pytest.approx(each[real].mean(), rel=1e-4)
    tags = model.predict(x, verbose=0)
    np.testing.assert_array_equal(tags[real], emissions.argmax(axis=-1)[real])
    assert not tags[~real].any()
    assert float(found["accuracy"]) == pytest.approx((tags == y)[real].mean())
    assert not model.crf.trainable_variables


def test_the_crf_keeps_to_the_scheme(rng):
    x, real = inputs(rng, 2, 7, SIZES)
    predicted = small(rng).predict(x, verbose=0)
    for row, keep in zip(predicted, real, strict=True):
        for before, tag in itertools.pairwise([0, *row[keep]]):
            assert TAGS[tag][0] != "I" or TAGS[before][1:] == TAGS[tag][1:]


@pytest.mark.parametrize("characters", ["cnn", "lstm"])
def test_padding_is_never_read(rng, characters):
    """More of it, of tokens and of letters, changes no answer."""
    model = small(rng, character_encoder=characters, cell="gru")
    x, real = inputs(rng)
    wider = {
        name: np.pad(ids, [(0, 0), (0, 3)] + [(0, 2)] * (ids.ndim - 2)) for name, ids in x.items()
    }
    mixed = {name: np.concatenate([ids[1:2], ids[1:]]) for name, ids in x.items()}
    one, other, mixed = (
        {name: numbers(value) for name, value in model(i, training=False).items()}
        for i in (x, wider, mixed)
    )
    near = {"rtol": 0, "atol": 1e-5}
    np.testing.assert_allclose(one["emissions"][real], other["emissions"][:, :7][real], **near)
    np.testing.assert_array_equal(one["tags"], other["tags"][:, :7])
    # Rows do not mix.
    np.testing.assert_allclose(one["emissions"][1:], mixed["emissions"][1:], **near)
    np.testing.assert_array_equal(mixed["tags"][0], one["tags"][1])


@pytest.mark.parametrize(
    "options",
    [
        {"head": "softmax", "character_encoder": "lstm", "bidirectional": False},
        {"cell": "peephole", "num_layers": 2, "dropout": 0.3, "word_dropout": 0.2, "zoneout": 0.1},
        {"cell": "gru_before", "recurrent_dropout": 0.2, "scheme": None},
    ],
)
def test_saved_and_loaded_it_says_the_same(rng, tmp_path, options):
    model = small(rng, **options)
    x, _ = inputs(rng)
    model.save(tmp_path / "model.keras")
    loaded = keras.models.load_model(tmp_path / "model.keras")
    assert loaded.get_config() == model.get_config()
    for name in ("emissions", "tags"):
        np.testing.assert_allclose(
            numbers(loaded(x, training=False)[name]), numbers(model(x, training=False)[name]),
            atol=1e-6,
        )  # fmt: skip
    assert [len(loaded.trainable_variables), len(loaded.non_trainable_variables)] == [
        len(model.trainable_variables), len(model.non_trainable_variables)
    ]  # fmt: skip


def test_dropout_is_for_training_alone(rng):
    model = small(rng, dropout=0.5, word_dropout=0.3)
    x, real = inputs(rng)
    one, other, trained = (
        numbers(model(x, training=t)["emissions"])[real] for t in (False, False, True)
    )
    np.testing.assert_array_equal(one, other)
    assert np.abs(one - trained).max() > 0.1


def test_bigrams_of_a_token_are_the_one_it_begins_and_the_one_it_ends(rng):
    sizes = {"words": 3, "bigrams": 20}
    model = small(rng, sizes=sizes, cell="gru", bidirectional=False)
    x = {"words": np.full((1, 3), 2), "bigrams": np.array([[5, 6, 7]])}
    changed = {"words": x["words"], "bigrams": np.array([[5, 9, 7]])}
    one, other = (numbers(model(i, training=False)["emissions"])[0] for i in (x, changed))
    moved = np.abs(one - other).max(axis=-1) > 1e-4
    assert moved.tolist() == [False, True, True]
    table = model.encoder.get_layer("embed_bigrams").get_weights()[0]
    assert table.shape == (20, 5)


def test_vectors_of_words_can_be_given():
    model = small(sizes={"words": 12})
    model.set_word_vectors([3, 7], np.arange(10.0).reshape(2, 5))
    table = model.encoder.get_layer("embed_words").get_weights()[0]
    np.testing.assert_array_equal(table[[3, 7]], np.arange(10.0).reshape(2, 5))
    with pytest.raises(
        ValueError, match=r"Tagger: `vectors` must be of shape \(N, D\) with N=1, D=5"
    ):
        model.set_word_vectors([3], np.zeros((1, 4)))


@pytest.mark.parametrize("scheme, tags", [
    ("BIO", ["O", "B-X", "I-X", "B-Y", "I-Y"]),
    ("BIOES", ["O", "B-X", "I-X", "E-X", "S-X"]),
    (None, ["O", "B-X", "I-X", "B-Y", "I-Y"]),
])  # fmt: skip
def test_the_probability_of_a_span_is_that_of_all_paths_with_it(rng, scheme, tags):
    crf = keras_seq.CRF(tags, scheme=scheme)
    crf.set_weights([rng.normal(size=w.shape) for w in crf.get_weights()])
    lengths, T = (4, 3, 4, 2, 1), 4
    emissions = rng.normal(size=(5, T, 5)).astype("float32")
    mask = np.arange(T) < np.array(lengths)[:, None]
    best = numbers(crf(emissions, mask=mask))
    found = [
        (row, *span)
        for row, n in enumerate(lengths)
        for span in spans_of([tags[k] for k in best[row, :n]])
    ]
    assert found
    rows, starts, ends = (np.array([f[i] for f in found]) for i in range(3))
    p = numbers(span_marginals(crf, emissions, mask, best, rows, starts, ends))
    transitions, first, last = (numbers(s).astype("float64") for s in crf.scores())
    for value, (row, *span) in zip(p, found, strict=True):
        n, there, every = lengths[row], -np.inf, -np.inf
        for path in itertools.product(range(5), repeat=n):
            score = first[path[0]] + last[path[-1]] + emissions[row, range(n), path].sum()
            score += sum(transitions[a, b] for a, b in itertools.pairwise(path))
            every = np.logaddexp(every, score)
            same = list(path[span[0] : span[1]]) == best[row, span[0] : span[1]].tolist()
            if same and tuple(span) in spans_of([tags[k] for k in path]):
                there = np.logaddexp(there, score)
        assert value == pytest.approx(np.exp(there - every), abs=1e-5)


def test_a_long_row_does_not_blur_the_probability_of_a_span(rng):
    """Without transitions steps are independent; the score of the path is thousands."""
    crf = keras_seq.CRF(["O", "S-X"])
    emissions = rng.normal(size=(1, 500, 2)).astype("float32") + np.float32(12)
    best = emissions.argmax(-1)
    (steps,) = np.nonzero(best[0])
    rows = np.zeros(len(steps), int)
    p = span_marginals(crf, emissions, np.ones((1, 500), bool), best, rows, steps, steps + 1)
    out, inside = emissions[0, steps].astype("float64").T
    np.testing.assert_allclose(numbers(p), 1 / (1 + np.exp(out - inside)), atol=5e-5)


def test_letters_make_a_vector_by_the_equations(rng):
    layer = CharacterCNN(6, units=4, embedding_dim=3)
    ids = np.array([[[2, 5, 0, 0], [0, 0, 0, 0], [1, 2, 3, 4]]])
    found = numbers(layer(ids))
    E, W, b = (np.asarray(w, "float64") for w in layer.get_weights())
    for token, row in zip(ids[0], found[0], strict=True):
        real = token[token > 0]
        x = np.concatenate([np.zeros((1, 3)), E[real], np.zeros((1, 3))])
        y = [np.concatenate(x[i : i + 3]) @ W + b for i in range(len(real))]
        wanted = np.maximum(np.max(y, axis=0), 0) if len(real) else np.zeros(4)
        np.testing.assert_allclose(row, wanted, atol=1e-5)
    # And the LSTM reads a token as it stands by itself.
    layer = CharacterLSTM(6, units=4, embedding_dim=3)
    whole = numbers(layer(ids))
    for i, token in enumerate(ids[0]):
        real = token[token > 0] if token.any() else token
        np.testing.assert_allclose(numbers(layer(real[None, None]))[0, 0], whole[0, i], atol=1e-5)


@pytest.mark.parametrize(
    "options, message",
    [
        ({"sizes": {"casing": 4}}, "`features` must be a dictionary that contains `words`"),
        ({"sizes": {"words": 0}}, "`words` must be a positive integer"),
        ({"tags": ["O", "O"]}, "`tags` must be at least two different names"),
        ({"head": "viterbi"}, "`head` must be one of 'crf', 'softmax'"),
        ({"cell": "rnn"}, "`cell` must be one of 'lstm'"),
        ({"character_encoder": "rnn"}, "`character_encoder` must be one of 'cnn', 'lstm'"),
        ({"dropout": 1.0}, r"`dropout` must be a number in \[0, 1\)"),
    ],
)
def test_arguments_that_cannot_be(options, message):
    with pytest.raises(ValueError, match="Tagger: " + message):
        small(**options)


def test_tags_that_are_not_of_the_scheme_are_refused():
    with pytest.raises(ValueError, match="scheme_constraints: `tags` must be names of BIO"):
        small(tags=["O", "S-X"])
    with pytest.raises(ValueError, match="CharacterLSTM: `units` must be an even number"):
        CharacterLSTM(5, units=3, embedding_dim=2)


def test_one_short_batch_is_no_trouble(rng):
    model = small(rng, sizes={"words": 12})
    rows = [rng.integers(1, 12, n) for n in (3, 5, 2)]
    batches = TagBatches({"words": rows}, None, 2, seed=0, shuffle=False)
    alone = [model.predict({"words": row[None]}, verbose=0)[0] for row in rows]
    for found, wanted in zip(model.predict(batches, verbose=0), alone, strict=True):
        np.testing.assert_array_equal(found, wanted)
