"""How fast an attention decoder is: a training step beside keras.layers.RNN with plain attention.

    python -m tests.benchmarks.attention --backend torch

LSTM, Bahdanau's attention and input feeding, M = 2 U. The contenders take turns, one measurement
each a round; times are medians over the rounds, in brackets divided by that of keras.layers.RNN.
"""

import os

from tests.benchmarks.recurrent import COMPILERS, arguments, conditions, rounds, table

SHAPES = ["32,30,30,128,256", "64,20,20,256,512"]
ROWS = {
    "plain": ("keras.layers.RNN, attention written plainly", "plain"),
    "ours": ("keras_seq.AttentionRNN", "plain"),
    "unfed": ("keras_seq.AttentionRNN, no input feeding", "plain"),
}


def main():
    flags = arguments(__doc__, SHAPES, "B,T,S,F,U", quick="2,3,4,5,6", repeats=5)
    os.environ["KERAS_BACKEND"] = flags.backend
    os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")

    import keras
    import numpy as np

    import keras_seq
    from tests.benchmarks import steps
    from tests.benchmarks.plain_attention import plain

    def ours(inputs, memory, units, input_feeding=True):
        cell, attention = keras_seq.LSTMCell(units), keras_seq.AdditiveAttention(units)
        cell = keras_seq.AttentionCell(cell, attention, input_feeding=input_feeding)
        return keras_seq.AttentionRNN(cell)(inputs, memory)

    makers = {"plain": plain, "ours": ours, "unfed": lambda *x: ours(*x, input_feeding=False)}

    def training_step(name, shape, xla):
        B, T, S, F, U = shape
        random = np.random.default_rng(0)
        symbols = [keras.Input((T, F)), keras.Input((S, 2 * U))]
        model = keras.Model(symbols, makers[name](*symbols, U))
        x = [random.normal(size=(B, *s.shape[1:])).astype("float32") for s in symbols]
        y = random.normal(size=(B, T, U)).astype("float32")
        model.compile(keras.optimizers.SGD(1e-3), "mse", jit_compile=xla)
        model.train_on_batch(x, y)
        model.make_train_function()
        model.make_predict_function()
        data = keras.tree.map_structure(keras.ops.convert_to_tensor, (tuple(x), y))
        of_backend = {
            "tensorflow": steps.tensorflow_steps,
            "jax": steps.jax_steps,
            "torch": steps.keras_torch_steps,
        }
        return of_backend[flags.backend](model, data)[0]

    print(conditions(keras.version(), flags))
    wanted = {"plain", *(flags.variants or ROWS)}
    rows = {name: row for name, row in ROWS.items() if name in wanted}
    for suffix, xla in COMPILERS[flags.backend].items():
        times = {}
        for shape in flags.shapes:
            contenders = {name: training_step(name, shape, xla) for name in rows}
            seconds = rounds(contenders, flags.repeats, flags.seconds)
            times[shape] = {name: 1e3 * s for name, s in seconds.items()}
        table(f"{flags.backend}{suffix}: training step", "ms (ratio)", times, rows)


if __name__ == "__main__":
    main()
