"""A batch that several devices share gives the step that one device gives."""

import json
import subprocess
import sys
from pathlib import Path

import keras
import numpy as np
import pytest

HOUSE = Path(__file__).parents[2]


@pytest.mark.slow
@pytest.mark.skipif(keras.config.backend() == "torch", reason="PyTorch uses one device")
def test_any_batch_on_three_devices_is_as_on_one():
    """Two rows leave one device without any; five of several lengths leave unequal parts."""
    done = subprocess.run(
        [sys.executable, "-m", "tests.training.several_devices"],
        cwd=HOUSE,
        capture_output=True,
        text=True,
    )
    assert done.returncode == 0, done.stderr
    found = json.loads(done.stdout)
    for case in [name for name in found if name.endswith("/1")]:
        one, three = found[case], found[case.replace("/1", "/3")]
        assert np.abs(one["change"]).max() > 1e-3
        for name in one:
            np.testing.assert_allclose(three[name], one[name], 1e-5, 1e-7, err_msg=f"{case} {name}")
