"""Peak memory of one training step, measured in a process of its own.

The step runs three times first, so that what is compiled once is not counted; then the kernel's
peak is reset, and the peak of the next steps is taken over what the process held before them.
`python -m tests.benchmarks.memory NAME B T F U [--xla]`, with KERAS_BACKEND set, prints bytes.
"""

import argparse
import gc
import os
import re
import subprocess
import sys
from pathlib import Path

# glibc must give freed blocks back at once, or the first steps' leftovers would hide the peak.
ALLOCATOR = {"MALLOC_MMAP_THRESHOLD_": "65536", "MALLOC_TRIM_THRESHOLD_": "0"}


def peak_of(name, shape, xla):
    """Bytes a training step of the contender takes at its peak, in a fresh process."""
    command = [sys.executable, "-m", __name__, name, *map(str, shape)] + ["--xla"] * xla
    done = subprocess.run(
        command, env=os.environ | ALLOCATOR, capture_output=True, text=True, check=True
    )
    return int(done.stdout.splitlines()[-1])


def status(field):
    text = Path("/proc/self/status").read_text()
    return int(re.search(rf"{field}:\s+(\d+) kB", text).group(1)) * 1024


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("name")
    parser.add_argument("shape", type=int, nargs=4)
    parser.add_argument("--xla", action="store_true")
    flags = parser.parse_args()

    from tests.benchmarks.steps import steps_of

    train, _ = steps_of(flags.name, flags.shape, flags.xla)
    for _ in range(3):
        train()
    gc.collect()
    before = status("VmRSS")
    Path("/proc/self/clear_refs").write_text("5")
    for _ in range(3):
        train()
    print(status("VmHWM") - before)


if __name__ == "__main__":
    main()
