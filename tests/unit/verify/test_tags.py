"""What the tags of a wheel and the suffix of a file promise."""

from __future__ import annotations

import importlib.machinery
from pathlib import Path

import pytest

from pyo3_features_backend.model.words import Abi
from pyo3_features_backend.verify.tags import Claim, Suffix, claims, is_dotted, is_possible, loads, platform, suffix
from pyo3_features_backend.verify.values import Tag

OWN = Abi.VERSION_SPECIFIC


def tag_of(text: str) -> Tag:
    """The tag of ``cp39-abi3``, for any platform."""
    python, abi = text.split("-")
    return Tag(python, abi, "any")


@pytest.mark.parametrize(
    ("tags", "expected"),
    [
        ("cp39-abi3", [Claim(Abi.ABI3, (3, 9))]),
        ("cp310-abi3 cp39-abi3", [Claim(Abi.ABI3, (3, 9))]),
        ("cp39-abi3 cp310-abi3", [Claim(Abi.ABI3, (3, 9))]),
        ("cp315-abi3 cp315-abi3t", [Claim(Abi.ABI3, (3, 15)), Claim(Abi.ABI3T, (3, 15))]),
        ("cp313-cp313t", [Claim(OWN, (3, 13), "t")]),
        ("cp37-cp37m", [Claim(OWN, (3, 7), "m")]),
        ("cp39-cp310", []),
        ("py3-none", []),
        ("cp39-none", []),
        ("py3-abi3", []),
        ("pp311-pypy311_pp73", []),
    ],
)
def test_what_tags_promise(tags: str, expected: list[Claim]) -> None:
    assert list(claims(map(tag_of, tags.split()))) == expected


@pytest.mark.parametrize(
    ("claim", "label", "free_threaded"),
    [
        (Claim(Abi.ABI3, (3, 9)), "CPython 3.9 and newer", False),
        (Claim(Abi.ABI3T, (3, 15)), "CPython 3.15 free-threaded and newer", True),
        (Claim(OWN, (3, 13), "t"), "CPython 3.13 free-threaded", True),
        (Claim(OWN, (3, 12)), "CPython 3.12", False),
    ],
)
def test_a_promise_in_words(claim: Claim, label: str, free_threaded: bool) -> None:
    assert (claim.label, claim.free_threaded) == (label, free_threaded)


@pytest.mark.parametrize(
    ("tag", "possible"),
    [
        ("cp39-abi3", True),
        ("cp312-cp312", True),
        ("py3-none", True),
        ("pp311-pypy311_pp73", True),
        ("py3-abi3", False),
        ("py3-cp312", False),
        ("cp39-cp310", False),
    ],
)
def test_a_tag_that_no_python_accepts(tag: str, possible: bool) -> None:
    assert is_possible(tag_of(tag)) == possible


@pytest.mark.parametrize(
    ("name", "stem", "found"),
    [
        ("x.so", "x", Suffix(".so")),
        ("x.abi3.so", "x", Suffix(".abi3.so", Abi.ABI3)),
        (
            "x.abi3t-x86_64-linux-gnu.so",
            "x",
            Suffix(".abi3t-x86_64-linux-gnu.so", Abi.ABI3T, platform="x86_64-linux-gnu"),
        ),
        ("_y.cpython-313t-darwin.so", "_y", Suffix(".cpython-313t-darwin.so", OWN, (3, 13), "t", platform="darwin")),
        ("x.cp311-win_amd64.pyd", "x", Suffix(".cp311-win_amd64.pyd", OWN, (3, 11), platform="win_amd64")),
        (
            "x.pypy311-pp73-x86_64-linux-gnu.so",
            "x",
            Suffix(".pypy311-pp73-x86_64-linux-gnu.so", OWN, other="pypy311-pp73"),
        ),
    ],
)
def test_the_suffix_of_a_module(name: str, stem: str, found: Suffix) -> None:
    assert suffix(name) == (stem, found)


@pytest.mark.parametrize("name", ["x.py", "x", ".so", "libz.so.1", "x.tar.so", "x.abi4.so", "x.dll"])
def test_another_name_is_that_of_no_module(name: str) -> None:
    assert suffix(name) is None


