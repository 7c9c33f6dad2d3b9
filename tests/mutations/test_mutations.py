"""The list of mutations fits the code as it is. `make mutate` checks that tests catch them."""

import collections

import pytest

from tests.mutations.__main__ import HOUSE, mutations

pytestmark = pytest.mark.once


def test_every_old_text_is_in_its_file_and_every_test_exists():
    for mutation in mutations():
        text = (HOUSE / mutation.file).read_text("utf-8")
        assert mutation.applied(text) != text, mutation.name
        path, _, name = mutation.test.partition("::")
        function = name.partition("[")[0]
        assert f"def {function}(" in (HOUSE / path).read_text("utf-8"), mutation.test


def test_names_are_unique():
    names = collections.Counter(mutation.name for mutation in mutations())
    assert max(names.values()) == 1 and len(names) >= 40
