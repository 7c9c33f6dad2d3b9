"""A disk that is full in the middle of a file."""

import contextlib
import resource


@contextlib.contextmanager
def full_disk(after):
    """No file of this process grows past so many bytes: the write that would fails half done."""
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (after, hard))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))
