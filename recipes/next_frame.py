"""Next-frame prediction: continues a video from its first frames.

Data     embedded digits that drift, bounce and overlap; or --data FILE or FOLDER (.npy, .npz, a
         video, a GIF, images, MNIST's digits), --data tfds:moving_mnist
Model    ConvLSTM encoder-forecaster (Shi et al. 2015) or next-frame stack, on patches of pixels
Result   embedded test: MSE 58 % lower than a copy of the last frame, 36 % lower than a blank frame
Time     15 minutes on 2 shared CPU cores, compilation and export included
Run      python recipes/next_frame.py [--backend jax] [--data radar.npz] [--horizon 6] [--help]
Writes   saved_models/next_frame/: 1/ (SavedModel: frames in, next frames out), model.keras,
         config.json, metrics.json, history.csv, predictions.tsv, README.md, figures/:
         prediction.gif, frames.png, lead_time.png, curves.png
"""

from dataclasses import dataclass
from typing import Literal

import keras

from keras_seq.callbacks import ScheduledSampling
from keras_seq.export import in_float32, tree
from keras_seq.losses import WeightedMean
from keras_seq.models import FramePredictor
from keras_seq.tasks.next_frame import (
    FRAME_PREDICTOR_CARD,
    FrameBatches,
    FrameScores,
    FutureError,
    clips_by_error,
    export_frame_predictor,
    frame_strip,
    lead_time_curves,
    lead_time_weights,
    prediction_gif,
    video_splits,
)
from keras_seq.training.config import (
    ClosedUnitInterval,
    NonNegativeFloat,
    NonNegativeInt,
    PositiveFloat,
    PositiveInt,
    Settings,
    Text,
    UnitInterval,
)
from keras_seq.training.devices import device_scope
from keras_seq.training.fit import train_model
from keras_seq.training.launch import run_recipe
from keras_seq.training.model_card import write_model_card
from keras_seq.training.optimizers import make_optimizer
from keras_seq.training.plots import curves


@dataclass
class Config(Settings):
    validation: Text | None = None  # path; else the split of the data, else 1/10 of the data
    test: Text | None = None  # path; else the split of the data, else 1/10 of the data
    epochs: PositiveInt = 4  # largest number of passes over the training data
    epoch_clips: PositiveInt = 1000  # clips per epoch; with fewer clips, they are repeated
    batch_size: PositiveInt = 4  # number of clips in a batch
    learning_rate: PositiveFloat = 2e-3  # initial learning rate, followed by cosine decay
    frames_in: PositiveInt = 10  # number of input frames
    horizon: PositiveInt = 10  # number of frames to predict
    pool: PositiveInt = 1  # average pooling of the frames over squares of this side, in pixels
    scale: PositiveFloat | None = None  # values are divided by it; default: 1 or 255, by the data
    flip: bool = False  # random flips of training clips, for videos without an orientation
    threshold: UnitInterval | None = None  # value from which a pixel is an event, for CSI
    design: Literal["encoder_forecaster", "next_frame"] = "encoder_forecaster"
    cell: Literal["lstm", "peephole", "channel_peephole", "coupled", "layer_norm", "gru"] = "lstm"
    filters: PositiveInt = 32  # number of filters of each layer
    layers: PositiveInt = 2  # number of stacked recurrent layers
    kernel_size: PositiveInt = 3  # size of the kernels, in patches
    patch: PositiveInt = 4  # side of the patches that become channels, in pixels
    reads: PositiveInt = 2  # latest frames that each step reads; Shi et al.: 1
    motions: NonNegativeInt = 2  # motions of a patch from frame to frame; Shi et al.: 0
    loss: Literal["binary_crossentropy", "mse", "mae"] = "binary_crossentropy"
    alike: bool = True  # weight lead times so that all have about the same part in the loss
    sampling: ClosedUnitInterval = 1.0  # probability of own predictions as inputs in epoch 1
    sampling_epochs: PositiveInt = 2  # epochs until this probability is 1
    weight_decay: NonNegativeFloat = 1e-5  # decoupled, multiplied by the learning rate
    clip_norm: NonNegativeFloat = 1.0  # largest norm of the gradient of all weights; 0: no clipping
    shown: PositiveInt = 3  # number of videos in prediction.gif

    def may_differ(self):
        return super().may_differ() - {"epochs"}  # over which the learning rate falls


