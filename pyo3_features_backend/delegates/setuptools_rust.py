"""setuptools-rust as the delegate: what a finalised distribution declares, and the plan in setuptools' words.

setup.py is arbitrary code, so nothing is parsed: :mod:`.setuptools_session` runs it and hands us the distribution.
"""

from __future__ import annotations

import re
import shlex
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

from ..errors import DelegateError, Place
from ..facts.arguments import parse
from ..facts.project import Project
from ..model.crate import Crate, Request
from ..model.extension import Extension
from ..model.plan import Plan
from ..model.settings import ConfigSettings
from ..model.target import Target, extension_suffix
from ..model.words import Abi
from .versions import SETUPTOOLS, SETUPTOOLS_ABI3T, SETUPTOOLS_RUST

if TYPE_CHECKING:
    from ..model.compile import Destination


class Distribution(NamedTuple):
    """A finalised distribution as facts.

    ``limited`` is the wheel's py_limited_api as (floor, place), ``unlimited`` the C extensions that do not keep to the
    limited API, ``triple`` an explicit target of cargo; ``debug`` says that somebody asks for a debug build,
    ``classifiers`` are the project's, wherever they are declared.
    """

    name: str
    requires_python: str | None
    requires_place: Place
    extensions: tuple[Extension, ...]
    limited: tuple[tuple[int, int], Place] | None
    unlimited: tuple[str, ...]
    triple: str | None
    debug: bool = False
    classifiers: tuple[str, ...] = ()


def _place(project: Project, text: str) -> Place:
    """Where ``text`` stands among the files that can declare an extension; setup.py or pyproject.toml without."""
    for name in ("setup.py", "setup.cfg", "pyproject.toml"):
        file = project.root / name
        if file.is_file():
            for number, line in enumerate(file.read_text(encoding="utf-8", errors="replace").splitlines(), 1):
                if text in line:
                    return Place(name, number)
    return Place("setup.py" if (project.root / "setup.py").is_file() else "pyproject.toml")


def read(distribution: Any, project: Project, given: object, config_settings: ConfigSettings | None) -> Distribution:
    """Facts of ``distribution`` (a ``setuptools.Distribution``); ``given`` is what bdist_wheel has as py_limited_api.

    Raises :class:`DelegateError` where it declares no Rust extension, or a py_limited_api that is none.
    """
    declared = getattr(distribution, "rust_extensions", None) or []
    if not declared:
        raise DelegateError(
            "the project declares no Rust extension",
            place=_place(project, "setup("),
            hint="declare it in [tool.setuptools-rust] or as rust_extensions of setup(); a project without Rust has "
            'build-backend = "setuptools.build_meta"',
        )
    requires = getattr(distribution, "python_requires", None)
    build_ext = distribution.get_option_dict("build_ext").get("target", (None, None))[1]
    return Distribution(
        str(distribution.get_name()),
        str(requires) if requires else None,
        requires_place(project),
        tuple(_extension(one, project) for one in declared),
        _limited(distribution, project, given, config_settings),
        tuple(
            str(one.name)
            for one in getattr(distribution, "ext_modules", None) or []
            if not getattr(one, "py_limited_api", False)
        ),
        build_ext,
        any(getattr(one, "debug", None) for one in declared)
        or any("debug" in distribution.get_option_dict(name) for name in ("build", "build_ext", "build_rust")),
        tuple(distribution.get_classifiers()),
    )


def requires_place(project: Project) -> Place:
    """Where requires-python is declared, in pyproject.toml or in setup.py's words."""
    if "requires-python" in project.table.get("project", {}):
        return project.place("project", "requires-python")
    return _place(project, "python_requires")


def _extension(one: Any, project: Project) -> Extension:
    arguments = parse([*(one.args or ()), *(one.cargo_manifest_args or ())])
    name = str(one.name)
    names = [*(one.features or ()), *arguments.features]
    env = getattr(one.env, "env", one.env)
    program = one.binding.name == "Exec"
    return Extension(
        name=name,
        manifest=(project.root / one.path).resolve(),
        shown=str(one.path),
        arguments=arguments,
        place=_place(project, name),
        requests=tuple(Request(feature, _place(project, feature), f"extension {name}") for feature in names),
        profile=arguments.values.get("--profile") or "release",
        env=dict(env) if env else None,
        optional=bool(one.optional),
        program=program,
        limited=None if one.py_limited_api == "auto" else bool(one.py_limited_api),
        # No plan of ours has to do with what a program depends on, so cargo is not asked for it.
        crate=Crate(name, str(one.path), library=False, features=frozenset(), pyo3=None) if program else None,
    )


