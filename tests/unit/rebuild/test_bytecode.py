"""The backend's own bytecode, kept from build to build: each hook here is a process, and each environment a new one."""

from __future__ import annotations

import marshal
import os
import random
import shutil
import subprocess
import sys
from importlib.util import source_hash
from pathlib import Path

import pytest

from pyo3_features_backend.rebuild import archives, bytecode, user_folder
from pyo3_features_backend.rebuild.cache import discard_open
from support.environments import BEFORE, Environments, archive, in_project
from support.files import put

EVIL = "def build_requirements(kind, config_settings): return ['evil']"
posix = pytest.mark.skipif(os.name == "nt", reason="not run: POSIX permissions")


@pytest.fixture
def environments(tmp_path: Path, cache: Path) -> Environments:
    return in_project(tmp_path)


def replace_code(file: Path, module: str, text: str) -> None:
    """Give a module of an archive other code, which its source does not have."""
    data = file.read_bytes()
    start = len(bytecode.HEAD) + bytecode.HASH
    modules = marshal.loads(data[start:])
    modules[module] = modules[module][0], marshal.dumps(compile(text, "other.py", "exec"))
    content = marshal.dumps(modules)
    file.write_bytes(bytecode.HEAD + source_hash(content) + content)


def test_only_the_first_environment_compiles(environments: Environments, cache: Path) -> None:
    answer, compiled = environments.hook()
    assert answer == environments.hook(CI="true")[0]
    assert compiled > BEFORE and "build/requirements" in compiled
    kept = archive(cache)
    assert kept.stat().st_mode & 0o777 == 0o600 or os.name == "nt"
    before = kept.stat().st_ino, kept.stat().st_mtime_ns
    assert environments.hook() == (answer, BEFORE)
    assert (kept.stat().st_ino, kept.stat().st_mtime_ns) == before, "nothing new, and written again"


def test_a_second_hook_in_the_same_environment_compiles_nothing_again(environments: Environments) -> None:
    made = environments.make()
    assert environments.hook(made)[1] > BEFORE
    assert environments.hook(made)[1] == set()  # Python keeps those of before by itself


def test_bytecode_is_of_one_text_whatever_the_time_of_the_file(environments: Environments) -> None:
    environments.hook()
    made = environments.make()
    file = made / "pyo3_features_backend" / "delegates" / "versions.py"
    text, status = file.read_text(encoding="utf-8"), file.stat()
    assert 'MATURIN = "maturin>=' in text
    file.write_text(text.replace('MATURIN = "maturin>=', 'MATURIN = "maturin=='), encoding="utf-8")
    os.utime(file, ns=(status.st_atime_ns, status.st_mtime_ns))
    assert file.stat().st_size == status.st_size
    answer, compiled = environments.hook(made)
    assert answer[0].startswith("maturin==")
    assert compiled == {*BEFORE, "delegates/versions"}
    assert environments.hook()[0][0].startswith("maturin>=")


def test_bytecode_of_an_environment_comes_first(environments: Environments, cache: Path) -> None:
    made = environments.make()
    subprocess.run([sys.executable, "-m", "compileall", "-q", str(made)], check=True)
    assert environments.hook(made)[1] == set()
    assert not cache.exists()


@pytest.mark.parametrize(
    "variable", ["CI", "UV_NO_CACHE", "PYTHONDONTWRITEBYTECODE", "PYO3_FEATURES_BACKEND_COMPILE_CACHE"]
)
def test_where_nothing_is_kept(variable: str, environments: Environments, cache: Path) -> None:
    more = {variable: "off" if "COMPILE" in variable else "1"}
    environments.hook(None, **more)
    assert not cache.exists()


def test_a_cache_that_cannot_be_written_costs_only_time(environments: Environments, cache: Path) -> None:
    cache.write_text("a file")
    assert environments.hook()[0][0].startswith("maturin>=")
    assert cache.read_text() == "a file"
    cache.unlink()
    put(cache / "thesis.txt", "two years of work")
    environments.hook()
    assert [path.name for path in cache.iterdir()] == ["thesis.txt"]


@pytest.mark.parametrize("code", ["return 'made/here'", "return '~/made'", "raise RuntimeError('no home folder')"])
def test_a_user_without_a_cache_folder(code: str, environments: Environments) -> None:
    """As releases of platformdirs say it; a relative folder would be in the project."""
    made = environments.make()
    put(made / "platformdirs.py", f"def user_cache_dir(name, appauthor): {code}\n")
    before = sorted(environments.folder.iterdir())
    assert environments.hook(made, PYO3_FEATURES_BACKEND_CACHE_DIR="")[1] > BEFORE
    assert environments.hook(made, PYO3_FEATURES_BACKEND_CACHE_DIR="")[1] == set()
    assert sorted(environments.folder.iterdir()) == before


def test_an_environment_in_which_a_package_is_missing(environments: Environments) -> None:
    """The build says so when it needs it."""
    made = environments.make()
    put(made / "platformdirs.py", "raise ModuleNotFoundError('it is gone')\n")
    assert environments.hook(made, PYO3_FEATURES_BACKEND_CACHE_DIR="")[1] > BEFORE


def test_where_nothing_can_be_kept_python_keeps_it_beside_the_modules(environments: Environments, cache: Path) -> None:
    put(cache / "thesis.txt", "two years of work")
    made = environments.make()
    assert environments.hook(made)[1] > BEFORE
    assert environments.hook(made)[1] == set()


