"""Files that earlier builds left behind."""

from __future__ import annotations

import importlib.machinery
import os
import sys
from pathlib import Path

import pytest

from pyo3_features_backend.author.checks import leftovers
from support.checks import the

OWN = importlib.machinery.EXTENSION_SUFFIXES[0]
OLD, NEW = 1_000_000_000, 1_100_000_000


def put(file: Path, time: int) -> None:
    file.parent.mkdir(parents=True, exist_ok=True)
    file.touch()
    os.utime(file, (time, time))


def found(root: Path, native: str = "") -> list[tuple[str, str]]:
    return [(problem.code, str(problem.place)) for problem in leftovers.check(root, native)]


def test_an_older_extension_that_python_prefers(hello: Path) -> None:
    old = f"python/pkg/_x{OWN}"
    put(hello / old, OLD)
    put(hello / "python/pkg/_x.abi3.so", NEW)
    the(hello, "PFB292", old, "imports this file, and not _x.abi3.so")
    spec = importlib.machinery.PathFinder.find_spec("_x", [str(hello / "python/pkg")])
    assert spec is not None
    assert spec.origin == str(hello / old)  # Python's own choice
    version = f"{sys.version_info[0]}.{sys.version_info[1]}"
    assert found(hello, f"=={version}.*") == []
    os.utime(hello / old, (NEW + 1, NEW + 1))
    assert found(hello) == []


@pytest.mark.parametrize(
    ("old", "new", "expected"),
    [
        ("x.cpython-312-darwin.so", "x.abi3.so", True),
        ("x.cpython-313t-x86_64-linux-gnu.so", "x.abi3.so", False),  # a free-threaded Python takes no abi3
        ("x.cp311-win_amd64.pyd", "x.pyd", True),
        ("x.cpython-315-x86_64-linux-gnu.so", "x.abi3-x86_64-linux-gnu.so", True),
        ("x.cpython-312-x86_64-linux-gnu.so", "y.abi3.so", False),
        ("x.cpython-312-x86_64-linux-gnu.so", "x.abi3.so.bak", False),
        ("x.pypy311-pp73-x86_64-linux-gnu.so", "x.abi3.so", False),
    ],
)
def test_which_file_hides_which(tmp_path: Path, old: str, new: str, expected: bool) -> None:
    put(tmp_path / old, OLD)
    put(tmp_path / new, NEW)
    assert found(tmp_path) == ([("PFB292", old)] if expected else [])


@pytest.mark.parametrize("folder", ["target/debug", "build/lib", ".tox/x", "env/lib"])
def test_what_is_no_source_is_not_looked_at(tmp_path: Path, folder: str) -> None:
    put(tmp_path / folder / "x.cpython-312-darwin.so", OLD)
    put(tmp_path / folder / "x.abi3.so", NEW)
    put(tmp_path / "env" / "pyvenv.cfg", OLD)
    assert found(tmp_path) == []


@pytest.mark.parametrize(
    ("platform", "expected"),
    [
        ("linux_x86_64", True),
        ("linux_aarch64", True),
        ("linux_armv7l", False),
        ("manylinux_2_17_x86_64.manylinux2014_x86_64", False),
        ("musllinux_1_2_x86_64", False),
        ("win_amd64", False),
        ("any", False),
    ],
)
def test_a_wheel_of_this_machine_in_dist(tmp_path: Path, platform: str, expected: bool) -> None:
    put(tmp_path / "dist" / f"demo-1.0-cp39-abi3-{platform}.whl", OLD)
    put(tmp_path / "other" / "demo-1.0-cp39-abi3-linux_x86_64.whl", OLD)
    assert found(tmp_path) == ([("PFB293", "dist")] if expected else [])


def test_several_wheels_are_one_finding(tmp_path: Path) -> None:
    for number in range(3):
        put(tmp_path / "dist" / f"demo-1.{number}-cp39-abi3-linux_x86_64.whl", OLD)
    (problem,) = leftovers.check(tmp_path, "")
    assert "demo-1.0-cp39-abi3-linux_x86_64.whl is for this machine, and so 2 more" in problem.message


def test_a_dist_that_is_a_file_and_a_link_to_nothing_are_passed_over(tmp_path: Path) -> None:
    (tmp_path / "dist").touch()
    (tmp_path / "x.cpython-312-darwin.so").symlink_to(tmp_path / "gone")
    put(tmp_path / "x.abi3.so", NEW)
    assert found(tmp_path) == []
