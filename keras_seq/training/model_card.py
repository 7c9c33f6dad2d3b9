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

{limits}
"""

_SERVED_TEXT = """`{version}` takes raw text and needs neither keras_seq nor Keras:

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

_SERVED_PAIRS = _SERVED_TEXT.replace("needs neither", "needs TensorFlow Text, but neither").replace(
    "import tensorflow as tf\n",
    "import tensorflow as tf\nimport tensorflow_text  # registers the operators of the subwords\n",
)

_SERVED_FRAMES = """`{version}` takes frames and needs neither keras_seq nor Keras:

```python
import tensorflow as tf

model = tf.saved_model.load("{version}").signatures["serving_default"]
model(frames=frames)["next_frames"]  # frames: float32 {example}, values in [0, 1]
```

TensorFlow Serving finds it under `--model_base_path={folder} --model_name={name}`.
"""

_TEXT_LIMITS = """\
It knows the texts it was trained on and no others: on other subjects, other kinds of text or other
languages it is as sure of itself and less often right. A score is not a measured probability of
being right. Nobody has looked for unwanted bias in the data or in the model."""

_PAIRS_LIMITS = f"""\
{_TEXT_LIMITS} A text is read whole, however long, but what is longer than any training text is
seldom translated well, and an output ends at the `max_length` of `model.keras`."""

_FRAMES_LIMITS = """\
It knows films like those it was trained on and no others. Where the future is open it shows the
mean of what may come: frames blur with the lead time, and faint or small things fade. It says
nothing of how sure it is. Nobody has looked for unwanted bias in the data or in the model."""


@dataclasses.dataclass(frozen=True)
class Kind:
    """What a card says of a kind of model: what it counts, how it is served, where it ends."""

    unit: str
    served: str
    limits: str
    outputs: str


KINDS = {
    "text": Kind("texts", _SERVED_TEXT, _TEXT_LIMITS, "label, score, probabilities"),
    "tags": Kind(
        "sentences", _SERVED_TEXT, _TEXT_LIMITS, "tokens, tags, span_start, span_end, ..."
    ),
    "words": Kind("sentences", _SERVED_TEXT, _TEXT_LIMITS, "words, segmented"),
    "pairs": Kind("pairs", _SERVED_PAIRS, _PAIRS_LIMITS, "translation, score"),
    "frames": Kind("clips", _SERVED_FRAMES, _FRAMES_LIMITS, "next_frames"),
}

_KERAS = "`model.keras` is the Keras model: `import keras_seq`, then `keras.saving.load_model`."


def model_card(run, what, metrics, splits, version=None, example="", kind="text"):
    """Write `README.md` into the folder of a run.

    Args:
        run: the `Run`.
        what: a few words on what the model does.
        metrics: dictionary, as `Run.report` returns it.
        splits: dictionary of split name -> `LabelledText`, `Clips` or what else has `source` and
            a length.
        version: path of the SavedModel, or None.
        example: a text to ask it, or of kind "frames" the shape of its input.
        kind: "text", "tags", "words", "pairs" or "frames".
    """
    use, kind = [_KERAS], KINDS[kind]
    if version:
        example = " ".join(example.replace("'", "").replace('"', "").split())[:200]
        served = {
            "version": version,
            "folder": run.folder,
            "name": run.name,
            "example": example,
            "outputs": kind.outputs,
        }
        use.insert(0, kind.served.format(**served))
    scores = {k: v for k, v in metrics.items() if isinstance(v, float) and k != "seconds"}
    figures = sorted(p.name for p in (run.folder / "figures").iterdir())
    settings = dataclasses.asdict(run.config).items()
    on_test = metrics["evaluated_on"] == "test"
    card = _CARD.format(
        name=run.name,
        what=what,
        **{key: metrics["versions"][key] for key in ("keras", "keras_seq")},
        **{key: metrics[key] for key in ("backend", "seconds", "evaluated_on")},
        seen="never saw" if on_test else "saw only to choose its last epoch",
        results="\n".join(f"| {key.replace('_', ' ')} | {scores[key]:.4f} |" for key in scores),
        figures="\n".join(
            f"[{name}](figures/{name})" if name.endswith(".html") else f"![{name}](figures/{name})"
            for name in figures
        ),
        data="\n".join(
            f"- {key}: {len(s)} {kind.unit} from {s.source}" for key, s in splits.items()
        ),
        use="\n".join(use),
        command=shlex.join(["python", *sys.argv]),
        limits=kind.limits,
        settings="\n".join(f"| {key} | {value} |" for key, value in settings),
    )
    return run.write("README.md", card)
