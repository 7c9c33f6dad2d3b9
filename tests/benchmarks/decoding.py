"""How fast beam search is: one compiled loop, beside keras-hub's and a loop in Python.

    python -m tests.benchmarks.decoding --backend tensorflow

The same Transformer, with random weights, says L tokens for each of B sources with a beam of W, at
alpha 0: nothing ends early, and the tokens must be the same. keras-hub's BeamSampler lets finished
hypotheses grow; here it is given a model that goes on with the end for nothing. Its caches move
with the hypotheses, ours stay. The contenders take turns; numbers are sentences a second, medians
over the rounds, in brackets ours divided by theirs.
"""

import os

from tests.benchmarks.recurrent import COMPILERS, arguments, conditions, rounds

SHAPES = ["16,20,24,5,8000"]


def main():
    flags = arguments(__doc__, SHAPES, "B,S,L,W,V", quick="2,4,5,2,30", repeats=5)
    os.environ["KERAS_BACKEND"] = flags.backend
    os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")

    import keras
    import numpy as np

    from tests.benchmarks.searches import SEARCHES

    print(conditions(keras.version(), flags))
    for suffix, xla in COMPILERS[flags.backend].items():
        print(f"\n### {flags.backend}{suffix}: sentences a second\n")
        print("| search | " + " | ".join(f"{shape}" for shape in flags.shapes) + " |")
        print("|---|" + "---:|" * len(flags.shapes))
        rows = {name: [] for name in SEARCHES}
        for shape in flags.shapes:
            steps = {name: make(shape, xla) for name, (_, make) in SEARCHES.items()}
            said = {name: step() for name, step in steps.items()}
            for name, tokens in said.items():
                if not np.array_equal(tokens, said["ours"]):
                    raise SystemExit(f"{name} says other tokens than ours at {shape}")
            seconds = rounds(steps, flags.repeats, flags.seconds)
            for name, s in seconds.items():
                rows[name].append(f"{shape[0] / s:.1f} ({s / seconds['ours']:.2f})")
        for name, cells in rows.items():
            print(f"| {SEARCHES[name][0]} | " + " | ".join(cells) + " |")


if __name__ == "__main__":
    main()