def test_files_in_a_folder_that_is_not_a_cache_stay(environments: Environments, cache: Path) -> None:
    put(cache / "bytecode/2024.archive", "two years of work")
    (cache / "bytecode").chmod(0o755)
    environments.hook()
    assert (cache / "bytecode/2024.archive").read_text() == "two years of work"
    assert (cache / "bytecode").stat().st_mode & 0o777 == 0o755


@posix
@pytest.mark.parametrize("targets", [True, False])
def test_a_build_that_reads_no_bytecode_removes_what_others_could_write_to(
    targets: bool, environments: Environments, cache: Path
) -> None:
    whole = environments.hook()
    file = archive(cache)
    if targets:
        (cache / "targets").mkdir(mode=0o700)
    replace_code(file, "pyo3_features_backend.build.requirements", EVIL)
    for path in (cache, cache / "bytecode", file):
        path.chmod(path.stat().st_mode | 0o066)
    (said,) = discard_open(cache)
    assert said == f"other users could change {cache / 'bytecode'}, so its contents have been removed"
    for path in (cache, cache / "bytecode"):
        path.chmod(0o700)
    assert environments.hook() == whole


@pytest.mark.parametrize("damage", ["cut", "changed", "empty", "other version", "a folder", "a link to nothing"])
def test_a_damaged_archive_is_not_used(damage: str, environments: Environments, cache: Path) -> None:
    whole = environments.hook()
    file = archive(cache)
    data, at = file.read_bytes(), random.Random(damage).randrange(len(bytecode.HEAD) + 1, file.stat().st_size - 1)
    other = {
        "cut": data[:at],
        "changed": data[:at] + bytes([data[at] ^ 1]) + data[at + 1 :],
        "empty": b"",
        "other version": b"p" + bytes(len(bytecode.HEAD) - 1) + data[len(bytecode.HEAD) :],
    }
    if damage in other:
        file.write_bytes(other[damage])
    else:
        file.unlink()
        file.mkdir() if damage == "a folder" else file.symlink_to("nothing")
    assert environments.hook() == whole
    assert environments.hook() == (whole if damage == "a folder" else (whole[0], BEFORE))
    assert [path.name for path in file.parent.iterdir()] == [file.name]


@posix
@pytest.mark.parametrize("level", ["", "bytecode", "bytecode/*"])
@pytest.mark.parametrize("closed", [True, False])
def test_code_that_others_could_have_written_is_not_run(
    level: str, closed: bool, environments: Environments, cache: Path
) -> None:
    whole = environments.hook()
    file = archive(cache)
    replace_code(file, "pyo3_features_backend.build.requirements", EVIL)
    assert environments.hook()[0] == ["evil"], "the archive is not read"
    (opened,) = cache.glob(level) if level else [cache]
    mode = opened.stat().st_mode & 0o777
    opened.chmod(0o666 if opened == file else 0o777)
    assert environments.hook() == whole
    if closed:  # closing it gives nothing back
        opened.chmod(mode)
    assert environments.hook() == (whole if level == "" else (whole[0], BEFORE))


@posix
def test_an_archive_of_another_user_is_not_run(environments: Environments, cache: Path) -> None:
    if os.geteuid():
        pytest.skip("not run: only root can give a file away")
    whole = environments.hook()
    replace_code(archive(cache), "pyo3_features_backend.build.requirements", EVIL)
    os.chown(archive(cache), 12345, 12345)
    assert environments.hook() == whole
    os.chown(cache / "bytecode", 12345, 12345)
    assert environments.hook() == whole
    assert archive(cache).exists()


@posix
def test_a_folder_that_leads_elsewhere_is_neither_read_nor_written(environments: Environments, cache: Path) -> None:
    whole = environments.hook()
    elsewhere = environments.folder / "elsewhere"
    shutil.move(cache / "bytecode", elsewhere)
    (cache / "bytecode").symlink_to(elsewhere)
    (file,) = elsewhere.iterdir()
    replace_code(file, "pyo3_features_backend.build.requirements", EVIL)
    before = file.read_bytes()
    assert environments.hook() == whole
    assert file.read_bytes() == before
    assert archives.clear(cache) == archives.size(cache) == 0
    assert file.exists()


def test_a_traceback_names_the_files_of_its_own_environment(environments: Environments, cache: Path) -> None:
    environments.hook()
    replaced = "def build_requirements(kind, config_settings):\n    return 1 / 0\n"
    replace_code(archive(cache), "pyo3_features_backend.build.requirements", replaced)
    made = environments.make()
    said = environments.run(made).stderr
    assert (
        f'File "{made / "pyo3_features_backend" / "build" / "requirements.py"}", line 2, in build_requirements' in said
    )


def test_an_archive_that_another_build_is_writing(cache: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """It has another name by the time that it is looked at."""
    assert user_folder.prepare(cache, bytecode.FOLDER) is None
    put(cache / "bytecode/open.archive", "")
    (cache / "bytecode/open.archive").chmod(0o666)
    found = [cache / "bytecode/.1.archive", cache / "bytecode/open.archive"]
    monkeypatch.setattr(bytecode, "listed", lambda folder: found)
    assert bytecode.discard_open(cache)
    assert not found[1].exists()
