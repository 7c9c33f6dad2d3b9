"""The model card: what was trained, on what, how good it is, how to use it."""

import dataclasses
import shlex
import sys

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

It knows the texts it was trained on and no others: on other subjects, other kinds of text or other
languages it is as sure of itself and less often right. A score is not a measured probability of
being right. Nobody has looked for unwanted bias in the data or in the model.
"""

_SERVED = """`{version}` takes raw text and needs neither keras_seq nor Keras:

```python
import tensorflow as tf

model = tf.saved_model.load("{version}").signatures["serving_default"]
model(text=tf.constant(["{example}"]))  # {answers}
```

TensorFlow Serving finds it under `--model_base_path={folder} --model_name={name}`:

```
curl -d '{{"instances": ["{example}"]}}' localhost:8501/v1/models/{name}:predict
```
"""

_KERAS = "`model.keras` is the Keras model: `import keras_seq`, then `keras.saving.load_model`."


def model_card(
    run,
    what,
    metrics,
    splits,
    version=None,
    example="",
    answers="label, score, probabilities",
):
    """Write `README.md` into the folder of a run.

    Args:
        run: the `Run`.
        what: a few words on what the model does.
        metrics: dictionary, as `Run.report` returns it.
        splits: dictionary of split name -> `LabelledText`.
        version: path of the SavedModel, or None.
        example: a text to ask it.
        answers: what it gives, in words.
    """
    use = [_KERAS]
    if version:
        example = " ".join(example.replace("'", "").replace('"', "").split())[:200]
        served = {"version": version, "folder": run.folder, "name": run.name, "example": example}
        served["answers"] = answers
        use.insert(0, _SERVED.format(**served))
    scores = {k: v for k, v in metrics.items() if isinstance(v, float) and k != "seconds"}
    figures = sorted(path.name for path in (run.folder / "figures").glob("*.png"))
    settings = dataclasses.asdict(run.config).items()
    on_test = metrics["evaluated_on"] == "test"
    card = _CARD.format(
        name=run.name,
        what=what,
        **{key: metrics["versions"][key] for key in ("keras", "keras_seq")},
        **{key: metrics[key] for key in ("backend", "seconds", "evaluated_on")},
        seen="never saw" if on_test else "saw only to choose its last epoch",
        results="\n".join(f"| {key.replace('_', ' ')} | {scores[key]:.4f} |" for key in scores),
        figures="\n".join(f"![{name}](figures/{name})" for name in figures),
        data="\n".join(f"- {key}: {len(t)} texts from {t.source}" for key, t in splits.items()),
        use="\n".join(use),
        command=shlex.join(["python", *sys.argv]),
        settings="\n".join(f"| {key} | {value} |" for key, value in settings),
    )
    return run.write("README.md", card)
