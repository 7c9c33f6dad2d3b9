"""New Python processes on the TensorFlow backend that read a request and write a reply."""

import json
import os
import subprocess
import sys
import tempfile
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any


class ExportError(ValueError):
    """The reason why an export failed, in one sentence."""


def run_fresh(
    arguments: Sequence[str], request: Any, python_path: Sequence[str] | None = None
) -> Any:
    """Run `python *arguments REPLY` with `request` on its standard input; return its reply.

    The process always computes on the CPU with KERAS_BACKEND=tensorflow: it must not compete for a
    GPU that the training process uses, nor write graphs that need one.

    Args:
        arguments: list of str, the arguments of `python`, such as `["-m", "package.module"]`.
        request: any value that JSON can represent.
        python_path: list of folders to import from, before the interpreter's own.

    Returns:
        The JSON that the process wrote to the file REPLY.

    Raises:
        ExportError: the process replied `{"error": sentence}`, or ended without a reply. Its
            output is the `__cause__` of the error.
    """
    environment = dict(
        os.environ, KERAS_BACKEND="tensorflow", CUDA_VISIBLE_DEVICES="-1", TF_CPP_MIN_LOG_LEVEL="3"
    )
    if python_path is not None:
        environment["PYTHONPATH"] = os.pathsep.join(python_path)
    with tempfile.TemporaryDirectory() as folder:
        reply_path = Path(folder, "reply.json")
        # -P: neither the folder of a script nor the working folder is searched for modules.
        ended = subprocess.run(
            [sys.executable, "-P", *arguments, str(reply_path)],
            input=json.dumps(request),
            capture_output=True,
            text=True,
            errors="replace",
            env=environment,
        )
        reply = json.loads(reply_path.read_text()) if reply_path.exists() else None
    if reply is None:
        if ended.returncode < 0:
            sentence = f"a helper process was killed by signal {-ended.returncode}"
        else:
            sentence = f"a helper process ended early: {_last_line(ended.stderr)}"
        raise ExportError(sentence) from RuntimeError(ended.stderr)
    if "error" in reply:
        raise ExportError(reply["error"]) from RuntimeError(ended.stderr)
    return reply


def import_path() -> list[str]:
    """The folders that this process imports from, for another one that needs the same modules."""
    return [os.path.abspath(folder) for folder in sys.path]


def call_in_isolated_process(
    folder: str | Path,
    calls: Sequence[Mapping[str, Any]],
    signature: str = "serving_default",
) -> list[dict[str, Any]]:
    """Call a SavedModel in a fresh process that cannot import keras_seq.

    Args:
        folder: the SavedModel.
        calls: list of dict of input name -> nested list (strings, numbers) with the batch first.
        signature: the name of the signature to call.

    Returns:
        A list of dict of output name -> nested list, one for each call.

    Raises:
        ExportError: the model cannot be loaded there, or a call fails.
    """
    script = str(Path(__file__).with_name("isolated_process.py"))
    request = {"folder": str(folder), "calls": calls, "signature": signature}
    return run_fresh([script], request)["answers"]


def _last_line(text):
    lines = [line for line in text.splitlines() if line.strip()]
    return lines[-1].strip() if lines else "it printed nothing"
