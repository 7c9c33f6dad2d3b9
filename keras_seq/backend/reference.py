"""The meaning of every function of this folder, in keras.ops: slow, plain, right."""

import keras
from keras import ops

from keras_seq.dropout import DropoutMasks

if keras.backend.backend() == "tensorflow":
    from keras_seq.backend.tensorflow.loop import scan
elif keras.backend.backend() == "torch":
    from keras_seq.backend.torch.loop import scan
else:

    def scan(step, carry, xs, outputs=None, reverse=False):
        """carry, x -> carry, y over the first axis of the tensors in `xs`; stacks the ys."""
        return ops.scan(step, carry, xs, reverse=reverse)


def run(
    cell,
    inputs,
    states: list,
    mask=None,
    dropout_masks: DropoutMasks = DropoutMasks(),
    unroll: bool = False,
    resets=None,
):
    """Run a cell over time.

        states = 0                                     where a row starts anew
        new = cell.step(cell.project(inputs, dropout_masks)[t], states, dropout_masks)
        new = old + zoneout * (new - old)              where there is zoneout
        states = new at a real step, old at a masked one
        outputs[t] = states[0]

    Args:
        cell: a `keras_seq.recurrent.cell.RecurrentCell`.
        inputs: (T, B, F); a cell of frames has more axes, here and in its states.
        states: the states to start from, each (B, size).
        mask: (T, B), True where a step is real, or None.
        dropout_masks: those of this batch.
        unroll: write the loop out, one step after the other; T must be known.
        resets: (T, B), True where a row starts anew, or None.

    Returns:
        outputs (T, B, H) and the last states.
    """
    projected = cell.project(inputs, dropout_masks)
    return run_projected(cell, projected, states, mask, dropout_masks, unroll, resets)


def run_projected(cell, projected, states, mask, dropout_masks, unroll=False, resets=None):
    """`run` from what `cell.project` made of the inputs."""
    xs = {"projected": projected}
    if mask is not None:
        xs["mask"] = expand_mask(mask, projected)  # (T, B, 1)
    if resets is not None:
        xs["resets"] = expand_mask(resets, projected)
    if dropout_masks.zoneout is not None:
        xs["zoneout"] = list(dropout_masks.zoneout)  # (T, B, size), drawn for every step

    def step(old, x):
        masks = dropout_masks._replace(zoneout=x.get("zoneout"))
        if resets is not None:
            old = [ops.where(x["resets"], ops.zeros_like(o), o) for o in old]
        new = masks.apply_zoneout(old, cell.step(x["projected"], old, masks))
        if mask is not None:
            new = [ops.where(x["mask"], n, o) for o, n in zip(old, new, strict=True)]
        return new, new[0]

    if not unroll:
        states, outputs = scan(step, list(states), xs)
        return outputs, states
    outputs = []
    for t in range(projected.shape[0]):
        x = {k: [s[t] for s in v] if k == "zoneout" else v[t] for k, v in xs.items()}
        states, output = step(states, x)
        outputs.append(output)
    return ops.stack(outputs), states


def expand_mask(mask, x):
    """The mask (.., ..) with as many axes as x, the new ones of size 1."""
    for _ in range(len(mask.shape), len(x.shape)):
        mask = ops.expand_dims(mask, -1)
    return mask
