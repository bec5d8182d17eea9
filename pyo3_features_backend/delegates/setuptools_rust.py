"""setuptools-rust as the delegate: reads a finalised distribution, and translates the plan into setuptools' options.

setup.py is arbitrary code, so it is not parsed: :mod:`.setuptools_session` runs it and passes the distribution.
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
    """The facts of a finalised distribution.

    ``limited`` is the wheel's py_limited_api as (floor, place). ``unlimited`` names the C extensions that do not use
    the limited API. ``triple`` is an explicit rustc target. ``classifiers`` are the project's, wherever they are
    declared.
    """

    name: str
    requires_python: str | None
    requires_place: Place
    extensions: tuple[Extension, ...]
    limited: tuple[tuple[int, int], Place] | None
    unlimited: tuple[str, ...]
    triple: str | None
    classifiers: tuple[str, ...] = ()


def _can_declare_rust(project: Project) -> bool:
    """Whether setup.py can declare a Rust extension: it mentions Rust, or runs code that may, such as a helper's."""
    file = project.root / "setup.py"
    text = file.read_text(encoding="utf-8", errors="replace") if file.is_file() else ""
    return "rust" in text.lower() or bool(
        re.search(r"(?m)^\s*(from|import)\s+(?!setuptools\b)|\b(exec|__import__)\(", text)
    )


def _place(project: Project, text: str) -> Place:
    """The first line with ``text`` in setup.py, setup.cfg or pyproject.toml; without one, only the file."""
    for name in ("setup.py", "setup.cfg", "pyproject.toml"):
        file = project.root / name
        if file.is_file():
            for number, line in enumerate(file.read_text(encoding="utf-8", errors="replace").splitlines(), 1):
                if text in line:
                    return Place(name, number)
    return Place("setup.py" if (project.root / "setup.py").is_file() else "pyproject.toml")


def read(distribution: Any, project: Project, given: object, config_settings: ConfigSettings | None) -> Distribution:
    """Read a ``setuptools.Distribution``; ``given`` is the value of bdist_wheel's py_limited_api.

    A setup.py that can declare one can leave it out of this build, as for PyPy or if a variable says so; setuptools
    then builds the rest. Raises :class:`DelegateError` if nothing declares a Rust extension, or for an invalid
    py_limited_api.
    """
    declared = getattr(distribution, "rust_extensions", None) or []
    if not declared and not _can_declare_rust(project):
        raise DelegateError(
            "the project declares no Rust extension",
            place=_place(project, "setup("),
            hint="declare it in [tool.setuptools-rust] or as rust_extensions of setup(); a project without Rust has "
            'build-backend = "setuptools.build_meta"',
        )
    requires = getattr(distribution, "python_requires", None)
    triple = distribution.get_option_dict("build_ext").get("target", (None, None))[1]
    return Distribution(
        name=str(distribution.get_name()),
        requires_python=str(requires) if requires else None,
        requires_place=requires_place(project),
        extensions=tuple(_extension(rust_extension, project) for rust_extension in declared),
        limited=_limited(distribution, project, given, config_settings),
        unlimited=tuple(
            str(module.name)
            for module in getattr(distribution, "ext_modules", None) or []
            if not getattr(module, "py_limited_api", False)
        ),
        triple=triple,
        classifiers=tuple(distribution.get_classifiers()),
    )


def requires_place(project: Project) -> Place:
    """Where requires-python is declared: in pyproject.toml, or as python_requires in setup.py or setup.cfg."""
    if "requires-python" in project.table.get("project", {}):
        return project.place("project", "requires-python")
    return _place(project, "python_requires")


def _extension(declared: Any, project: Project) -> Extension:
    """The facts of a ``setuptools_rust.RustExtension``."""
    arguments = parse([*(declared.args or ()), *(declared.cargo_manifest_args or ())])
    name = str(declared.name)
    features = [*(declared.features or ()), *arguments.features]
    env = getattr(declared.env, "env", declared.env)
    program = declared.binding.name == "Exec"
    return Extension(
        name=name,
        manifest=(project.root / declared.path).resolve(),
        shown=str(declared.path),
        arguments=arguments,
        place=_place(project, name),
        requests=tuple(Request(feature, _place(project, feature), f"extension {name}") for feature in features),
        profile=arguments.values.get("--profile") or "release",
        env=dict(env) if env else None,
        optional=bool(declared.optional),
        program=program,
        limited=None if declared.py_limited_api == "auto" else bool(declared.py_limited_api),
        packs_out_dir=bool(getattr(declared, "generated_files", None)),  # setuptools-rust 1.11 does not have it
        # The dependencies of a program do not matter to the plan, so cargo is not asked for them.
        crate=Crate(name, str(declared.path), library=False, features=frozenset(), pyo3=None) if program else None,
    )


