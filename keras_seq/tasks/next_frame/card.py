"""What the model card of a frame predictor says."""

from keras_seq.training.model_card import CardText

_SERVED = """`{version}` takes frames and needs neither keras_seq nor Keras:

```python
import tensorflow as tf

model = tf.saved_model.load("{version}").signatures["serving_default"]
model(frames=frames)["next_frames"]  # frames: float32 {example}, values in [0, 1]
```

TensorFlow Serving finds it under `--model_base_path={folder} --model_name={name}`.
"""

_LIMITS = """\
It knows films like those it was trained on and no others. Where the future is open it shows the
mean of what may come: frames blur with the lead time, and faint or small things fade. It says
nothing of how sure it is. Nobody has looked for unwanted bias in the data or in the model."""

FRAME_PREDICTOR_CARD = CardText(
    what="how a film goes on",
    unit="clips",
    served=_SERVED,
    outputs="next_frames",
    limits=_LIMITS,
)
