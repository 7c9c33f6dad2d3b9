"""The process in which exports are tried has no keras_seq."""

import subprocess
import sys

import pytest

from keras_seq.export import ExportError, isolated_process
from keras_seq.export.process import call_in_isolated_process, run_fresh

pytestmark = pytest.mark.once


def test_keras_seq_is_refused_and_others_are_not():
    code = (
        "import importlib.util, runpy, sys\n"
        "print(importlib.util.find_spec('keras_seq') is not None)\n"
        f"names = runpy.run_path({isolated_process.__file__!r}, run_name='isolated_process')\n"
        "sys.meta_path.insert(0, names['RefuseKerasSeq']())\n"
        "import wave\n"
        "for name in ('keras_seq', 'keras_seq.checks'):\n"
        "    try: __import__(name)\n"
        "    except ModuleNotFoundError as error: print(error)\n"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout == "True\n" + "keras_seq must not be imported here\n" * 2


def test_a_folder_without_a_model(tmp_path):
    with pytest.raises(ExportError, match="cannot be run without keras_seq: OSError: ") as caught:
        call_in_isolated_process(tmp_path, [{"text": ["a"]}])
    assert str(tmp_path) in str(caught.value) and "\n" not in str(caught.value)


def test_a_process_that_dies(tmp_path):
    script = tmp_path / "dies.py"
    for code, message in (
        ("import os; os.kill(os.getpid(), 9)", "a helper process was killed by signal 9"),
        ("import no_such_thing", "ended early: ModuleNotFoundError: No module named 'no_such"),
    ):
        script.write_text(code)
        with pytest.raises(ExportError, match=message):
            run_fresh([str(script)], {})
