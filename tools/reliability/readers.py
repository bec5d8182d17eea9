"""What a build reads, one function for each kind of input: bytes in, and only an error of our own out."""

from __future__ import annotations

import os
from contextlib import suppress
from pathlib import Path
from typing import Any

from pyo3_features_backend.build import gather, gather_maturin, requirements, setuptools
from pyo3_features_backend.build.ask_maturin import ask
from pyo3_features_backend.build.start import Start
from pyo3_features_backend.decide import plan
from pyo3_features_backend.decide.case import Basis
from pyo3_features_backend.delegates import maturin
from pyo3_features_backend.errors import BackendError, Place
from pyo3_features_backend.facts import (
    arguments,
    asking,
    config_file,
    config_format,
    crates,
    cross,
    interpreter,
    project,
)
from pyo3_features_backend.facts.query import Query
from pyo3_features_backend.facts.toml import line_of, line_of_value
from pyo3_features_backend.model.extension import Extension
from pyo3_features_backend.model.words import DelegateName

from . import world


def pyproject(data: bytes) -> None:
    """pyproject.toml: its settings, its [project] and [tool.maturin], up to the plan; and the requirements."""
    with world.files(world.project(), {"pyproject.toml": data}) as root, world.answering(world.recorded()):
        failed: BackendError | None = None
        for kind in ("wheel", "sdist"):
            try:
                requirements.build_requirements(kind, None)
            except BackendError as error:
                failed = error
        start = Start.read(root, None)
        if start.delegate == DelegateName.MATURIN:
            _whole(start)
        if failed:
            raise failed


def _whole(start: Start) -> None:
    with world.quiet():
        facts = gather_maturin.facts(ask(start))
        gather.summary(facts)
        for problem in facts.plan.problems:
            str(problem)
        (extension,) = facts.extensions
        maturin.compose(extension)
        if extension.crate:
            maturin.extension_stem(facts.project, extension.crate)
        maturin.profile(facts.project, extension.arguments, editable=True)


def pyproject_of_setuptools(data: bytes) -> None:
    """pyproject.toml as setuptools and setuptools-rust see it, up to the plan."""
    with (
        world.files(world.project(), {"pyproject.toml": data}) as root,
        world.answering(world.recorded()),
        world.quiet(),
    ):
        start = Start.read(root, None)
        if start.delegate == DelegateName.SETUPTOOLS_RUST:
            setuptools.plans(start, [None])


def toml_places(data: bytes) -> None:
    """The lines of keys and values: a search in any text."""
    text = world.text(data)
    for path in (("project", "requires-python"), ("tool", "maturin", "features"), ("dependencies", "pyo3", "features")):
        line_of(text, *path)
        line_of_value(text, "abi3-py39", *path)
    line_of(text, "tool", "pyo3-features-backend", "overrides", 1, "if")


def requires_python(data: bytes) -> None:
    """The specifier in requires-python."""
    specifier = world.text(data)
    project.lower_bound(specifier, Place("pyproject.toml"))
    for python in ((2, 7), (3, 9), (3, 15)):
        project.allows(specifier, python, Place("pyproject.toml"))


def metadata(data: bytes) -> None:
    """cargo metadata's answer."""
    with (
        world.files(world.project(), {}) as root,
        world.answering(world.recorded()._replace(metadata=world.text(data))),
    ):
        _whole(Start.read(root, None))


def metadata_failed(data: bytes) -> None:
    """What cargo says as it fails."""
    answers = world.recorded()._replace(metadata="", status=101, stderr=world.text(data))
    with world.files(world.project(), {}) as root, world.answering(answers):
        crates.read(_query(root))


def tree(data: bytes) -> None:
    """cargo tree's answer, which is asked for where features may be unified."""
    table = {**world.metadata(), "workspace_members": [*world.metadata()["workspace_members"]] * 2}
    with world.files(world.project(), {}) as root:
        answers = world.recorded()._replace(metadata=world.json_text(table), tree=world.text(data))
        with world.answering(answers):
            crates.read(_query(root))


def _query(root: Path) -> Query:
    return Query(root=root, manifest=root / "Cargo.toml")


def rustc(data: bytes) -> None:
    """rustc -vV's answer, and the plan with such a release."""
    question = world.Answer(["rustc", "-vV"], world.text(data))
    release, host = gather.release_and_host(question)
    cross.platform_of(host, "linux-x86_64")
    with world.answering(world.recorded()):
        root = world.project()
        crate = crates.read(_query(root))
        settings = Start.read(root, None).declared.for_target(interpreter.running())
        plan.decide(Basis(settings, interpreter.running(), release, ">=3.9", (3, 9)), crate)


