"""Recipes train in processes of their own, which takes long: `make check` has only their errors."""

from pathlib import Path

import pytest


def pytest_collection_modifyitems(items):
    for item in items:
        here = item.path.is_relative_to(Path(__file__).parent)
        if here and "one_sentence" not in item.name:
            item.add_marker(pytest.mark.slow)
