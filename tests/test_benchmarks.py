"""The benchmark runs, and its table holds what it measured."""

import os
import re
import subprocess
import sys

import keras
import pytest


def benchmark(*flags, name="recurrent"):
    command = [sys.executable, "-m", f"tests.benchmarks.{name}", *flags]
    return subprocess.run(command, capture_output=True, text=True, env=dict(os.environ))


@pytest.mark.slow
def test_a_quick_run_prints_a_table_for_each_question():
    backend = keras.backend.backend()
    variants = ["--variants", "peephole", "torch_lstm"]
    done = benchmark("--backend", backend, "--quick", "--no-memory", *variants)
    assert done.returncode == 0, done.stderr
    modes = [backend, f"{backend}, XLA"] if backend == "tensorflow" else [backend]
    titles = re.findall("^### (.*)$", done.stdout, re.MULTILINE)
    assert titles == [
        f"{mode}: {what} step" for mode in modes for what in ("training", "inference")
    ]
    rows = re.findall(
        r"^\| ([\w.]+)(?:, peephole)? \| ([\d.e+]+) \(([\d.]+)\)", done.stdout, re.MULTILINE
    )
    assert len(rows) == (3 + 3) * len(modes)
    for name, value, ratio in rows:
        assert float(value) > 0
        assert name != "keras.layers.LSTM" or ratio == "1.00"


@pytest.mark.slow
def test_a_quick_run_of_the_layers_of_frames():
    backend = keras.backend.backend()
    done = benchmark("--backend", backend, "--quick", "--no-memory", name="conv_lstm")
    assert done.returncode == 0, done.stderr
    modes = [backend, f"{backend}, XLA"] if backend == "tensorflow" else [backend]
    titles = re.findall("^### (.*)$", done.stdout, re.MULTILINE)
    assert titles == [f"{mode}: training step" for mode in modes]
    rows = re.findall(
        r"^\| keras\S+ConvLSTM2D.* \| ([\d.e+]+) \(([\d.]+)\)", done.stdout, re.MULTILINE
    )
    assert len(rows) == 3 * len(modes)
    assert all(float(value) > 0 for value, _ in rows)
    assert rows[0][1] == "1.00"


@pytest.mark.slow
def test_a_quick_run_of_the_crf():
    backend = keras.backend.backend()
    done = benchmark("--backend", backend, "--quick", name="crf")
    assert done.returncode == 0, done.stderr
    modes = [backend, f"{backend}, XLA"] if backend == "tensorflow" else [backend]
    rows = re.findall(r"^\| keras_seq.crf \| ([\d.e+-]+) \(", done.stdout, re.MULTILINE)
    assert len(rows) == 4 * len(modes) and all(float(value) > 0 for value in rows)


@pytest.mark.slow
def test_a_quick_run_of_the_attention_decoder():
    backend = keras.backend.backend()
    done = benchmark("--backend", backend, "--quick", name="attention")
    assert done.returncode == 0, done.stderr
    modes = [backend, f"{backend}, XLA"] if backend == "tensorflow" else [backend]
    rows = re.findall(r"^\| keras\S* .*\| ([\d.e+-]+) \(", done.stdout, re.MULTILINE)
    assert len(rows) == 3 * len(modes) and all(float(value) > 0 for value in rows)


@pytest.mark.slow
@pytest.mark.skipif(keras.backend.backend() == "jax", reason="minutes of compiling")
def test_a_quick_run_of_the_searches():
    """It ends with an error where the three do not say the same tokens."""
    done = benchmark("--backend", keras.backend.backend(), "--quick", name="decoding")
    assert done.returncode == 0, done.stderr
    rows = re.findall(
        r"^\| (keras_seq|keras_hub|Python).* \| ([\d.]+) \(", done.stdout, re.MULTILINE
    )
    assert len(rows) in (3, 6) and all(float(value) > 0 for _, value in rows)


@pytest.mark.once
def test_an_unknown_variant_is_one_sentence():
    done = benchmark("--variants", "pephole")
    assert done.returncode != 0
    assert done.stderr.splitlines()[-1].startswith("--variants must be of keras_lstm, plain, ")


@pytest.mark.slow
@pytest.mark.once
def test_the_peak_of_a_step_is_at_least_what_it_must_keep():
    """Outputs, targets' difference and four gates, float32, of every step."""
    B, T, F, U = 64, 64, 64, 128
    done = benchmark("peephole", *map(str, (B, T, F, U)), name="memory")
    assert done.returncode == 0, done.stderr
    assert 6 * B * T * U * 4 < int(done.stdout.splitlines()[-1]) < 100 * B * T * U * 4
