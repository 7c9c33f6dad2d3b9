"""The text of the model card of a frame predictor."""

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
The model was trained on the videos above only. Where several futures are possible it predicts their
mean: frames blur with the lead time, and faint or small objects fade. It gives no measure of its
uncertainty. The data and the model have not been checked for unwanted bias."""

FRAME_PREDICTOR_CARD = CardText(
    what="the next frames of a video",
    unit="clips",
    served=_SERVED,
    outputs="next_frames",
    limits=_LIMITS,
)