def main(config, run):
    # Data
    any_size = config.cell != "peephole"  # which has weights for each position
    shared = (config.frames_in, config.horizon, config.pool, config.scale)
    splits = video_splits(config, *shared, any_size=any_size)
    H, W, C = splits["train"].frame_shape
    # The stack learns from each frame it reads, the forecaster from those to be predicted.
    first = {"next_frame": 1, "encoder_forecaster": config.frames_in}[config.design]
    arguments = (config.frames_in, config.batch_size, config.seed)
    learn = {"targets_from": first}
    if config.alike:
        learn["lead_time_weights"] = lead_time_weights(splits["train"], config.frames_in)
    least = min(config.epoch_clips, config.max_examples or config.epoch_clips)
    train = FrameBatches(splits["train"], *arguments, min_clips=least, flip=config.flip, **learn)
    validation = FrameBatches(splits["validation"], *arguments, shuffle=False, **learn)
    test = FrameBatches(splits["test"], *arguments, shuffle=False)

    with device_scope(config.devices):
        # Model
        arguments = config.arguments_of(
            FramePredictor,
            architecture="design",
            num_layers="layers",
            patch_size="patch",
            frames_per_step="reads",
            num_motions="motions",
            sampling_probability="sampling",
        )
        model = FramePredictor((None, None, C) if any_size else (H, W, C), **arguments)
        steps = config.epochs * len(train)
        rate = keras.optimizers.schedules.CosineDecay(config.learning_rate, steps)
        optimizer = make_optimizer("adamw", rate, config.weight_decay, config.clip_norm)
        # What is masked, or fills a batch up for several devices, has weight 0.
        loss = {
            "binary_crossentropy": keras.losses.BinaryCrossentropy,
            "mse": keras.losses.MeanSquaredError,
            "mae": keras.losses.MeanAbsoluteError,
        }[config.loss]
        loss = WeightedMean(loss())
        # The loss weighs lead times; mse does not, and is of the same pixels as in metrics.json.
        model.compile(optimizer, loss, weighted_metrics=[FutureError(config.horizon)])
        print(f"{model.count_params()} weights")

        # Fit
        sampling = ScheduledSampling(config.sampling, 1.0, epochs=config.sampling_epochs)
        history, best_epoch = train_model(
            run, model, train, validation, monitor="val_mse", callbacks=[sampling]
        )
        # Without FutureError, model.keras loads with `import keras_seq` alone.
        model.compile(optimizer, loss)

    # Evaluate
    model = in_float32(model)  # the exported model computes in float32
    scores = FrameScores(config.threshold)
    for frames, mask in map(test.full_clips, range(len(test))):
        predicted = model.predict_frames(frames[:, : config.frames_in], config.horizon)
        scores.add(frames, predicted, mask)
    metrics = run.report(history, {"evaluated_on": "test", **scores.result()})
    run.write_table("predictions.tsv", scores.clips())

    # Plot
    def predict(frames):
        return model.predict_frames(frames[None, : config.frames_in], config.horizon)[0]

    figures = run.folder / "figures"
    curves(history, figures / "curves.png", chosen=best_epoch)
    lead_time_curves(metrics, figures / "lead_time.png")
    shown = clips_by_error(splits["test"], scores.clips()["mse"], predict, config.shown)
    prediction_gif(shown, figures / "prediction.gif")
    name, frames, predicted, mask = shown[len(shown) // 2]
    frame_strip(frames, predicted, figures / "frames.png", name.replace("\n", " "), mask)

    # Export
    path, version = run.save(model), None
    if config.export:
        given = [clip[: config.frames_in] for _, clip, _, _ in shown]
        shorter = given[0][1:] if config.frames_in > 1 else shown[0][1][:2]
        examples = [*given[:2], shorter]
        expected = [predict(example) for example in examples]
        version = export_frame_predictor(path, config.horizon, run.folder, examples, expected)
        print(tree(version))
    shape = f"(batch, time, {', '.join(map(str, frames.shape[1:]))})"
    write_model_card(run, FRAME_PREDICTOR_CARD, metrics, splits, version, shape)


if __name__ == "__main__":
    run_recipe(Config, main)
