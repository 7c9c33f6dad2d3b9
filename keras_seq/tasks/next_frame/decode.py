"""The frames of movies and GIFs; incomplete files raise an error."""

import re
import subprocess
import tempfile
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType

import numpy as np

from keras_seq.errors import DataUnavailable, InputError

VIDEOS = (".gif", ".mp4", ".avi", ".mov", ".mkv", ".webm", ".mpg", ".mpeg", ".m4v")
_STRICT = ("-nostdin", "-v", "error", "-xerror", "-err_detect", "explode")
_RAW = ("-map", "0:v:0", "-f", "image2pipe", "-vcodec", "rawvideo", "-pix_fmt", "rgb24", "-")
_SLACK = 0.9  # fraction of the declared length minus a second, because the sound may be longer


def video_frames(path: Path) -> Iterator[tuple[np.ndarray, str]]:
    """Yield pairs of a frame, uint8 (H, W, 3), and its name, such as "frame 3".

    Raises:
        InputError: the file cannot be read, is damaged or truncated.
        DataUnavailable: imageio is not installed.
    """
    imageio = imageio_for(path)
    number = 0
    try:
        frames = imageio.imiter(path, plugin="pillow") if _is_gif(path) else _decoded(path)
        for number, frame in enumerate(frames, 1):
            yield frame, f"frame {number - 1}"
    except Exception as error:  # the codecs raise errors of many types
        what = "cannot be read as a video"
        if number:
            what = f"is damaged, of its frames {number} can be read"
        raise InputError(f"{path}: {what}: {first_line(error)}") from error


def _is_gif(path):
    return path.suffix.lower() == ".gif"


def _decoded(path):
    """The frames from ffmpeg itself, because imageio does not check its exit status and errors."""
    from imageio_ffmpeg import get_ffmpeg_exe

    declared = imageio_for(path).immeta(path, plugin="FFMPEG")
    W, H = declared["size"]
    command = [get_ffmpeg_exe(), *_STRICT, "-i", f"file:{path}", *_RAW]
    number = 0
    with (
        tempfile.TemporaryFile() as errors,
        subprocess.Popen(command, stdout=subprocess.PIPE, stderr=errors) as process,
    ):
        while len(frame := process.stdout.read(W * H * 3)) == W * H * 3:
            number += 1
            yield np.frombuffer(frame, "uint8").reshape(H, W, 3)
        status = process.wait()
        errors.seek(0)
        messages = errors.read().decode(errors="replace")
    if status or messages.strip():
        # Each line begins with the decoder and its address in memory.
        raise InputError(re.sub(r"(?m)^\[.*?\] ", "", messages) or f"ffmpeg ended with {status}")
    wanted = declared["duration"] * declared["fps"]
    if number < _SLACK * wanted - declared["fps"]:
        raise InputError(f"it declares {wanted:.0f} frames")


def imageio_for(path: Path) -> ModuleType:
    """The module `imageio.v3`; an error names the file that needs it."""
    try:
        import imageio.v3
    except ImportError as error:
        raise DataUnavailable(
            f"{path}: imageio cannot be imported ({error}): pip install 'keras_seq[recipes]', or "
            "give an .npy file"
        ) from error
    return imageio.v3


def first_line(error: Exception) -> str:
    """The first line of the message of a library's error."""
    lines = [line.strip() for line in str(error).splitlines() if line.strip()]
    return lines[0][:200] if lines else type(error).__name__
