"""The model card: what was trained, on what, how good it is, how to use it."""

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

# What the cards of all models of text say.
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
It knows the texts it was trained on and no others: on other subjects, other kinds of text or other
languages it is as sure of itself and less often right. A score is not a measured probability of
being right. Nobody has looked for unwanted bias in the data or in the model."""


@dataclasses.dataclass(frozen=True)
class CardText:
    """What the model card of a task says, whatever the model was trained on.

    Args:
        what: a few words on what the model gives, such as "the class of a text".
        unit: what the examples of a data set are called, in the plural.
        served: how the SavedModel is called: a format string with `version`, its path; `folder`
            and `name`, under which a server finds it; `example`, an input; and `outputs`.
        outputs: the names of the outputs.
        limits: what the model cannot do.

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
        text: what the task says of its models.
        metrics: dictionary, as `Run.report` returns it.
        splits: dictionary of split name -> examples with a length and with `source`, where they
            come from.
        version: path of the SavedModel, or None.
        example: an input for it: a text, or the shape of an array.

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
    """What started this process, as one types it: a script, or a module of an installed package."""
    module = sys.modules["__main__"].__spec__
    program = ["-m", module.name] if module else sys.argv[:1]
    return shlex.join(["python", *program, *sys.argv[1:]])
