"""Clips of films: whole, in every split its own frames, and in an order anybody can repeat."""

import numpy as np
import pytest

from keras_seq.tasks.next_frame.batches import FrameBatches, lead_time_weights
from keras_seq.tasks.next_frame.clips import Clips, split_videos
from keras_seq.tasks.next_frame.video import Video

pytestmark = pytest.mark.once


def film(length, name="film", mask=None, first=0):
    """Each frame shows its own number."""
    values = np.arange(first, first + length, dtype="float32")[:, None, None, None] * np.ones(
        (1, 2, 3, 1)
    )
    return Video(values, 1000.0, mask, name=name)


def numbers(clip):
    return np.round(clip[0][:, 0, 0, 0] * 1000).astype(int).tolist()


def test_clips_are_all_stretches_of_a_length():
    clips = Clips([(film(9), 0, 5), (film(9), 6, 9)], length=3)
    assert [numbers(clip) for clip in clips] == [[0, 1, 2], [1, 2, 3], [2, 3, 4], [6, 7, 8]]
    assert [numbers(clip) for clip in Clips([(film(9), 0, 9)], 3, step=4)] == [[0, 1, 2], [4, 5, 6]]
    assert [numbers(c)[0] for c in Clips([(film(101), 0, 101)], 1).subsample(3)] == [0, 50, 100]


@pytest.mark.parametrize("length, total", [(20, 100), (20, 60), (7, 333)])
@pytest.mark.parametrize("held_out", [("validation", "test"), ("validation",), ()])
def test_splits_of_a_long_film_share_no_frame(length, total, held_out):
    splits = split_videos([film(total), film(total + 5, first=500)], length, 5, held_out=held_out)
    assert list(splits) == ["train", *held_out]
    seen = {name: {n for clip in clips for n in numbers(clip)} for name, clips in splits.items()}
    for name, clips in splits.items():
        assert len(clips) >= 2
        for other in splits:
            assert name == other or not seen[name] & seen[other]
    if held_out:
        # The future is what is held out.
        assert max(n for n in seen["train"] if n < 500) < min(seen[held_out[0]])


def test_many_films_are_split_by_film():
    films = [Video(np.full((4, 1, 1, 1), i / 100), name=str(i)) for i in range(40)]
    splits = split_videos(films, 4, 2)
    seen = {name: {float(c[0].max()) for c in clips} for name, clips in splits.items()}
    assert [len(found) for found in seen.values()] == [32, 4, 4]
    assert len(set.union(*seen.values())) == 40


