"""The model card: the model, its data, its results and its use."""

import dataclasses
import shlex
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from keras_seq.training.run import Run

_CARD = """# {name}: {what}

Trained in {seconds:.0f} seconds with keras_seq {keras_seq}, Keras {keras} and {backend}.

## Results

On the {evaluated_on} data, which the training {seen}:

| | |
|---|---|
{results}

{figures}

## Data

{data}

## Use

{use}

## Settings

`{command}`

| setting | value |
|---|---|
{settings}

## Limits

{limits}
"""

# The text that the cards of all text models share.
SERVED_TEXT = """`{version}` takes raw text and needs neither keras_seq nor Keras:

```python
import tensorflow as tf

model = tf.saved_model.load("{version}").signatures["serving_default"]
model(text=tf.constant(["{example}"]))  # {outputs}
```

TensorFlow Serving finds it under `--model_base_path={folder} --model_name={name}`:

```
curl -d '{{"instances": ["{example}"]}}' localhost:8501/v1/models/{name}:predict
```
"""

TEXT_LIMITS = """\
The model was trained on the data above only. On other subjects, kinds of text or languages it makes
more errors, although its scores may be as high. A score is not a calibrated probability of being
right. The data and the model have not been checked for unwanted bias."""


@dataclasses.dataclass(frozen=True)
class CardText:
    """The part of the model card that depends on the task but not on the data.

    Args:
        what: the result of the model in a few words, such as "the class of a text".
        unit: the name of the examples of a data set, in the plural.
        served: text on the use of the SavedModel: a format string with its path `version`, the
            `folder` and `name` for a server, an input `example`, and `outputs`.
        outputs: the names of the outputs.
        limits: the limits of the model.

    Example:

    >>> from keras_seq.training.model_card import SERVED_TEXT, TEXT_LIMITS, CardText
    >>> card = CardText("the class of a text", "texts", SERVED_TEXT, "label, score", TEXT_LIMITS)
    """

    what: str
    unit: str
    served: str
    outputs: str
    limits: str


_KERAS = "`model.keras` is the Keras model: `import keras_seq`, then `keras.saving.load_model`."


def write_model_card(
    run: Run,
    text: CardText,
    metrics: Mapping[str, Any],
    splits: Mapping[str, Any],
    version: Path | None = None,
    example: str = "",
) -> Path:
    """Write `README.md` into the folder of a run.

    Args:
        run: the `Run`.
        text: the `CardText` of the task.
        metrics: dictionary, as `Run.report` returns it.
        splits: dictionary of split name -> examples, which have a length and a `source`.
        version: path of the SavedModel, or None.
        example: an example input: a text, or the shape of an array.

    Returns:
        pathlib.Path of the card.
    """
    use = [_KERAS]
    if version:
        example = " ".join(example.replace("'", "").replace('"', "").split())[:200]
        served = {
            "version": version,
            "folder": run.folder,
            "name": run.name,
            "example": example,
            "outputs": text.outputs,
        }
        use.insert(0, text.served.format(**served))
    scores = {k: v for k, v in metrics.items() if isinstance(v, float) and k != "seconds"}
    figures = sorted(p.name for p in (run.folder / "figures").iterdir())
    settings = dataclasses.asdict(run.config).items()
    on_test = metrics["evaluated_on"] == "test"
    card = _CARD.format(
        name=run.name,
        what=text.what,
        **{key: metrics["versions"][key] for key in ("keras", "keras_seq")},
        **{key: metrics[key] for key in ("backend", "seconds", "evaluated_on")},
        seen="never saw" if on_test else "saw only to choose its last epoch",
        results="\n".join(f"| {key.replace('_', ' ')} | {scores[key]:.4f} |" for key in scores),
        figures="\n".join(
            f"[{name}](figures/{name})" if name.endswith(".html") else f"![{name}](figures/{name})"
            for name in figures
        ),
        data="\n".join(
            f"- {key}: {len(s)} {text.unit} from {s.source}" for key, s in splits.items()
        ),
        use="\n".join(use),
        command=_command(),
        limits=text.limits,
        settings="\n".join(f"| {key} | {value} |" for key, value in settings),
    )
    return run.write("README.md", card)


def _command():
    """The command that started this process: a script, or a module of an installed package."""
    module = sys.modules["__main__"].__spec__
    program = ["-m", module.name] if module else sys.argv[:1]
    return shlex.join(["python", *program, *sys.argv[1:]])
