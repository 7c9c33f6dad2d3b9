"""Videos are read whole, or not at all."""

import pytest

from keras_seq.tasks.next_frame.files import read_videos

imageio = pytest.importorskip("imageio.v3")
pytestmark = pytest.mark.once
FORMATS = [(".mp4", "libx264"), (".avi", "mpeg4"), (".mkv", "libx264")]


@pytest.fixture
def video(tmp_path, rng, request):
    """60 noisy frames, as a file."""
    ending, codec = request.param
    path = tmp_path / f"film{ending}"
    frames = rng.integers(0, 256, (60, 32, 48, 3), "uint8")
    imageio.imwrite(path, frames, fps=4, codec=codec, macro_block_size=16)
    return path


@pytest.mark.parametrize("video", [*FORMATS, (".webm", "libvpx")], indirect=True)
def test_a_good_one_is_whole(video):
    (film,), _ = read_videos(video)
    assert len(film) == 60 and film.frame_shape == (32, 48, 3)


@pytest.mark.parametrize("video", FORMATS, indirect=True)
@pytest.mark.parametrize("damage", ["cut", "zeroed"])
def test_a_damaged_one_is_refused(video, damage):
    content = video.read_bytes()
    half, eighth = len(content) // 2, len(content) // 8
    rest = bytes(eighth) + content[half + eighth :] if damage == "zeroed" else b""
    video.write_bytes(content[:half] + rest)
    words = r"is damaged, of its frames \d\d can be read: "
    if video.suffix == ".mp4" and damage == "cut":  # its index is at the end
        words = "cannot be read as a video: "
    with pytest.raises(ValueError, match=words) as caught:
        read_videos(video)
    assert str(caught.value).startswith(str(video)) and "\n" not in str(caught.value)


@pytest.mark.parametrize("video", [(".mkv", "libx264")], indirect=True)
def test_one_cut_between_two_frames_is_refused(video):
    """Nothing in it is damaged, but it declares to be longer."""
    content = video.read_bytes()
    size = content.index(b"\x18\x53\x80\x67") + 4  # of what follows, made unknown
    last = content.rindex(b"\x1f\x43\xb6\x75")  # where the last frames begin
    video.write_bytes(content[:size] + b"\x01" + b"\xff" * 7 + content[size + 8 : last])
    with pytest.raises(ValueError, match=r"of its frames \d\d can be read: .*60 frames"):
        read_videos(video)