def test_few_films_too_short_to_be_parted_in_time_are_split_by_film():
    films = [film(7 + n, str(n), first=100 * n) for n in range(4)]
    splits = split_videos(films, 7, 3)
    seen = {name: {n // 100 for c in clips for n in numbers(c)} for name, clips in splits.items()}
    assert [len(found) for found in seen.values()] == [2, 1, 1]
    assert len(set.union(*seen.values())) == 4


def test_fewer_frames_than_asked():
    with pytest.raises(ValueError, match="^b: a clip has 20 frames, but there are only 19"):
        Clips([(film(30), 0, 30), (film(19, "b"), 0, 19)], 20)
    words = "^b: training, validation and test take clips of 20 frames each, 60 in all, and .* 59"
    with pytest.raises(ValueError, match=words):
        split_videos([film(60), film(59, "b")], 20, 10)
    for name in ("validation", "test"):
        words = f"^b: training and {name} take clips of 20 frames each, 40 in all, and .* 39"
        with pytest.raises(ValueError, match=words):
            split_videos([film(39, "b")], 20, 10, held_out=(name,))


def test_batches_part_given_from_future_and_every_clip_comes_once():
    clips = Clips([(film(50), 0, 50)], length=6)
    batches = FrameBatches(clips, given=4, batch_size=8, seed=1)
    assert len(batches) == 6
    orders = []
    for epoch in (0, 1):
        batches.set_epoch(epoch)
        firsts = []
        for inputs, targets in (batches[i] for i in range(len(batches))):
            shown = np.round(1000 * inputs["frames"][:, :, 0, 0, 0])
            future = np.round(1000 * inputs["future"][:, :, 0, 0, 0])
            np.testing.assert_array_equal(shown, shown[:, :1] + np.arange(4))
            np.testing.assert_array_equal(future, shown[:, :1] + [4, 5])
            np.testing.assert_array_equal(targets, inputs["future"])
            firsts += shown[:, 0].astype(int).tolist()
        assert sorted(firsts) == list(range(45))
        orders.append(firsts)
    assert orders[0] != orders[1]
    again = FrameBatches(clips, given=4, batch_size=8, seed=1)
    again.set_epoch(1)
    assert (
        np.round(1000 * again[0][0]["frames"][:, 0, 0, 0, 0]).astype(int).tolist()
        == (orders[1][:8])
    )


def test_few_clips_come_again_until_an_epoch_is_long_enough():
    clips = Clips([(film(9), 0, 9)], length=6)  # four
    batches = FrameBatches(clips, given=4, batch_size=3, seed=1, min_clips=10)
    drawn = [n for i in range(len(batches)) for n in batches[i][0]["frames"][:, 0, 0, 0, 0]]
    drawn = np.round(1000 * np.array(drawn)).astype(int)
    assert len(drawn) == 10 and sorted(np.bincount(drawn)) == [2, 2, 3, 3]
    assert sorted(drawn[:4]) == sorted(drawn[4:8]) == [0, 1, 2, 3]
    assert len(FrameBatches(clips, given=4, batch_size=3, seed=1, min_clips=2)) == 2


@pytest.mark.parametrize("size, ways", [((3, 3), 8), ((2, 3), 4)])
def test_clips_are_turned_as_a_whole_and_in_every_way(size, ways, rng):
    frames = rng.random((6, *size, 2)).astype("float32")
    mask = rng.random((6, *size)) < 0.5
    mask[0] |= ~mask[:4].any(axis=0)  # a pixel that no given frame shows would have no weight
    film = Video(frames, mask=mask)
    batches = FrameBatches(
        Clips([(film, 0, 6)], length=6), given=4, batch_size=1, seed=1, min_clips=80, flip=True
    )
    shown = frames * mask[..., None]
    squares = [shown, shown.swapaxes(1, 2)][: 2 if ways == 8 else 1]
    wanted = [x[:, ::a, ::b] for x in squares for a in (1, -1) for b in (1, -1)]
    seen = set()
    for inputs, targets, weights in (batches[i] for i in range(80)):
        found = np.concatenate([inputs["frames"], inputs["future"]], axis=1)[0]
        (way,) = (i for i, x in enumerate(wanted) if np.array_equal(x, found))
        seen.add(way)
        np.testing.assert_array_equal(weights[0] > 0, targets[0].max(axis=-1) > 0)
    assert len(seen) == ways
    batches.set_epoch(0)
    np.testing.assert_array_equal(batches[79][1], targets)
    batches.set_epoch(1)
    assert any(not np.array_equal(batches[i][1], targets) for i in range(9))


def test_targets_may_begin_with_the_second_frame():
    clips = Clips([(film(9), 0, 9)], length=6)
    batches = FrameBatches(clips, given=4, batch_size=2, seed=1, shuffle=False, targets_from=1)
    inputs, targets = batches[0]
    frames = np.concatenate([inputs["frames"], inputs["future"]], axis=1)
    np.testing.assert_array_equal(targets, frames[:, 1:])


def test_the_mask_becomes_weights_of_the_targets():
    mask = np.array([[1, 1, 0], [1, 0, 0]], bool)
    clips = Clips([(film(9, mask=mask), 0, 9), (film(9), 0, 9)], length=6)
    batches = FrameBatches(clips, given=4, batch_size=8, seed=1, shuffle=False)
    inputs, targets, weights = batches[0]
    np.testing.assert_array_equal(weights[0], np.stack([mask, mask]))
    assert weights[4:].min() == 1 and not targets[0][:, ~mask].any() and targets[0].any()


@pytest.mark.parametrize("first", [4, 1])
def test_what_no_frame_given_shows_has_no_weight_later(first, rng):
    mask = rng.random((6, 2, 3)) < 0.5
    mask[:4, 0, 0], mask[4:, 0, 0] = False, True
    mask[:4, 0, 1], mask[1, 0, 1], mask[4:, 0, 1] = False, True, True
    clips = Clips([(film(6, mask=mask), 0, 6)], length=6)
    batches = FrameBatches(clips, given=4, batch_size=1, seed=1, targets_from=first)
    weights = batches[0][2][0]
    np.testing.assert_array_equal(weights[: 4 - first], mask[first:4])
    np.testing.assert_array_equal(weights[4 - first :], mask[4:] & mask[:4].any(axis=0))
    assert not weights[-2:, 0, 0].any() and weights[-2:, 0, 1].all()


def test_lead_times_weigh_what_a_copy_errs_there():
    """Each frame is its number in thousandths: a copy errs by k / 1000 at lead time k."""
    clips = Clips([(film(50), 0, 50)], length=7)
    weights = lead_time_weights(clips, given=4)
    wanted = np.array([1, 1 / 4, 1 / 9])
    np.testing.assert_allclose(weights, wanted / wanted.mean(), rtol=1e-3)
    mask = np.array([[1, 1, 0], [1, 0, 0]], bool)
    hidden = film(50, mask=mask)
    hidden.values[:, ~mask] = np.random.default_rng(0).random((50, 3, 1))
    clips = Clips([(hidden, 0, 50)], length=7)
    np.testing.assert_allclose(lead_time_weights(clips, given=4), weights, rtol=1e-3)
    batches = FrameBatches(
        clips, given=4, batch_size=2, seed=1, targets_from=3, lead_time_weights=weights
    )
    _, targets, found = batches[0]
    assert targets.shape[1] == 4
    for k, weight in enumerate([weights[0], *weights]):
        np.testing.assert_allclose(found[0, k], weight * mask, rtol=1e-6)
    # What the last frame given hides is copied from the one before: errs by (k + 1) / 1000 there.
    mask = np.ones((7, 2, 3), bool)
    mask[3] = [[False] * 3, [True] * 3]
    found = lead_time_weights(Clips([(film(7, mask=mask), 0, 7)], length=7), given=4)
    wanted = 2 / np.array([1 + 4, 4 + 9, 9 + 16])
    np.testing.assert_allclose(found, wanted / wanted.mean(), rtol=1e-3)
    still = Clips([(Video(np.ones((9, 2, 2, 1))), 0, 9)], length=7)
    assert lead_time_weights(still, given=4).tolist() == [1, 1, 1]


@pytest.mark.parametrize(
    "change, words",
    [
        ({"given": 6}, "`given` must be less than the 6 frames of a clip. Received: given=6"),
        ({"given": 0}, "`given` must be a positive integer"),
        ({"batch_size": 0}, "`batch_size` must be a positive integer"),
        ({"min_clips": 0}, "`min_clips` must be a positive integer"),
        ({"lead_time_weights": [1, 2, 3]}, r"`lead_time_weights` must be of shape \(K\) with K=2"),
        ({"flip": 1}, "`flip` must be True or False"),
        ({"targets_from": 5}, "`given` must be less than"),
        (
            {"clips": Clips([(film(9), 0, 9)], 6).subsample(0)},
            "`clips` must hold at least one clip",
        ),
    ],
)
def test_refusals(change, words):
    arguments = {"clips": Clips([(film(9), 0, 9)], 6), "given": 4, "batch_size": 2, "seed": 0}
    with pytest.raises(ValueError, match="^FrameBatches: " + words):
        FrameBatches(**{**arguments, **change})
