"""The SavedModel in a server that has no Python: TensorFlow's C API, with serve.c."""

import shutil
import subprocess
from pathlib import Path

import numpy as np
import pytest
import tensorflow as tf
from tensorflow.core.protobuf.saved_model_pb2 import SavedModel

from keras_seq.export import isolated_process

pytestmark = pytest.mark.once

TEXTS = ["I like the cast.", "", "bad", "I do not like it, but 不好 naïve", "word " * 3000]


@pytest.mark.slow
@pytest.mark.skipif(shutil.which("gcc") is None, reason="there is no C compiler here")
def test_without_python(exported, tmp_path):
    program = tmp_path / "serve"
    libraries = Path(tf.sysconfig.get_lib())
    subprocess.run(
        [
            "gcc",
            "-Wall",
            "-Werror",
            str(Path(__file__).with_name("serve.c")),
            f"-I{tf.sysconfig.get_include()}",
            f"-L{libraries}",
            "-l:libtensorflow_cc.so.2",
            "-l:libtensorflow_framework.so.2",
            f"-Wl,-rpath,{libraries}",
            "-o",
            str(program),
        ],
        check=True,
    )
    names = tensors_of_signature(exported.folder)
    for texts in (TEXTS, []):
        done = subprocess.run(
            [program, exported.folder, names["text"], names["label"], names["score"], *texts],
            capture_output=True,
            text=True,
            env={},  # not even where Python would look for modules
        )
        assert done.returncode == 0, done.stderr
        rows = [line.split("\t") for line in done.stdout.splitlines()]
        (answer,) = isolated_process.answer(str(exported.folder), [{"text": texts}])
        assert [label for label, _ in rows] == answer["label"]
        scores = np.array([score for _, score in rows], "float32")
        np.testing.assert_allclose(scores, answer["score"], rtol=0, atol=1e-6)


def test_nothing_is_compiled_anew_for_each_shape(exported):
    fields = graph_of(exported.folder).graph_def.ListFields()
    (functions,) = [value.function for field, value in fields if field.name == "library"]
    operations = {node.op for function in functions for node in function.node_def}
    assert {"While", "StatelessWhile"} & operations  # time stays a loop
    assert not [f.signature.name for f in functions if "grad" in f.signature.name]
    assert not {"XlaCallModule", "XlaLaunch", "PyFunc", "EagerPyFunc"} & operations
    assert "_XlaMustCompile" not in {name for function in functions for name in function.attr}


def graph_of(folder):
    (graph,) = SavedModel.FromString((folder / "saved_model.pb").read_bytes()).meta_graphs
    return graph


def tensors_of_signature(folder):
    """Graph tensors by the names that the signature gives them."""
    signature = graph_of(folder).signature_def["serving_default"]
    tensors = {**signature.inputs, **signature.outputs}
    return {key: tensor.name for key, tensor in tensors.items()}
