"""From a `.keras` file to a SavedModel, for every task."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from keras_seq.export.answer_format import AnswerFormat
from keras_seq.export.model_file import check_model_file
from keras_seq.export.process import ExportError, import_path, run_fresh
from keras_seq.export.verify import check_answers, first_not_finite, group_by_shape, shorten
from keras_seq.export.versions import new_version


def export_saved_model(
    model_path: str | Path,
    out: str | Path,
    *,
    builder: str,
    config: Mapping[str, Any],
    examples: Mapping[str, Sequence[Any]],
    expected: Mapping[str, Any],
    probes: Mapping[str, Mapping[str, Sequence[Any]]],
    others: Mapping[str, tuple[Any, Any]] | None = None,
    answer_format: AnswerFormat | None = None,
) -> Path:
    """Write and check the next version of a servable model; on failure nothing is written.

    A new process with the TensorFlow backend loads `model_path`, whichever backend trained it,
    and saves it with the signature `serving_default`. Another process, which cannot import
    keras_seq, loads the SavedModel and answers the examples. Its numbers must equal those of the
    training process to 1e-4; only then is the folder renamed to its version.

    Args:
        model_path: a `.keras` file.
        out: folder of the model; versions are `out/1`, `out/2`, ... Its name is the model's.
        builder: `"module:function"`. In the fresh process `function(model, config)` returns
            `(serve, resources)`: a tf.function whose `input_signature` names each input and which
            returns a dict of outputs, or a dictionary of such, `serving_default` among them; and a
            list of what it reads besides variables, as tables.
        config: arguments of the builder, which JSON can represent.
        examples: dict of input name -> list of N entries.
        expected: dict of output name -> array (N, ...) of numbers, from the training process; or
            list of N strings, or N lists of strings or numbers, of their own lengths, that the
            model may pad.
        probes: dict of a description -> dict of input name -> list: unusual calls, which must be
            answered with finite numbers.
        others: dict of the name of another signature -> `(examples, probes)`: the same examples as
            it takes them, of which the same is expected.
        answer_format: how `keras_seq.export.ask` prints an answer; None for a model that does not
            take `text`.

    Returns:
        pathlib.Path of the new version.

    Raises:
        ExportError: one sentence on what went wrong. Earlier versions are unchanged.
    """
    check_model_file(model_path)
    for name, values in expected.items():
        row = None if isinstance(values, list) else first_not_finite(values)
        if row is not None:
            example = ", ".join(shorten(column[row]) for column in examples.values())
            raise ExportError(
                f"{model_path}: the trained model gives nan or inf in `{name}` of {example}"
            )
    warm_up = [[0], *group_by_shape(examples)]
    with new_version(out) as new:
        run_fresh(
            ["-m", "keras_seq.export.write"],
            {
                "folder": str(new.folder.absolute()),
                "name": Path(out).absolute().name,
                "model_path": str(Path(model_path).absolute()),
                "builder": builder,
                "config": config,
                "warm_up": [
                    {name: [values[row] for row in rows] for name, values in examples.items()}
                    for rows in warm_up
                ],
            },
            python_path=import_path(),
        )
        if answer_format is not None:
            answer_format.save(new.folder)
        check_answers(new.folder.absolute(), examples, expected, probes)
        for signature, (examples, probes) in (others or {}).items():
            check_answers(new.folder.absolute(), examples, expected, probes, signature)
        return new.publish()
