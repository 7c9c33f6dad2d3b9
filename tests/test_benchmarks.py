"""The benchmark runs, and its table holds what it measured.

The scripts are the same on all backends. They run on PyTorch, where nothing has to be compiled.
"""

import os
import re
import subprocess
import sys

import keras
import pytest

quick = pytest.mark.skipif(
    keras.backend.backend() != "torch", reason="runs on PyTorch, which compiles nothing"
)


def benchmark(*flags, name="recurrent"):
    command = [sys.executable, "-m", f"tests.benchmarks.{name}", *flags]
    return subprocess.run(command, capture_output=True, text=True, env=dict(os.environ))


@pytest.mark.slow
@quick
def test_a_quick_run_prints_a_table_for_each_question():
    variants = ["--variants", "peephole", "torch_lstm"]
    done = benchmark("--backend", "torch", "--quick", "--no-memory", *variants)
    assert done.returncode == 0, done.stderr
    titles = re.findall("^### (.*)$", done.stdout, re.MULTILINE)
    assert titles == ["torch: training step", "torch: inference step"]
    rows = re.findall(
        r"^\| ([\w.]+)(?:, peephole)? \| ([\d.e+]+) \(([\d.]+)\)", done.stdout, re.MULTILINE
    )
    assert len(rows) == 3 + 3
    for name, value, ratio in rows:
        assert float(value) > 0
        assert name != "keras.layers.LSTM" or ratio == "1.00"


@pytest.mark.slow
@quick
def test_a_quick_run_of_the_layers_of_frames():
    done = benchmark("--backend", "torch", "--quick", "--no-memory", name="conv_lstm")
    assert done.returncode == 0, done.stderr
    titles = re.findall("^### (.*)$", done.stdout, re.MULTILINE)
    assert titles == ["torch: training step"]
    rows = re.findall(
        r"^\| keras\S+ConvLSTM2D.* \| ([\d.e+]+) \(([\d.]+)\)", done.stdout, re.MULTILINE
    )
    assert len(rows) == 3
    assert all(float(value) > 0 for value, _ in rows)
    assert rows[0][1] == "1.00"


@pytest.mark.slow
@quick
def test_a_quick_run_of_the_crf():
    done = benchmark("--backend", "torch", "--quick", name="crf")
    assert done.returncode == 0, done.stderr
    rows = re.findall(r"^\| keras_seq.crf \| ([\d.e+-]+) \(", done.stdout, re.MULTILINE)
    assert len(rows) == 4 and all(float(value) > 0 for value in rows)


@pytest.mark.slow
@quick
def test_a_quick_run_of_the_attention_decoder():
    done = benchmark("--backend", "torch", "--quick", name="attention")
    assert done.returncode == 0, done.stderr
    rows = re.findall(r"^\| keras\S* .*\| ([\d.e+-]+) \(", done.stdout, re.MULTILINE)
    assert len(rows) == 3 and all(float(value) > 0 for value in rows)


@pytest.mark.slow
@quick
def test_a_quick_run_of_the_searches():
    """It ends with an error where the three do not say the same tokens."""
    done = benchmark("--backend", "torch", "--quick", name="decoding")
    assert done.returncode == 0, done.stderr
    rows = re.findall(
        r"^\| (keras_seq|keras_hub|Python).* \| ([\d.]+) \(", done.stdout, re.MULTILINE
    )
    assert len(rows) == 3 and all(float(value) > 0 for _, value in rows)


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
