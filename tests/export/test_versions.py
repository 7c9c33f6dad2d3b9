"""Version numbers, and folders that appear whole or not at all."""

import os
import stat
from concurrent.futures import ThreadPoolExecutor

import pytest

from keras_seq.export import ExportError, latest_version, tree
from keras_seq.export.versions import new_version

pytestmark = pytest.mark.once


def publish(out, content=""):
    with new_version(out) as new:
        (new.folder / "saved_model.pb").write_text(content)
        return new.publish()


def test_the_next_number_is_one_above_the_largest(tmp_path):
    out = tmp_path / "a" / "model"
    assert publish(out) == out / "1"
    assert publish(out) == out / "2"
    (out / "10").mkdir()
    (out / "12").write_text("a file takes a number too")
    (out / "notes").mkdir()
    (out / "99-old").mkdir()
    assert publish(out) == out / "13"
    assert latest_version(out) == out / "13"
    assert latest_version(out / "1") == out / "1"


def test_exports_at_the_same_time_get_different_numbers(tmp_path):
    with ThreadPoolExecutor(8) as pool:
        folders = list(pool.map(lambda k: publish(tmp_path, str(k)), range(64)))
    assert sorted(int(folder.name) for folder in folders) == list(range(1, 65))
    contents = [(folder / "saved_model.pb").read_text() for folder in folders]
    assert contents == [str(k) for k in range(64)]
    assert len(os.listdir(tmp_path)) == 64


def test_a_number_taken_between_looking_and_renaming(tmp_path, monkeypatch):
    publish(tmp_path, "theirs")
    looks = iter([[], [], [1]])
    monkeypatch.setattr("keras_seq.export.versions.version_numbers", lambda out: next(looks))
    assert publish(tmp_path, "ours") == tmp_path / "2"
    assert (tmp_path / "1" / "saved_model.pb").read_text() == "theirs"


def test_what_a_killed_export_left_is_deleted_and_what_a_living_one_writes_is_not(tmp_path):
    for name in ("a", "b"):
        (tmp_path / f".writing-{name}" / "variables").mkdir(parents=True)
    for name in ("b", "c"):
        (tmp_path / f".writing-{name}.lock").touch()
    with new_version(tmp_path) as living:
        assert publish(tmp_path) == tmp_path / "1"
        assert sorted(os.listdir(tmp_path)) == [
            living.folder.name,
            f"{living.folder.name}.lock",
            "1",
        ]
        assert living.publish() == tmp_path / "2"
    assert sorted(os.listdir(tmp_path)) == ["1", "2"]


def test_an_unfinished_version_has_no_number_and_does_not_stay(tmp_path):
    publish(tmp_path)
    with pytest.raises(KeyboardInterrupt), new_version(tmp_path) as new:
        (new.folder / "variables").mkdir()
        (new.folder / "variables" / "half").write_text("half")
        lock = f"{new.folder.name}.lock"
        assert sorted(os.listdir(tmp_path)) == [new.folder.name, lock, "1"]
        assert not new.folder.name.isdecimal()
        raise KeyboardInterrupt
    assert os.listdir(tmp_path) == ["1"]


def test_a_server_of_another_user_can_read_a_version(tmp_path):
    before = os.umask(0o022)
    try:
        folder = publish(tmp_path)
    finally:
        os.umask(before)
    assert stat.S_IMODE(folder.stat().st_mode) == 0o755


def test_no_model_to_be_found(tmp_path):
    for folder in (tmp_path, tmp_path / "none"):
        with pytest.raises(ExportError, match="there is no SavedModel here"):
            latest_version(folder)
    (tmp_path / "3").mkdir()
    with pytest.raises(ExportError, match="3: the newest version is not a SavedModel"):
        latest_version(tmp_path)


def test_a_folder_as_a_tree(tmp_path):
    (tmp_path / "b" / "c").mkdir(parents=True)
    (tmp_path / "b" / "c" / "d").write_bytes(bytes(1234))
    (tmp_path / "b" / "e").write_bytes(bytes(3_456_789))
    (tmp_path / "f").write_bytes(bytes(7))
    assert tree(tmp_path) == (
        f"{tmp_path}\n├── b\n│   ├── c\n│   │   └── d  1.2 kB\n│   └── e  3.5 MB\n└── f  7 B"
    )
