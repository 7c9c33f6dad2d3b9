"""From a `.keras` file to the next version of a servable model, or to one sentence."""

import zipfile

import keras
import numpy as np
import pytest

from keras_seq.export import ExportError, export_saved_model, in_float32
from keras_seq.export.model_file import check_model_file, load_model_file
from tests.export.conftest import arguments_for
from tests.export.stand_in import TEXTS, Unknown, classifier_of, ids_of, model_of_ids


def files_of(folder):
    return {p.relative_to(folder): p.read_bytes() for p in folder.rglob("*") if p.is_file()}


def sentence_of(caught):
    """The message, which must be one line for a person."""
    text = str(caught.value)
    assert "\n" not in text and "Traceback" not in text and len(text) < 500
    return text


@pytest.mark.once
def test_a_second_export_is_version_2_and_version_1_stays(in_process, arguments):
    first = export_saved_model(**arguments)
    before = files_of(first)
    second = export_saved_model(**arguments)
    assert (first.name, second.name) == ("1", "2")
    assert files_of(first) == before
    assert sorted(p.name for p in arguments["out"].iterdir()) == ["1", "2"]


@pytest.mark.once
@pytest.mark.parametrize(
    "change, message",
    [
        (
            {"builder": "tests.export.stand_in:build_nothing"},
            "cannot be exported: RuntimeError: the tags are missing$",
        ),
        (
            {"builder": "tests.export.stand_in:build_with_python_inside"},
            "cannot be run without keras_seq: ",
        ),
    ],
)
def test_a_failed_export_leaves_nothing(arguments, change, message):
    with pytest.raises(ExportError, match=message) as caught:
        export_saved_model(**arguments | change)
    sentence_of(caught)
    assert "Traceback" in str(caught.value.__cause__)  # for whoever wants to know more
    assert list(arguments["out"].iterdir()) == []


@pytest.mark.once
def test_an_export_that_answers_differently_leaves_nothing(in_process, arguments):
    first = export_saved_model(**arguments)
    before = files_of(first)
    arguments["expected"]["probabilities"][1, 2] += 0.0123
    with pytest.raises(ExportError, match="differs from the trained one by 0.0123 ") as caught:
        export_saved_model(**arguments)
    assert repr(TEXTS[1]) in sentence_of(caught)
    assert list(arguments["out"].iterdir()) == [first]
    assert files_of(first) == before


@pytest.mark.once
def test_nan_is_refused(in_process, arguments, tmp_path):
    arguments["expected"]["probabilities"][2, 0] = np.nan
    with pytest.raises(ExportError, match="gives nan or inf in `probabilities` of 'a'$") as caught:
        export_saved_model(**arguments)
    sentence_of(caught)
    # Stock mean pooling divides by the number of real steps, and an empty text has none.
    model = model_of_ids(keras.layers.GlobalAveragePooling1D())
    model.save(tmp_path / "model.keras")
    with pytest.raises(ExportError, match="nan or inf in `probabilities` for the empty text$"):
        export_saved_model(**arguments_for(model, tmp_path))
    assert list(arguments["out"].iterdir()) == []


@pytest.mark.once
def test_a_folder_that_cannot_be_written(arguments, tmp_path):
    (tmp_path / "file").write_text("in the way")
    for out in (tmp_path / "file", tmp_path / "file" / "letters", "/proc/letters"):
        with pytest.raises(ExportError, match="cannot be written: ") as caught:
            export_saved_model(**arguments | {"out": out})
        assert sentence_of(caught).startswith(str(out))


@pytest.mark.once
def test_a_description_of_absurd_size_is_refused_unread(tmp_path):
    path = tmp_path / "model.keras"
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("config.json", " " * 60_000_000)
        archive.writestr("model.weights.h5", "")
    with pytest.raises(ExportError, match="config.json in it has 60 MB, which no model needs"):
        check_model_file(path)


@pytest.mark.once
def test_a_damaged_model_file(tmp_path):
    path = tmp_path / "model.keras"
    model_of_ids().save(path)
    check_model_file(path)
    whole = path.read_bytes()
    flipped = bytearray(whole)
    flipped[whole.index(b"model.weights.h5") + 2000] ^= 1
    damaged = [whole[: len(whole) * k // 8] for k in range(8)] + [whole[:-1], b"rot" * 99, flipped]
    for content in damaged:
        path.write_bytes(content)
        with pytest.raises(ExportError, match="not a whole .keras file|damaged") as caught:
            check_model_file(path)
        assert sentence_of(caught).startswith(str(path))
    with pytest.raises(ExportError, match="there is no such file"):
        check_model_file(tmp_path / "other.keras")


@pytest.mark.once
def test_code_in_a_model_file_is_refused(tmp_path):
    """Keras's safe mode, without which this model would load, and write a file when called."""
    mark = tmp_path / "mark"
    layer = keras.layers.Lambda(lambda x, p=str(mark): (open(p, "w").close(), x)[1])  # noqa: SIM115
    inputs = keras.Input((2,))
    keras.Model(inputs, layer(inputs)).save(tmp_path / "model.keras")
    mark.unlink()
    with pytest.raises(ExportError, match="cannot be loaded: .*Lambda") as caught:
        load_model_file(tmp_path / "model.keras")
    sentence_of(caught)
    assert not mark.exists()


@pytest.mark.once
def test_a_class_that_is_not_known(tmp_path, monkeypatch):
    inputs = keras.Input((2,))
    keras.Model(inputs, Unknown()(inputs)).save(tmp_path / "model.keras")
    monkeypatch.delitem(keras.saving.get_custom_objects(), "tests>Unknown")
    monkeypatch.setattr("tests.export.stand_in.Unknown", None)
    with pytest.raises(ExportError, match="cannot be loaded: Could not locate class") as caught:
        load_model_file(tmp_path / "model.keras")
    sentence_of(caught)


@pytest.mark.parametrize("ours", [True, False])
@pytest.mark.parametrize("policy", ["mixed_bfloat16", "mixed_float16"])
def test_a_model_in_half_precision_becomes_one_in_float32(policy, ours):
    def model():
        return classifier_of(range(51)) if ours else model_of_ids()

    keras.config.set_dtype_policy(policy)
    half = model()
    keras.config.set_dtype_policy("float32")
    full = in_float32(half)
    plain = model()
    plain.set_weights(half.get_weights())
    ids = ids_of(TEXTS)[:, :6]
    expected = plain.predict(ids, verbose=0)
    np.testing.assert_array_equal(full.predict(ids, verbose=0), expected)
    assert np.abs(half.predict(ids, verbose=0) - expected).max() > 1e-5
    assert in_float32(plain) is plain
