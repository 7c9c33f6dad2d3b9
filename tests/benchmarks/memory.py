"""Peak memory of one training step: a process's peak over that of a batch of one sequence.

What a process holds between two steps tells nothing, as TensorFlow's allocator keeps what a step
took; the batch of one takes away the libraries, the weights and what was compiled. Each process
steps three times before its peak is reset and measured, so that compiling is not counted.
`python -m tests.benchmarks.memory NAME B T F U [--xla]`, with KERAS_BACKEND set, prints bytes; for
a contender of frames the shape is B T H W C F k.
"""

import argparse
import os
import re
import subprocess
import sys
from pathlib import Path

# glibc must give freed blocks back at once, or what the first steps left would hide the peak.
ALLOCATOR = {"MALLOC_MMAP_THRESHOLD_": "65536", "MALLOC_TRIM_THRESHOLD_": "0"}


def peak_of(name, shape, xla):
    """Bytes a training step of the contender takes at its peak, but for one sequence's."""
    return process_peak(name, shape, xla) - process_peak(name, (1, *shape[1:]), xla)


def process_peak(name, shape, xla):
    """The most a fresh process holds while it takes training steps, in bytes."""
    arguments = [name, *map(str, shape)] + ["--xla"] * xla
    program = f"from tests.benchmarks.memory import step; step({arguments!r})"
    done = subprocess.run(
        [sys.executable, "-c", program],
        env=os.environ | ALLOCATOR,
        capture_output=True,
        text=True,
        check=True,
    )
    return int(done.stdout.splitlines()[-1])


def parsed(arguments=None):
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("name")
    parser.add_argument("shape", type=int, nargs="+")
    parser.add_argument("--xla", action="store_true")
    return parser.parse_args(arguments)


def step(arguments):
    from tests.benchmarks.steps import steps_of

    flags = parsed(arguments)
    train, _ = steps_of(flags.name, flags.shape, flags.xla)
    for _ in range(3):
        train()
    Path("/proc/self/clear_refs").write_text("5")
    for _ in range(3):
        train()
    peak = re.search(r"VmHWM:\s+(\d+) kB", Path("/proc/self/status").read_text())
    print(int(peak.group(1)) * 1024)


if __name__ == "__main__":
    flags = parsed()
    print(peak_of(flags.name, flags.shape, flags.xla))
