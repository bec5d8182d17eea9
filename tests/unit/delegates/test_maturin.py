"""What the user says to maturin, read from every place and in every form."""

from __future__ import annotations

import pytest

from pyo3_features_backend.delegates.maturin import parse


@pytest.mark.parametrize(
    "given",
    [
        {"maturin.build-args": "--features a,b -Fc --locked --target=x --config k=1 -- -C debuginfo=0"},
        {
            "build-args": [
                "-F",
                "a b",
                "--features=c",
                "--locked",
                "--target",
                "x",
                "--config=k=1",
                "--",
                "-C",
                "debuginfo=0",
            ]
        },
    ],
)
def test_build_arguments_are_read_in_every_form(given: dict[str, str | list[str]]) -> None:
    arguments = parse(given, {})
    assert arguments.features == ("a", "b", "c")
    assert arguments.values == {"--target": "x"}
    assert arguments.config == ("k=1",)
    assert arguments.rest == ("--locked", "--", "-C", "debuginfo=0")


def test_config_settings_add_to_the_environments_arguments_and_win_over_them() -> None:
    arguments = parse(
        {"maturin.build-args": "--profile dev"}, {"MATURIN_PEP517_ARGS": "--locked --profile release -F x"}
    )
    assert arguments.values == {"--profile": "dev"}
    assert arguments.features == ("x",)
    assert "--locked" in arguments.flags
