"""The wheels against those that are published."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from pyo3_features_backend.author.matrix import compare as matrix_compare
from pyo3_features_backend.author.platforms import PLATFORMS
from pyo3_features_backend.errors import BackendError
from pyo3_features_backend.model.settings import Settings
from support.matrices import matrix, names

PUBLISHED = [
    f"demo-1.0-cp3{minor}-cp3{minor}-{platform}.whl"
    for minor in (9, 10, 11)
    for platform in ("manylinux_2_17_x86_64.manylinux2014_x86_64", "macosx_11_0_arm64")
]


def compare(published: list[str]) -> matrix_compare.Comparison:
    return matrix_compare.compare(matrix(Settings()), published, "Demo")


def test_published_wheels_are_compared() -> None:
    compared = compare(PUBLISHED)
    assert compared.published == ("cp39-cp39", "cp310-cp310", "cp311-cp311")
    assert [(one.name, one.published, one.needed) for one in compared.platforms] == [
        ("macosx_arm64", 3, 1),
        ("manylinux_x86_64", 3, 1),
    ]
    assert compared.fewer == 4
    assert names(compared.missing) == "cp312 cp313 cp314 cp315 cp314t cp315t pp311 pp312"
    assert compared.superfluous == ("cp39-cp39", "cp310-cp310", "cp311-cp311")
    older = compare([*PUBLISHED, "demo-1.0-cp38-cp38-win_amd64.whl"])
    assert (older.fewer, older.others) == (4, 1)
    same = compare(["demo-1.0-cp39-abi3-win_amd64.whl"])
    assert (same.fewer, same.superfluous) == (0, ())


def test_wheels_for_an_older_and_a_newer_glibc_are_not_one_too_many() -> None:
    linux = [f"demo-1.0-cp3{n}-abi3-manylinux_2_{glibc}_x86_64.whl" for n in (9, 11) for glibc in (17, 28, 34)]
    (platform,) = compare(linux).platforms
    assert (platform.published, platform.needed) == (6, 3)


def test_what_a_platform_leaves_out_is_told_of_it() -> None:
    compared = compare(["demo-1.0-cp39-abi3-win_amd64.whl", "demo-1.0-cp311-abi3-win_arm64.whl"])
    assert [names(one.missing) for one in compared.platforms] == [
        "cp314t cp315t pp311 pp312",
        "cp39 cp310 cp314t cp315t pp311 pp312",
    ]
    assert matrix_compare.in_words(compared).splitlines() == [
        "published: 2 wheels; for the same Pythons 2 would be enough, as many",
        "  win_amd64  1 now, 1 needed",
        "  win_arm64  1 now, 1 needed; nothing for CPython 3.9 to 3.10",
        "published wheels do not cover: CPython 3.14t to 3.15t, PyPy 3.11 to 3.12",
        "no longer needed: cp311-abi3",
    ]
    assert json.loads(json.dumps(matrix_compare.as_json(compared)))["platforms"][1] == {
        "name": "win_arm64",
        "published": 1,
        "needed": 1,
        "missing": ["cp39", "cp310", "cp314t", "cp315t", "pp311", "pp312"],
    }


@pytest.mark.parametrize(
    ("wheels", "message"),
    [
        (["demo.whl"], "Invalid wheel filename"),
        (["other-1.0-cp39-abi3-win_amd64.whl"], "is a wheel of other, not of Demo"),
        ([PUBLISHED[0], "demo-1.1-cp39-abi3-win_amd64.whl"], "the wheels are from 2 releases: 1.0, 1.1"),
    ],
)
def test_what_is_no_release_of_the_project_cannot_be_compared(wheels: list[str], message: str) -> None:
    with pytest.raises(BackendError, match=message):
        compare(wheels)


def test_where_published_wheels_are_named(tmp_path: Path) -> None:
    folder = tmp_path / "dist"
    folder.mkdir()
    (folder / PUBLISHED[0]).touch()
    (tmp_path / "list.html").write_text(f'<a href="https://host/x/{PUBLISHED[1]}#sha256=0">')
    assert matrix_compare.names([str(folder), str(tmp_path / "list.html"), ",".join(PUBLISHED[2:])]) == PUBLISHED
    for words in (["nothing"], [str(tmp_path)]):
        with pytest.raises(BackendError):
            matrix_compare.names(words)


MIXED = [
    "demo-1.0-cp39-abi3-manylinux_2_17_x86_64.whl",
    "demo-1.0-cp39-abi3-android_24_arm64_v8a.whl",
    "demo-1.0-cp313-cp313-pyemscripten_2025_0_wasm32.whl",
    "demo-1.0-cp312-cp312-pyodide_2024_0_wasm32.whl",
]


@pytest.mark.parametrize(("name", "kept"), [(None, MIXED[:1]), ("android", MIXED[1:2]), ("pyodide", MIXED[2:])])
def test_wheels_are_compared_with_those_of_their_platform(name: str | None, kept: list[str]) -> None:
    platform = PLATFORMS[name] if name else None
    assert matrix_compare.on_platform(MIXED, platform) == kept


def test_no_wheel_for_the_platform_names_the_option() -> None:
    with pytest.raises(BackendError, match="none of the wheels is for iOS") as refused:
        matrix_compare.on_platform(MIXED[:2], PLATFORMS["ios"])
    assert refused.value.hint == "leave --platform out or --platform android"
    with pytest.raises(BackendError, match="none of the wheels is for Linux, macOS or Windows"):
        matrix_compare.on_platform(MIXED[1:], None)


@pytest.mark.parametrize(
    ("tag", "platform"),
    [
        ("cp313-cp313-pyodide_2025_0_wasm32", "pyodide_wasm32"),
        ("cp314-cp314-pyemscripten_2026_0_wasm32", "pyodide_wasm32"),
        ("cp39-abi3-android_24_arm64_v8a", "android_arm64_v8a"),
        ("cp39-abi3-ios_13_0_x86_64_iphonesimulator", "ios_x86_64_iphonesimulator"),
        ("cp39-abi3-manylinux_2_17_x86_64.manylinux2014_x86_64", "manylinux_x86_64"),
        ("cp39-abi3-win_amd64", "win_amd64"),
    ],
)
def test_a_platform_is_one_whatever_its_version(tag: str, platform: str) -> None:
    assert matrix_compare.parsed_name(f"demo-1.0-{tag}.whl", "demo")[2] == platform