@pytest.mark.parametrize(
    ("name", "dotted"),
    [
        ("MPI.mpich.cpython-311-x86_64-linux-gnu.so", True),
        ("a.b.c.abi3.so", True),
        ("a.b.cp311-win_amd64.pyd", True),
        ("a.abi3.so", False),
        ("a.cpython-311-x86_64-linux-gnu.so", False),
        ("a.pypy311-pp73-x86_64-linux-gnu.so", False),
        ("libz.1.so", False),  # a plain suffix says nothing of Python
        ("libz.so.1", False),
        (".abi3.so", False),
    ],
)
def test_the_import_system_finds_no_name_with_a_dot_in_front_of_the_suffix(name: str, dotted: bool) -> None:
    assert is_dotted(name) == dotted


def test_importlib_agrees(tmp_path: Path) -> None:
    end = importlib.machinery.EXTENSION_SUFFIXES[0]
    finder = importlib.machinery.FileFinder(str(tmp_path), (importlib.machinery.ExtensionFileLoader, [end]))
    for name in ("plain", "a.b"):
        (tmp_path / f"{name}{end}").write_text("")
    assert [finder.find_spec(name) is not None for name in ("plain", "a", "b", "a.b")] == [True, False, False, False]


ABI3, ABI3_315, ABI3T = Claim(Abi.ABI3, (3, 9)), Claim(Abi.ABI3, (3, 15)), Claim(Abi.ABI3T, (3, 15))


@pytest.mark.parametrize(
    ("name", "loading"),
    [
        ("x.so", "abi3 315 abi3t 37m 311 313t"),
        ("x.abi3.so", "abi3 315 37m 311"),
        ("x.abi3.pyd", "315"),
        ("x.abi3t.so", "315 abi3t"),
        ("x.abi3-x86_64-linux-gnu.so", "315"),
        ("x.cpython-311-x86_64-linux-gnu.so", "311"),
        ("x.cpython-313t-x86_64-linux-gnu.so", "313t"),
        ("x.cpython-37m-x86_64-linux-gnu.so", "37m"),
        ("x.cp37-win_amd64.pyd", "37m"),
        ("x.pypy311-pp73-x86_64-linux-gnu.so", ""),
    ],
)
def test_which_pythons_load_a_suffix(name: str, loading: str) -> None:
    pythons = {
        "abi3": ABI3,
        "315": ABI3_315,
        "abi3t": ABI3T,
        "37m": Claim(OWN, (3, 7), "m"),
        "311": Claim(OWN, (3, 11)),
        "313t": Claim(OWN, (3, 13), "t"),
    }
    parsed = suffix(name)
    assert parsed is not None
    assert [word for word, claim in pythons.items() if loads(parsed[1], claim)] == loading.split()


@pytest.mark.parametrize(
    ("tag", "expected"),
    [
        ("manylinux_2_17_x86_64", ("linux", "ELF", "x86_64")),
        ("manylinux2014_i686", ("linux", "ELF", "i686")),
        ("musllinux_1_2_armv7l", ("linux", "ELF", "arm")),
        ("linux_riscv64", ("linux", "ELF", "riscv64")),
        ("macosx_10_12_universal2", ("macos", "Mach-O", "arm64 x86_64")),
        ("macosx_11_0_arm64", ("macos", "Mach-O", "arm64")),
        ("win_amd64", ("windows", "PE", "amd64")),
        ("win32", ("windows", "PE", "x86")),
        ("android_24_arm64_v8a", ("android", "ELF", "aarch64")),
        ("ios_13_0_arm64_iphoneos", ("ios", "Mach-O", "arm64")),
    ],
)
def test_the_platform_of_a_tag(tag: str, expected: tuple[str, str, str]) -> None:
    found = platform(tag)
    assert found is not None
    assert (found.system, found.format, " ".join(sorted(found.architectures))) == expected


@pytest.mark.parametrize("tag", ["any", "haiku_x86", "manylinux_2_x86_64", "win_x"])
def test_a_platform_that_is_not_known_promises_nothing(tag: str) -> None:
    assert platform(tag) is None
