"""How fast the recurrent layers are: a training and an inference step beside Keras's and torch's.

    python -m tests.benchmarks.recurrent --backend tensorflow

All contenders take turns, one measurement each a round, so that what else the machine does hits
all alike; times are medians over the rounds. A number in brackets is the time divided by that of
the layer named beside the table's row; the last column is the geometric mean of those.
"""

import argparse
import logging
import math
import os
import random
import statistics
import time

SHAPES = ["32,128,128,256", "8,200,64,64", "64,64,256,512"]
COMPILERS = {"tensorflow": {"": False, ", XLA": True}, "jax": {"": True}, "torch": {"": False}}


def arguments(about=__doc__, shapes=SHAPES, letters="B,T,F,U", quick="4,8,16,32", repeats=11):
    """The flags that the benchmarks share."""
    parser = argparse.ArgumentParser(description=about.splitlines()[0])
    parser.add_argument("--backend", choices=["tensorflow", "jax", "torch"], default="tensorflow")
    parser.add_argument("--shapes", nargs="+", default=shapes, metavar=letters)
    parser.add_argument("--variants", nargs="+", metavar="NAME", help="contenders.py names them")
    parser.add_argument("--repeats", type=int, default=repeats, help="rounds per shape")
    parser.add_argument("--seconds", type=float, default=0.05, help="one measurement lasts so long")
    parser.add_argument("--no-memory", action="store_true", help="leave peak memory out")
    parser.add_argument(
        "--quick", action="store_true", help="one small shape, two rounds: does it run?"
    )
    flags = parser.parse_args()
    if flags.quick:
        flags.shapes, flags.repeats, flags.seconds = [quick], 2, 0.001
    flags.shapes = [tuple(map(int, s.split(","))) for s in flags.shapes]
    return flags


def conditions(version, flags):
    """What the numbers were measured under."""
    return (
        f"keras {version}, {flags.backend}, {os.cpu_count()} cores, float32, medians of "
        f"{flags.repeats} rounds; load of the machine at the start {os.getloadavg()[0]:.1f}"
    )


def measure(step, seconds):
    """Seconds per call, over enough calls to be more than the clock's noise."""
    start = time.perf_counter()
    step()
    once = time.perf_counter() - start
    if once > 20 * seconds:
        return once
    calls = math.ceil(seconds / once)
    start = time.perf_counter()
    for _ in range(calls):
        step()
    return (time.perf_counter() - start) / calls


def rounds(steps, repeats, seconds):
    """The median seconds of each step, the steps taking turns in a new order every round."""
    times = {name: [] for name in steps}
    order, shuffle = list(steps), random.Random(0).shuffle
    for step in steps.values():
        step()
    for _ in range(repeats):
        shuffle(order)
        for name in order:
            times[name].append(measure(steps[name], seconds))
    return {name: statistics.median(t) for name, t in times.items()}


def table(title, unit, results, rows):
    """Markdown: a row for each contender, value and ratio at each shape, geometric mean.

    Args:
        results: {shape: {name: value}}.
        rows: {name: (title, name of the contender to divide by)}.
    """
    shapes = list(results)
    print(f"\n### {title}\n")
    print(f"| {unit} |", *(f"{shape} |" for shape in shapes), "ratio to | geometric mean |")
    print("|---|" + "---:|" * len(shapes) + "---|---:|")
    for name, (label, over) in rows.items():
        ratios = [results[s][name] / results[s][over] for s in shapes]
        cells = [f"{results[s][name]:.3g} ({r:.2f}) |" for s, r in zip(shapes, ratios, strict=True)]
        mean = math.exp(statistics.fmean(map(math.log, ratios)))
        print(f"| {label} |", *cells, f"{rows[over][0]} | {mean:.2f} |")


def main():
    flags = arguments()
    os.environ["KERAS_BACKEND"] = flags.backend
    os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
    logging.getLogger("tensorflow").setLevel("ERROR")  # it takes many contenders for retracing

    import keras

    from tests.benchmarks.contenders import CONTENDERS
    from tests.benchmarks.memory import peak_of
    from tests.benchmarks.steps import steps_of

    names = [n for n in CONTENDERS if n in (flags.variants or CONTENDERS)]
    if unknown := set(flags.variants or ()) - set(names):
        raise SystemExit(f"--variants must be of {', '.join(CONTENDERS)}. Received: {unknown}")
    for name in tuple(names):
        names += [n for n in (CONTENDERS[name].over, "keras_lstm") if n not in names]
    names.sort(key=list(CONTENDERS).index)
    rows = {n: (CONTENDERS[n].title, CONTENDERS[n].over) for n in names}
    print(conditions(keras.version(), flags))
    for suffix, xla in COMPILERS[flags.backend].items():
        training, inference, memory = {}, {}, {}
        for shape in flags.shapes:
            steps = {name: steps_of(name, shape, xla) for name in names}
            for results, which in ((training, 0), (inference, 1)):
                taking_turns = {name: pair[which] for name, pair in steps.items()}
                results[shape] = rounds(taking_turns, flags.repeats, flags.seconds)
        for what, seconds in (("training", training), ("inference", inference)):
            ms = {s: {n: 1e3 * t for n, t in times.items()} for s, times in seconds.items()}
            table(f"{flags.backend}{suffix}: {what} step", "ms (ratio)", ms, rows)
        if not flags.no_memory:
            compared = {n: rows[n] for n in names if n in ("keras_lstm", "plain", "peephole")}
            for B, T, F, U in flags.shapes:
                if B * T * U >= 2**20:  # what smaller ones take is lost in a process's own
                    shape = B, T, F, U
                    memory[shape] = {n: peak_of(n, shape, xla) / 2**20 for n in compared}
            title = f"{flags.backend}{suffix}: peak memory of a training step"
            if memory:
                table(title, "MiB (ratio)", memory, compared)


if __name__ == "__main__":
    main()
