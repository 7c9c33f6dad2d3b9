"""A script that is cut off: `python -m tests.recipes.cut_off LINE SIGNAL SCRIPT [flags]`.

The process sends itself the signal as the script prints a line that begins with LINE.
"""

import os
import runpy
import sys


class CutOff:
    """The standard output until the line comes."""

    def __init__(self, output, line, signal):
        self.output, self.line, self.signal = output, line, signal

    def write(self, text):
        written = self.output.write(text)
        if text.startswith(self.line):
            os.kill(os.getpid(), self.signal)
        return written

    def __getattr__(self, name):
        return getattr(self.output, name)


if __name__ == "__main__":
    _, line, signal, script, *_ = sys.argv
    sys.argv[:] = sys.argv[3:]
    sys.stdout = CutOff(sys.stdout, line, int(signal))
    sys.path[0] = os.path.dirname(script)
    runpy.run_path(script, run_name="__main__")
