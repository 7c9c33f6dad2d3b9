"""The pictures of a prediction, read back from the files."""

import numpy as np
import pytest

from keras_seq.tasks.next_frame.plots import frame_strip, lead_time_curves, prediction_gif

imageio = pytest.importorskip("imageio.v3")
pytestmark = pytest.mark.once
GREEN = (158, 176, 153)


def shades(given=3, leads=4, channels=1):
    """A film and a prediction whose frames say by their brightness which they are.

    A pixel in the corner is white, so that no brightness is scaled, or taken for the paper.
    """
    numbers = np.concatenate([0.2 + 0.1 * np.arange(given), 0.8 - 0.15 * np.arange(leads)])
    frames = numbers[:, None, None, None] * np.ones((1, 8, 8, channels))
    wrong = np.array([0.1, -0.1, 0.05, -0.05])[:leads, None, None, None]
    predicted = frames[given:] + wrong
    frames[:, 0, 0] = predicted[:, 0, 0] = 1
    return numbers, wrong.ravel(), frames.astype("float32"), predicted.astype("float32")


def patches(row, least=50):
    """The colours of the long stretches of one colour in a row of pixels, but for the paper."""
    row = row[:, :3].astype(int)
    edges = np.flatnonzero(np.abs(np.diff(row, axis=0)).max(axis=1) > 3) + 1
    stretches = [part[len(part) // 2] for part in np.split(row, edges) if len(part) >= least]
    return [tuple(map(int, colour)) for colour in stretches if colour.min() < 240]


def rows_of(picture, count):
    """The patches of each row of panels, from above; rows that are alike are one."""
    found, rows = [[]], [patches(row) for row in picture]
    for colours, above in zip(rows[10:], rows, strict=False):
        stays = len(colours) == len(above) == count and np.allclose(colours, above, atol=8)
        if stays and not (found[-1] and np.allclose(found[-1], colours, atol=8)):
            found.append(colours)
    return found[1:]


def assert_difference(colour, wrong):
    """Red where the prediction is too bright, blue where it is too dark."""
    red, _, blue = colour
    assert (red - blue) * np.sign(wrong) > 5, (colour, wrong)


def test_in_the_moving_picture_frame_stands_beside_frame(tmp_path):
    numbers, wrong, frames, predicted = shades()
    films = [("a", frames, predicted, None), ("b", frames, predicted, None)]
    prediction_gif(films, tmp_path / "prediction.gif")
    pages = imageio.imread(tmp_path / "prediction.gif")
    assert len(pages) == 3 + 4
    for page, number in zip(pages, numbers, strict=True):
        first, *others = rows_of(page, 3)
        for other in others:
            np.testing.assert_allclose(other, first, atol=8)
        np.testing.assert_allclose(first[0], [255 * number] * 3, atol=8)
    for k in range(4):
        _, prediction, difference = rows_of(pages[3 + k], 3)[0]
        np.testing.assert_allclose(prediction, [255 * (numbers[3 + k] + wrong[k])] * 3, atol=8)
        assert_difference(difference, wrong[k])


def test_in_the_strip_frame_stands_under_frame(tmp_path):
    numbers, wrong, frames, predicted = shades(given=4)
    frame_strip(frames, predicted, tmp_path / "frames.png", "one film")
    given, truth, prediction, difference = rows_of(imageio.imread(tmp_path / "frames.png"), 4)
    for found, wanted in ((given, numbers[:4]), (truth, numbers[4:]),
                          (prediction, numbers[4:] + wrong)):  # fmt: skip
        np.testing.assert_allclose(found, 255 * wanted[:, None] * np.ones(3), atol=8)
    for colour, error in zip(difference, wrong, strict=True):
        assert_difference(colour, error)


def test_what_is_hidden_is_grey_green_and_counts_for_nothing(tmp_path):
    _, _, frames, predicted = shades(given=4)
    mask = np.ones(frames.shape[:3], bool)
    mask[6] = False
    frame_strip(frames * mask[..., None], predicted, tmp_path / "frames.png", mask=mask)
    given, *rows = rows_of(imageio.imread(tmp_path / "frames.png"), 4)
    near = [[np.allclose(colour, GREEN, atol=8) for colour in row] for row in (given, *rows)]
    assert near == [[False] * 4] + [[False, False, True, False]] * 3
    mask[:] = True
    mask[:4] = False  # none of the frames given shows anything: the truth is not counted either
    frame_strip(frames * mask[..., None], predicted, tmp_path / "frames.png", mask=mask)
    (row,) = rows_of(imageio.imread(tmp_path / "frames.png"), 4)
    np.testing.assert_allclose(row, [GREEN] * 4, atol=8)


def test_the_errors_in_the_picture_are_of_what_is_seen(tmp_path, monkeypatch):
    said = []
    from matplotlib.axes import Axes

    monkeypatch.setattr(Axes, "set_xlabel", lambda self, text, **_: said.append(text))
    frames, mask = np.ones((4, 8, 8, 1), "float32"), np.ones((4, 8, 8), bool)
    mask[1, :4] = mask[2, 4:] = mask[3] = False
    predicted = np.full((2, 8, 8, 1), 0.5)
    prediction_gif([("a", frames * mask[..., None], predicted, mask)], tmp_path / "one.gif")
    assert said == [
        "squared error 0.2500", "a copy of frame 0: 0.0000",
        "squared error nothing to see", "a copy of frame 0: nothing to see",
    ]  # fmt: skip


def test_a_wrong_colour_is_not_white(tmp_path):
    """Red instead of blue: as bright on the mean, and all wrong."""
    frames = np.zeros((8, 8, 8, 3), "float32")
    frames[..., 0] = 1
    frame_strip(frames, frames[4:, ..., ::-1], tmp_path / "frames.png")
    truth, prediction, difference = rows_of(imageio.imread(tmp_path / "frames.png"), 4)
    np.testing.assert_allclose(truth, [(255, 0, 0)] * 4, atol=8)
    np.testing.assert_allclose(prediction, [(0, 0, 255)] * 4, atol=8)
    assert np.max(difference) < 200
    frame_strip(frames, frames[4:], tmp_path / "frames.png")
    (row,) = rows_of(imageio.imread(tmp_path / "frames.png"), 4)  # the difference is white
    np.testing.assert_allclose(row, truth, atol=8)


@pytest.mark.parametrize(
    "pixel, wanted",
    [((0.5, 1.0, 0.0, 0.5), (64, 128, 0)), ((0.1, 0.7), (102, 102, 102))],
    ids=["rgba", "two"],
)
def test_channels_that_no_screen_has(tmp_path, pixel, wanted):
    frames = np.broadcast_to(np.float32(pixel), (8, 8, 8, len(pixel))).copy()
    frames[:, 0, 0] = 1
    frame_strip(frames, frames[4:], tmp_path / "frames.png")
    found = rows_of(imageio.imread(tmp_path / "frames.png"), 4)
    np.testing.assert_allclose(found[0], [wanted] * 4, atol=8)


def test_lead_times(tmp_path):
    scores = {f"{n}_per_lead": [0.1, None] for n in ("mse", "baseline_mse", "blank_mse", "csi")}
    lead_time_curves({**scores, "ssim_per_lead": [0.9, 0.8]}, tmp_path / "lead_time.png")
    assert imageio.imread(tmp_path / "lead_time.png").shape[1] > 1500  # three panels
