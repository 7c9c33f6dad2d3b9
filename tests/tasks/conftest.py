"""An exported model, and a set as TensorFlow Datasets keeps it, made without the network."""

import pytest

from tests.export.conftest import exported, in_process  # noqa: F401  (fixtures)


@pytest.fixture
def prepare(tmp_path):
    """Writes the examples of each split, in order, and gives the folder where the set is."""
    tfds = pytest.importorskip("tensorflow_datasets")

    def prepare(name, features, splits, supervised_keys=None):
        if isinstance(features, dict):
            features = tfds.features.FeaturesDict(features)

        class Made(tfds.core.GeneratorBasedBuilder, skip_registration=True):
            VERSION = tfds.core.Version("1.0.0")

            def _info(self):
                return tfds.core.DatasetInfo(
                    builder=self,
                    features=features,
                    supervised_keys=supervised_keys,
                    disable_shuffling=True,
                )

            def _split_generators(self, downloads):
                return {split: enumerate(examples) for split, examples in splits.items()}

            def _generate_examples(self):
                """All come from `_split_generators`."""

        Made.name = name
        Made(data_dir=tmp_path).download_and_prepare()
        return tmp_path

    return prepare
