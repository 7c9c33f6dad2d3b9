"""How fast beam search is: one compiled loop, beside keras-hub's and a loop in Python.

    python -m tests.benchmarks.decoding --backend tensorflow

The same Transformer with random weights generates L tokens for each of B sources with a beam of
width W at alpha 0, so that nothing ends early, and the tokens must be equal. keras-hub's
BeamSampler extends finished hypotheses; here its model continues these with the end token at no
cost. It reorders its caches with the hypotheses, which ours does not. The contenders take turns;
the numbers are sentences per second, medians over the rounds, with ours divided by theirs in
brackets.
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
            generated = {name: step() for name, step in steps.items()}
            for name, tokens in generated.items():
                if not np.array_equal(tokens, generated["ours"]):
                    raise SystemExit(f"{name} generates other tokens than ours at {shape}")
            seconds = rounds(steps, flags.repeats, flags.seconds)
            for name, s in seconds.items():
                rows[name].append(f"{shape[0] / s:.1f} ({s / seconds['ours']:.2f})")
        for name, cells in rows.items():
            print(f"| {SEARCHES[name][0]} | " + " | ".join(cells) + " |")


if __name__ == "__main__":
    main()