def _limited(
    distribution: Any, project: Project, given: object, config_settings: ConfigSettings | None
) -> tuple[tuple[int, int], Place] | None:
    """The wheel's py_limited_api as (floor, place): from a file, the command line, setup() or a command class."""
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
    match = re.fullmatch(r"cp(3)(\d+)", str(value))
    if not match:
        raise DelegateError(f"py_limited_api = {value} is not valid", place=place, hint='use a floor such as "cp39"')
    return (int(match.group(1)), int(match.group(2))), place


def _line(file: Path, root: Path) -> Place:
    """The line of a configuration file that sets py_limited_api."""
    shown = file.resolve().relative_to(root).as_posix() if file.resolve().is_relative_to(root) else str(file)
    for number, line in enumerate(file.read_text(encoding="utf-8", errors="replace").splitlines(), 1):
        if re.match(r"\s*py[-_]limited[-_]api\b", line):
            return Place(shown, number)
    return Place(shown)


def _build_option(config_settings: ConfigSettings | None) -> str | None:
    """The value of --py-limited-api in the build options, which setuptools ignores in an editable build."""
    given = (config_settings or {}).get("--build-option") or []
    options = shlex.split(given) if isinstance(given, str) else list(given)
    for number, option in enumerate(options):
        name, equals, value = option.partition("=")
        if name.replace("_", "-") == "--py-limited-api":
            return value if equals else (options[number + 1] if number + 1 < len(options) else None)
    return None


def older(package: str, version: str) -> str | None:
    """The installed version of ``package`` if it is older than ``version``, else None.

    Raises :class:`DelegateError` if the package is not installed.
    """
    import importlib.metadata  # takes as long as all other imports of this backend together

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
    """Raise :class:`DelegateError` if setuptools or setuptools-rust is missing or too old."""
    required = [("setuptools", SETUPTOOLS_ABI3T if abi3t else SETUPTOOLS), ("setuptools-rust", SETUPTOOLS_RUST)]
    for package, version in required:
        if installed := older(package, version):
            why = " to write an abi3t wheel" if abi3t and package == "setuptools" else ""
            raise DelegateError(
                f"{package} {installed} is too old; pyo3-features-backend needs {version} or newer{why}",
                place=Place("pyproject.toml"),
                hint=f'write "{package}>={version}" in build-system.requires, or remove it there; outside of a build: '
                f"python -m pip install '{package}>={version}'",
            )


class Instruction(NamedTuple):
    """The plan as options of setuptools.

    ``limited`` is bdist_wheel's py_limited_api: "cp39", False, or None to keep the user's. ``abi3t`` says whether the
    wheel is for both stable ABIs. ``features`` has an entry for each extension, None to leave the extension unchanged,
    and ``env`` is added to the environment of all. ``tag`` is (python tag, abi tag, platform or None for setuptools'
    own) and ``suffix`` the suffix of extension files. Both are None if the running Python is the target, the only case
    that setuptools supports itself. ``destinations`` says where each extension is compiled, by its number.
    ``cargo`` is the program to call as cargo. ``profile`` is cargo's profile for extensions that do not name one.
    """

    limited: str | bool | None
    abi3t: bool
    features: tuple[tuple[str, ...] | None, ...]
    env: Mapping[str, str]
    tag: tuple[str, str, str | None] | None = None
    suffix: str | None = None
    destinations: Mapping[int, Destination] = {}
    cargo: str | None = None
    profile: str | None = None


def instruction(wheel: Plan, plans: Sequence[Plan | None], target: Target | None = None) -> Instruction:
    """Translate the plans of a wheel and its extensions. ``target`` is given only if it cannot run here.

    Raises :class:`DelegateError` if the installed setuptools cannot write the planned tag.
    """
    if wheel.abi == Abi.ABI3T:
        check_versions(abi3t=True)
    limited: str | bool | None = None
    if wheel.wheel:
        limited = wheel.wheel[0] if wheel.abi != Abi.VERSION_SPECIFIC else False
    features = tuple(None if plan is None or plan.wheel is None else plan.features for plan in plans)
    result = Instruction(limited=limited, abi3t=wheel.abi == Abi.ABI3T, features=features, env=wheel.env)
    if target is None or wheel.wheel is None:
        return result
    platform = target.platform.replace("-", "_").replace(".", "_") if target.cross_triple else None
    return result._replace(tag=(*wheel.wheel, platform), suffix=extension_suffix(target, wheel.abi))


def uses_base_python(environ: Mapping[str, str]) -> bool:
    """Whether the user has told setuptools-rust to take the base interpreter: with any text that is not empty."""
    return bool(environ.get("SETUPTOOLS_RUST_PEP517_USE_BASE_PYTHON"))
