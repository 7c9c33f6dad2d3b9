"""The size of a frame in words."""


def spelled_size(H: int, W: int, C: int = 1) -> str:
    """The size, in the order of the axes of an array, with their names.

    Example:

    >>> from keras_seq.tasks.next_frame.frame_size import spelled_size
    >>> spelled_size(48, 64, 3)
    'height 48 and width 64 in 3 channels'
    """
    return f"height {H} and width {W}" + (f" in {C} channels" if C > 1 else "")
