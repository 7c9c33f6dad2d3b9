import importlib.util
import sys
from pathlib import Path

import pytest


@pytest.fixture(scope="session")
def docs():
    """The module that builds the API reference: it knows which names are public."""
    path = Path(__file__).parents[2] / ".docs" / "build.py"
    spec = importlib.util.spec_from_file_location("docs_build", path)
    module = importlib.util.module_from_spec(spec)
    sys.path.append(str(path.parent))  # as for a script: it imports its neighbors
    spec.loader.exec_module(module)
    return module
