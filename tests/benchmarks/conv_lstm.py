"""How fast ConvLSTM2D is: a training step, with and without peepholes, beside Keras's.

    python -m tests.benchmarks.conv_lstm --backend tensorflow

The contenders take turns, one measurement each a round; times are medians over the rounds. A
number in brackets is the time, or the peak of the memory, divided by that of
keras.layers.ConvLSTM2D on the same backend; the last column is the geometric mean of those.
TensorFlow with XLA is Keras's default; ours then still run without, as they ask for.
"""

import logging
import os

from tests.benchmarks.recurrent import COMPILERS, arguments, conditions, rounds, table

SHAPES = ["4,10,64,64,1,32,3", "8,10,32,32,16,64,3", "4,10,64,64,1,32,5"]


def main():
    flags = arguments(__doc__, SHAPES, "B,T,H,W,C,F,k", quick="2,4,6,5,1,3,3", repeats=5)
    os.environ["KERAS_BACKEND"] = flags.backend
    os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
    logging.getLogger("tensorflow").setLevel("ERROR")  # it takes contenders for retracing

    import keras

    from tests.benchmarks.contenders import OF_FRAMES
    from tests.benchmarks.memory import peak_of
    from tests.benchmarks.steps import steps_of

    if unknown := set(flags.variants or ()) - set(OF_FRAMES):
        raise SystemExit(f"--variants must be of {', '.join(OF_FRAMES)}. Received: {unknown}")
    wanted = {"keras_conv_lstm", *(flags.variants or OF_FRAMES)}
    rows = {n: (c.title, c.over) for n, c in OF_FRAMES.items() if n in wanted}
    print(conditions(keras.version(), flags))
    for suffix, xla in COMPILERS[flags.backend].items():
        times, memory = {}, {}
        for shape in flags.shapes:
            steps = {name: steps_of(name, shape, xla)[0] for name in rows}
            seconds = rounds(steps, flags.repeats, flags.seconds)
            times[shape] = {name: 1e3 * s for name, s in seconds.items()}
            if not flags.no_memory:
                memory[shape] = {name: peak_of(name, shape, xla) / 2**20 for name in rows}
        table(f"{flags.backend}{suffix}: training step", "ms (ratio)", times, rows)
        if memory:
            title = f"{flags.backend}{suffix}: peak memory of a training step"
            table(title, "MiB (ratio)", memory, rows)


if __name__ == "__main__":
    main()