def _limited(
    distribution: Any, project: Project, given: object, config_settings: ConfigSettings | None
) -> tuple[tuple[int, int], Place] | None:
    """The wheel's py_limited_api: from a configuration file, the command line, setup() or a command class."""
    source, value = distribution.get_option_dict("bdist_wheel").get("py_limited_api", ("", None))
    option = _build_option(config_settings)
    if option:
        source, value = "command line", option
    value = value if value and value != "False" else given
    if not value:
        return None
    if source == "command line":
        place = Place("config setting --build-option")
    elif Path(source).is_file():
        place = _line(Path(source), project.root)
    else:
        place = _place(project, "py_limited_api")
    found = re.fullmatch(r"cp(3)(\d+)", str(value))
    if not found:
        raise DelegateError(f"py_limited_api = {value} is not possible", place=place, hint='a floor like "cp39"')
    return (int(found.group(1)), int(found.group(2))), place


def _line(file: Path, root: Path) -> Place:
    shown = file.resolve().relative_to(root).as_posix() if file.resolve().is_relative_to(root) else str(file)
    for number, line in enumerate(file.read_text(encoding="utf-8", errors="replace").splitlines(), 1):
        if re.match(r"\s*py[-_]limited[-_]api\b", line):
            return Place(shown, number)
    return Place(shown)


def _build_option(config_settings: ConfigSettings | None) -> str | None:
    """--py-limited-api among the build options; setuptools itself ignores them in an editable build."""
    given = (config_settings or {}).get("--build-option") or []
    words = shlex.split(given) if isinstance(given, str) else list(given)
    for at, word in enumerate(words):
        name, equals, value = word.partition("=")
        if name.replace("_", "-") == "--py-limited-api":
            return value if equals else (words[at + 1] if at + 1 < len(words) else None)
    return None


def older(package: str, version: str) -> str | None:
    """The installed version of ``package`` if it is below ``version``; :class:`DelegateError` if there is none."""
    import importlib.metadata  # costs as much as the rest of our imports together

    try:
        installed = importlib.metadata.version(package)
    except importlib.metadata.PackageNotFoundError:
        raise DelegateError(
            f"{package} is not installed",
            hint=f"without build isolation, install it first: python -m pip install {package}",
        ) from None
    numbers = tuple(int(part) for part in re.findall(r"\d+", installed)[:2])
    return installed if numbers < tuple(int(part) for part in version.split(".")) else None


def check_versions(*, abi3t: bool = False) -> None:
    """Raise :class:`DelegateError` for a setuptools or setuptools-rust that is missing or too old."""
    needed = [("setuptools", SETUPTOOLS_ABI3T if abi3t else SETUPTOOLS), ("setuptools-rust", SETUPTOOLS_RUST)]
    for package, version in needed:
        if installed := older(package, version):
            why = " to write an abi3t wheel" if abi3t and package == "setuptools" else ""
            raise DelegateError(
                f"{package} {installed} is too old; this backend needs {version} or newer{why}",
                place=Place("pyproject.toml"),
                hint=f'write "{package}>={version}" in build-system.requires, or leave it out there',
            )


class Instruction(NamedTuple):
    """The plan in setuptools' words.

    ``limited`` is bdist_wheel's py_limited_api ("cp39", False, or None to leave the user's), ``abi3t`` whether the
    wheel is for both stable ABIs, ``features`` and ``env`` go to each extension by number (None: leave it alone).
    ``tag`` is (python tag, abi tag, platform or None for setuptools' own) and ``suffix`` the ending of extension
    files, both None where the running Python is the target: setuptools can only speak of that one. ``sent`` says where
    an extension is compiled, by its number.
    """

    limited: str | bool | None
    abi3t: bool
    features: tuple[tuple[str, ...] | None, ...]
    env: Mapping[str, str]
    tag: tuple[str, str, str | None] | None = None
    suffix: str | None = None
    destinations: Mapping[int, Destination] = {}


def instruction(wheel: Plan, plans: Sequence[Plan | None], target: Target | None = None) -> Instruction:
    """A wheel's plan and those of its extensions as an :class:`Instruction`; ``target`` is one that cannot run here.

    Raises :class:`DelegateError` if the installed setuptools cannot write the planned tag.
    """
    if wheel.abi == Abi.ABI3T:
        check_versions(abi3t=True)
    limited: str | bool | None = None
    if wheel.wheel:
        limited = wheel.wheel[0] if wheel.abi != Abi.VERSION_SPECIFIC else False
    features = tuple(None if plan is None or plan.wheel is None else plan.features for plan in plans)
    found = Instruction(limited, wheel.abi == Abi.ABI3T, features, wheel.env)
    if target is None or wheel.wheel is None:
        return found
    platform = target.platform.replace("-", "_").replace(".", "_") if target.cross_triple else None
    return found._replace(tag=(*wheel.wheel, platform), suffix=extension_suffix(target, wheel.abi))
