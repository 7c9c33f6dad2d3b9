"""How fast the CRF is: loss with gradients, and decoding, beside pytorch-crf.

    python -m tests.benchmarks.crf --backend torch

A training step is the mean of -log p(tags) and its gradients by emissions, transitions, start and
end, compiled where the backend compiles; "in keras.ops" is the same by the exact passes of
`keras_seq.backend.chain` and the backend's own differentiation. Contenders take turns; times are
medians over the rounds, the numbers in brackets ratios to pytorch-crf.
"""

import argparse
import os

SHAPES = ["32,128,9", "32,128,50"]


def arguments():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--backend", choices=["tensorflow", "jax", "torch"], default="tensorflow")
    parser.add_argument("--shapes", nargs="+", default=SHAPES, metavar="B,T,K")
    parser.add_argument("--repeats", type=int, default=11, help="rounds per shape")
    parser.add_argument("--seconds", type=float, default=0.05, help="one measurement lasts so long")
    parser.add_argument("--quick", action="store_true", help="one small shape: does it run?")
    flags = parser.parse_args()
    if flags.quick:
        flags.shapes, flags.repeats, flags.seconds = ["2,5,3"], 2, 0.001
    flags.shapes = [tuple(map(int, s.split(","))) for s in flags.shapes]
    return flags


def main():
    flags = arguments()
    os.environ["KERAS_BACKEND"] = flags.backend
    os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")

    import keras

    from tests.benchmarks.chains import ROWS, steps_of
    from tests.benchmarks.recurrent import rounds, table

    load = os.getloadavg()[0]
    print(
        f"keras {keras.version()}, {flags.backend}, {os.cpu_count()} cores, float32, medians of "
        f"{flags.repeats} rounds; load of the machine at the start {load:.1f}"
    )
    compilers = {"tensorflow": {"": False, ", XLA": True}, "jax": {"": True}, "torch": {"": False}}
    for suffix, xla in compilers[flags.backend].items():
        for what in ("training", "decoding"):
            for masked in (False, True):
                ms = {}
                for shape in flags.shapes:
                    steps = steps_of(what, shape, masked, xla)
                    times = rounds(steps, flags.repeats, flags.seconds)
                    ms[shape] = {name: 1e3 * t for name, t in times.items()}
                rows = {n: (ROWS[n], "pytorch_crf") for n in next(iter(ms.values()))}
                title = f"{flags.backend}{suffix}: {what} step{', mask' if masked else ''}"
                table(title, "ms (ratio)", ms, rows)


if __name__ == "__main__":
    main()
