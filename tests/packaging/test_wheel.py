"""What is built from the checkout, and the scripts where only that is installed."""

import json
import os
import subprocess
import sys
import sysconfig
import tarfile
import venv
import zipfile
from pathlib import Path

import pytest

pytestmark = pytest.mark.once

ROOT = Path(__file__).parents[2]


def build(target, project, folder):
    """Build "sdist" or "wheel" of a project with what is installed, without a network."""
    command = [sys.executable, "-m", "hatchling", "build", "-t", target, "-d", str(folder)]
    subprocess.run(command, cwd=project, check=True, capture_output=True)
    (built,) = folder.glob("*.tar.gz" if target == "sdist" else "*.whl")
    return built


@pytest.fixture(scope="module")
def wheel(tmp_path_factory):
    """The wheel that is built from the source distribution, as package indexes do it."""
    folder = tmp_path_factory.mktemp("dist")
    with tarfile.open(build("sdist", ROOT, folder)) as archive:
        archive.extractall(folder, filter="data")
    (project,) = (path for path in folder.iterdir() if path.is_dir())
    return build("wheel", project, folder)


def test_the_wheel_is_the_package_and_the_scripts(wheel):
    expected = {
        str(path.relative_to(ROOT)): path
        for path in (ROOT / "keras_seq").rglob("*")
        if path.is_file() and path.suffix != ".pyc"
    }
    expected |= {f"keras_seq/recipes/{path.name}": path for path in ROOT.glob("recipes/*.*")}
    assert "keras_seq/py.typed" in expected
    with zipfile.ZipFile(wheel) as archive:
        found = {name for name in archive.namelist() if ".dist-info/" not in name}
        assert found == set(expected)
        for name, path in expected.items():
            assert archive.read(name) == path.read_bytes(), name


def environment_with(wheel, folder):
    """The interpreter of an environment with the wheel, and no other keras_seq in sight."""
    venv.create(folder, with_pip=False)
    python = folder / "bin" / "python"
    pip = [sys.executable, "-m", "pip", "--python", str(python)]
    subprocess.run([*pip, "install", "--no-deps", str(wheel)], check=True, capture_output=True)
    # Python reads no .pth file in a folder that is added so, and an editable installation is one.
    (packages,) = folder.glob("lib/python*/site-packages")
    (packages / "libraries.pth").write_text(sysconfig.get_path("purelib") + "\n")
    return python


def run(python, folder, *arguments):
    environment = {name: value for name, value in os.environ.items() if name != "PYTHONPATH"}
    return subprocess.run(
        [python, *arguments], cwd=folder, env=environment, capture_output=True, text=True
    )


def test_an_installed_recipe_runs_in_any_folder(wheel, tmp_path):
    """With a flag for the backend, too, for which the process starts itself once more."""
    python = environment_with(wheel, tmp_path / "environment")
    folder = tmp_path / "somewhere"
    folder.mkdir()
    where = run(python, folder, "-c", "import keras_seq; print(keras_seq.__file__)")
    assert Path(where.stdout.strip()).is_relative_to(tmp_path / "environment"), where.stderr
    texts = {
        "positive": ["good film", "a fine story", "fine"],
        "negative": ["bad film", "a dull one"],
    }
    rows = [f"{text}\t{label}\n" for label in texts for text in texts[label]] * 10
    (folder / "reviews.tsv").write_text("text\tlabel\n" + "".join(rows))
    flags = ["--data", "reviews.tsv", "--smoke", "--backend", "torch", "--units", "8"]
    ended = run(python, folder, "-m", "keras_seq.recipes.sentiment", *flags)
    assert ended.returncode == 0, ended.stderr
    results = folder / "saved_models" / "sentiment"
    metrics = json.loads((results / "metrics.json").read_text())
    assert metrics["backend"] == "torch"
    assert (results / "1" / "saved_model.pb").is_file()
    card = (results / "README.md").read_text()
    assert f"`python -m keras_seq.recipes.sentiment {' '.join(flags)}`" in card
