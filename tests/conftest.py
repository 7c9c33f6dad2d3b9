"""What every test stands on: one backend per run, the CPU, the same seeds, float32."""

import collections
import os
import zlib
from pathlib import Path

# Read when the libraries are imported, so they come before any import of keras.
os.environ.setdefault("KERAS_BACKEND", "tensorflow")
os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
os.environ.setdefault("JAX_PLATFORMS", "cpu")
os.environ.setdefault("MPLBACKEND", "agg")
# Tensors of tests are small, and torch's threads would wait for each other and for other workers.
os.environ.setdefault("OMP_NUM_THREADS", "1")
# What one process has compiled no other compiles again: not the next worker, not the recipe that is
# started once more, not the next run. The programs are small, so LLVM need not polish them.
os.environ.setdefault(
    "JAX_COMPILATION_CACHE_DIR", str(Path(__file__).parents[1] / ".pytest_cache" / "jax")
)
os.environ.setdefault("JAX_PERSISTENT_CACHE_MIN_COMPILE_TIME_SECS", "0")
os.environ.setdefault("JAX_PERSISTENT_CACHE_MIN_ENTRY_SIZE_BYTES", "-1")
os.environ.setdefault("JAX_DISABLE_MOST_OPTIMIZATIONS", "1")
# Small programs are compiled in two thirds of the time without XLA's newer fusion emitters.
os.environ.setdefault("XLA_FLAGS", "--xla_cpu_use_fusion_emitters=false")
# Where in the source a program comes from is of no use in tests, and takes time to find.
os.environ.setdefault("JAX_INCLUDE_FULL_TRACEBACKS_IN_LOCATIONS", "0")
os.environ.setdefault("JAX_TRACEBACK_IN_LOCATIONS_LIMIT", "0")

import keras
import numpy as np
import pytest


def pytest_addoption(parser):
    parser.addoption(
        "--quick",
        action="store_true",
        help="leave out tests marked slow, and run one case of each parametrized test",
    )


def pytest_report_header(config):
    return f"keras {keras.version()} on {keras.backend.backend()}"


@pytest.hookimpl(trylast=True)  # -k and -m have chosen before
def pytest_collection_modifyitems(config, items):
    # What takes longest comes first, so that no worker ends long after the other.
    items.sort(key=lambda item: "recipes" not in item.path.parts)
    if not config.getoption("quick"):
        return
    cases = collections.defaultdict(list)
    for item in items:
        if not item.get_closest_marker("slow"):
            cases[item.nodeid.partition("[")[0]].append(item)
    # The number of the case depends on the test's name, so that each option is in some test.
    kept = {some[zlib.crc32(name.encode()) % len(some)] for name, some in cases.items()}
    config.hook.pytest_deselected(items=[item for item in items if item not in kept])
    items[:] = [item for item in items if item in kept]


def pytest_runtest_setup(item):
    if item.get_closest_marker("once") and keras.backend.backend() != "tensorflow":
        pytest.skip("does not depend on the backend: runs on the TensorFlow run")


@pytest.fixture(autouse=True, scope="module")
def few_programs_in_memory():
    """JAX keeps all it has compiled; a process may have 65,530 mappings, and then it crashes."""
    yield
    mappings = Path("/proc/self/maps")
    if keras.backend.backend() != "jax" or not mappings.exists():
        return
    if mappings.read_bytes().count(b"\n") > 15_000:
        import jax

        jax.clear_caches()


@pytest.fixture(autouse=True)
def seed_of_test(request):
    """The same random streams for a test whichever tests ran before it."""
    seed = zlib.crc32(request.node.nodeid.encode()) % 2**31
    keras.utils.set_random_seed(seed)
    return seed


@pytest.fixture(autouse=True)
def float32():
    """A test may set another precision: the next one starts at float32 again."""
    keras.config.set_floatx("float32")
    keras.config.set_dtype_policy("float32")
    yield
    keras.config.set_floatx("float32")
    keras.config.set_dtype_policy("float32")


@pytest.fixture
def rng(seed_of_test):
    """Random numbers of this test alone."""
    return np.random.default_rng(seed_of_test)
