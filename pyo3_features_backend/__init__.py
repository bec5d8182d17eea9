"""A PEP 517 / PEP 660 build backend that decides the stable ABI and the PyO3 features of a Rust extension.

Front ends call the functions below in the project's folder. Each function gathers the facts, calls
`decide.plan.decide` to make the plan, and calls the delegate to compile.
"""

from __future__ import annotations

import functools
from collections.abc import Callable, Mapping
from typing import TypeVar, Union

from .rebuild import bytecode

__version__ = "0.1.0"

__all__ = [
    "build_editable",
    "build_sdist",
    "build_wheel",
    "get_requires_for_build_editable",
    "get_requires_for_build_sdist",
    "get_requires_for_build_wheel",
    "prepare_metadata_for_build_editable",
    "prepare_metadata_for_build_wheel",
]

# What front ends pass (PEP 517): strings, or a list of strings for a repeated option.
ConfigSettings = Mapping[str, Union[str, list[str]]]
F = TypeVar("F", bound=Callable[..., object])


def _hook(function: F) -> F:
    """Load modules from kept bytecode, and let ``function`` end with a message for what the user can fix."""

    @functools.wraps(function)
    def hook(*args: object, **kwargs: object) -> object:
        bytecode.use()
        from .errors import boundary

        return boundary(function)(*args, **kwargs)

    return hook  # type: ignore[return-value]


@_hook
def get_requires_for_build_wheel(config_settings: ConfigSettings | None = None) -> list[str]:
    from .build.requirements import build_requirements

    return build_requirements("wheel", config_settings)


@_hook
def get_requires_for_build_editable(config_settings: ConfigSettings | None = None) -> list[str]:
    from .build.requirements import build_requirements

    return build_requirements("editable", config_settings)


@_hook
def get_requires_for_build_sdist(config_settings: ConfigSettings | None = None) -> list[str]:
    from .build.requirements import build_requirements

    return build_requirements("sdist", config_settings)


@_hook
def prepare_metadata_for_build_wheel(metadata_directory: str, config_settings: ConfigSettings | None = None) -> str:
    from .build.hooks import prepare_metadata

    return prepare_metadata(metadata_directory, config_settings, editable=False)


@_hook
def prepare_metadata_for_build_editable(metadata_directory: str, config_settings: ConfigSettings | None = None) -> str:
    from .build.hooks import prepare_metadata

    return prepare_metadata(metadata_directory, config_settings, editable=True)


@_hook
def build_wheel(
    wheel_directory: str,
    config_settings: ConfigSettings | None = None,
    metadata_directory: str | None = None,
) -> str:
    from .build.hooks import make_wheel

    return make_wheel(wheel_directory, config_settings, metadata_directory, editable=False)


@_hook
def build_editable(
    wheel_directory: str,
    config_settings: ConfigSettings | None = None,
    metadata_directory: str | None = None,
) -> str:
    from .build.hooks import make_wheel

    return make_wheel(wheel_directory, config_settings, metadata_directory, editable=True)


@_hook
def build_sdist(sdist_directory: str, config_settings: ConfigSettings | None = None) -> str:
    from .build.hooks import make_sdist

    return make_sdist(sdist_directory, config_settings)
