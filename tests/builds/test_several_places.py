"""Builds that compile in several places, and projects that share a target folder."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from support.plain_project import Project, edit, packages, run, start

pytestmark = pytest.mark.build

PLAIN = '[RustExtension("plain", binding=Binding.NoBinding)]'
OWN_ENV = ', env={**__import__("os").environ, "WHO": "NAME"}'


@pytest.fixture
def project(tmp_path: Path) -> Project:
    return Project(tmp_path, "setuptools-rust", vendored=True)


def with_extensions(project: Project, names: str, more: str = "", *, standalone: bool = False) -> Path:
    """A source tree with an extension for each letter of ``names``, in one workspace or each in its own."""
    folder = project.tree({})
    shutil.rmtree(folder / "part")
    (folder / "Cargo.lock").unlink()
    extensions = (
        f'RustExtension("{name}", "{name}/Cargo.toml", binding=Binding.NoBinding{more.replace("NAME", name)})'
        for name in names
    )
    edit(folder / "setup.py", (folder / "setup.py").read_text().replace(PLAIN, f"[{', '.join(extensions)}]"))
    for name in names:
        manifest = f'[package]\nname = "x{name.lower()}"\nversion = "1.0.0"\nedition = "2021"\n'
        manifest += '[lib]\ncrate-type = ["cdylib"]\n[dependencies]\ndep = "1"\n'
        edit(folder / name / "Cargo.toml", manifest + ("[workspace]\n" if standalone else ""))
        edit(folder / name / "src/lib.rs", '#[no_mangle] pub extern "C" fn a() -> i64 { dep::dep() }\n')
    (folder / "Cargo.toml").unlink()
    if not standalone:
        edit(folder / "Cargo.toml", f'[workspace]\nresolver = "2"\nmembers = {[*names]!r}\n')
    return folder


@pytest.mark.parametrize("kind", ["crates", "variables"])
def test_a_build_with_more_places_than_are_kept_for_other_environments(
    kind: str, project: Project, tmp_path: Path
) -> None:
    standalone = kind == "crates"
    folder = with_extensions(project, "ABCDE", "" if standalone else OWN_ENV, standalone=standalone)
    shared = {"CARGO_TARGET_DIR": str(tmp_path / "shared")} if standalone else {}
    for first in (True, False):
        result = run(folder, folder.parent, **shared)
        assert result.returncode == 0, result.stderr
        assert bool(packages(result.stderr + result.stdout)) is first


def test_a_target_folder_that_is_spelt_in_two_ways(project: Project) -> None:
    """The place is the same, and the build would wait for its own lock."""
    folder = with_extensions(project, "AB")
    text = (folder / "setup.py").read_text()
    edit(folder / "setup.py", text.replace("NoBinding)", 'NoBinding, args=["--target-dir=A/../target"])', 1))
    child = start(folder)
    try:
        assert child.communicate(timeout=120)[0] and child.returncode == 0
    finally:
        child.kill()


def test_two_builds_at_once_with_the_same_places_in_another_order(project: Project, tmp_path: Path) -> None:
    shared = {"CARGO_TARGET_DIR": str(tmp_path / "shared")}
    folders = [with_extensions(project, names, OWN_ENV) for names in ("AB", "BA")]
    for _ in range(3):
        children = [start(folder, **shared) for folder in folders]
        try:
            for child in children:
                said = child.communicate(timeout=120)[0]
                assert child.returncode == 0, said
        finally:
            for child in children:
                child.kill()


def test_an_optional_extension_that_does_not_compile(project: Project) -> None:
    folder = with_extensions(project, "AB")
    text = (folder / "setup.py").read_text()
    edit(folder / "setup.py", text.replace('"B/Cargo.toml",', '"B/Cargo.toml", optional=True,'))
    edit(folder / "B/src/lib.rs", 'compile_error!("not here");\n')
    expected = ["dep", "xa", "xb"]
    for _ in range(3):
        result = run(folder, folder.parent)
        assert result.returncode == 0, result.stderr
        assert packages(result.stderr + result.stdout) == expected
        expected = ["xa", "xb"]  # the project's own crates, as after any compile error
    edit(folder / "vendor/dep/src/lib.rs", "pub fn dep() -> i64 { 1 }\n")
    result = run(folder, folder.parent)
    assert packages(result.stderr + result.stdout) == ["dep", "xa", "xb"]


def test_projects_with_vendored_crates_that_share_a_target_folder(tmp_path: Path) -> None:
    shared = {"CARGO_TARGET_DIR": str(tmp_path / "shared")}
    projects = []
    for number in (1, 2):
        (tmp_path / str(number)).mkdir()
        project = Project(tmp_path / str(number), "setuptools-rust", vendored=True)
        folder = project.tree({"vendor/dep/src/lib.rs": number})
        for name in ("pyproject.toml", "setup.py"):
            edit(folder / name, (folder / name).read_text().replace('name = "plain"', f'name = "plain{number}"'))
            edit(folder / name, (folder / name).read_text().replace('name="plain"', f'name="plain{number}"'))
        projects.append((project, folder, number))
    for first in (True, False):
        for project, folder, number in projects:
            answer, said = project.rebuild(folder, **shared)
            assert answer == number and bool(packages(said)) is first


def test_an_extension_with_another_environment_in_each_build(tmp_path: Path) -> None:
    """Its places are those of other environments, and four of them are kept."""
    project = Project(tmp_path, "setuptools-rust")
    folder = project.tree({})
    own = OWN_ENV.replace('"NAME"', 'open("commit").read()')
    edit(folder / "setup.py", (folder / "setup.py").read_text().replace("NoBinding)", f"NoBinding{own})"))
    for number in range(6):
        (folder / "commit").write_text(f"commit-{number}")
        project.rebuild(folder)
    made = folder / "target/pyo3-features-backend"
    assert len([place for place in made.iterdir() if place.is_dir()]) == 4
    assert not any(b"commit-5" in file.read_bytes() for file in made.glob("*/state.json"))  # it may be a secret


def test_an_sdist_with_vendored_crates_in_another_folder(tmp_path: Path) -> None:
    """With the user's target folder, published crates are in one place."""
    shared = {"CARGO_TARGET_DIR": str(tmp_path / "shared")}
    project = Project(tmp_path, "setuptools-rust", vendored=True)
    for _ in range(3):
        project.build(project.write({}), **shared)
    assert len([place for place in (tmp_path / "shared/pyo3-features-backend").iterdir() if place.is_dir()]) == 1


def test_a_target_folder_that_is_a_link_to_another_folder(tmp_path: Path) -> None:
    """With a PKG-INFO, as some version control systems keep it, and without the cache."""
    project = Project(tmp_path, "setuptools-rust")
    folder = project.write({})
    (tmp_path / "elsewhere").mkdir()
    (folder / "target").symlink_to(tmp_path / "elsewhere")
    said = [project.rebuild(folder, PYO3_FEATURES_BACKEND_COMPILE_CACHE="off")[1] for _ in range(2)]
    assert [packages(text) for text in said] == [["part", "plain"], []]