def configuration(data: bytes) -> None:
    """A build configuration file of PyO3: checked for several releases, written again, and the Python that it names."""
    for release in (None, "0.14.5", "0.18.0", "0.28.3", "0.30.1"):
        config_format.check(data, "pyo3.txt", pyo3=release, pointer_width=64)
    config = config_file.parse(data, "pyo3.txt", pointer_width=64)
    for release in ("0.14.5", "0.28.3", "0.30.1"):
        with suppress(BackendError):
            config_file.text(config, release)
    cross.of_config(config, Place("pyo3.txt"), interpreter.running())


def sysconfig(data: bytes) -> None:
    """_sysconfigdata_*.py of another Python."""
    file = world.scratch() / "_sysconfigdata_x.py"
    file.write_bytes(data)
    str(cross.of_sysconfig(file, interpreter.running()).wheel_tag)


def build_details(data: bytes) -> None:
    """build-details.json of another Python."""
    file = world.scratch() / "build-details.json"
    file.write_bytes(data)
    str(cross.of_build_details(file, interpreter.running()).wheel_tag)


def python_facts(data: bytes) -> None:
    """What another interpreter prints when it is asked for its facts."""
    interpreter.of_executable.cache_clear()
    str(interpreter.of_executable(_printing(data)).wheel_tag)


def python_configuration(data: bytes) -> None:
    """What another interpreter prints when it is asked for what a build configuration has."""
    config = config_file.resolve(_printing(data), "0.30.1")
    with suppress(BackendError):
        config_file.text(config, "0.30.1")


def _printing(data: bytes) -> str:
    """A program that prints the input."""
    asking.ask.cache_clear()
    answer, program = world.scratch() / "facts.json", world.scratch() / "python"
    answer.write_bytes(data)
    if not program.exists():
        program.write_text(f"#!/bin/sh\nexec cat {str(answer)!r}\n", encoding="utf-8")
        program.chmod(0o755)
    return str(program)


def config_settings(data: bytes) -> None:
    """Config settings of any shape, as JSON."""
    given: Any = world.json_or_nothing(data, object)
    with world.files(world.project(), {}) as root, world.answering(world.recorded()):
        requirements.build_requirements("wheel", given)
        _whole(Start.read(root, given))


def build_arguments(data: bytes) -> None:
    """The text of maturin.build-args or MATURIN_PEP517_ARGS."""
    parsed = maturin.parse({"build-args": world.text(data)}, {})
    extension = Extension(name="", manifest=Path("Cargo.toml"), shown="Cargo.toml", arguments=parsed, table={})
    arguments.cargo_flags(extension)
    arguments.untracked_arguments(extension)
    arguments.config_sets_target_folder(extension, world.scratch())
    arguments.replace_target_dir(maturin.compose(extension), Path("target"))


def environment(data: bytes) -> None:
    """The variables that the backend reads, as JSON, up to the plan."""
    given = world.json_or_nothing(data, dict) or {}
    # What the system itself refuses cannot be in an environment.
    given = {
        name: value for name, value in given.items() if name and isinstance(value, str) and "\0" not in name + value
    }
    given = {name: value for name, value in given.items() if "=" not in name and _possible(name + value)}
    with world.files(world.project(), {}) as root, world.variables(given), world.answering(world.recorded()):
        from pyo3_features_backend.rebuild import cache, content, environment, machine, user_folder

        digests = content.Digests()
        environment.digests(os.environ, [root], digests)
        machine.context([root], "rustc", os.environ, (), digests)
        user_folder.off_because(os.environ)
        failed: BackendError | None = None
        try:
            user_folder.root(os.environ)
            cache.limit(os.environ)
        except BackendError as error:
            failed = error
        requirements.build_requirements("wheel", None)
        _whole(Start.read(root, None))
        if failed:
            raise failed


def _possible(text: str) -> bool:
    try:
        os.fsencode(text)
    except UnicodeEncodeError:
        return False
    return True


def cargo_manifest(data: bytes) -> None:
    """The Cargo.toml of the crate, up to the plan, with what cargo said before."""
    with world.files(world.project(), {"Cargo.toml": data}) as root, world.answering(world.recorded()):
        _whole(Start.read(root, None))


def rust_sources(data: bytes) -> None:
    """The crate's src/lib.rs, up to the plan: which extension modules it defines."""
    with world.files(world.project(), {"src/lib.rs": data}) as root, world.answering(world.recorded()):
        _whole(Start.read(root, None))
