"""The files, the environment and the right answers of a generated project in a given state: pure functions of both."""

from __future__ import annotations

import json
from typing import NamedTuple, Union

from support.generated_projects import (
    COMMAND,
    EXTRA_CONFIG,
    FOLDERS,
    OWN_CONFIG,
    PARENT_CONFIG,
    VARIABLES,
    Crate,
    Layout,
    Reading,
    State,
    join,
    relative,
)
from support.generated_rust import MACROS, build_script, library


class Link(NamedTuple):
    """A symbolic link to a folder beside it."""

    target: str


Content = Union[str, Link]
# Words that stand for what only the machine knows: a folder outside of the project that stays the same from build to
# build, the C compiler, and the target in the spelling of cargo's variables.
TOOLS, CC, HOST = "@tools", "@cc", "@host"
PROFILE = "[profile.release]\nopt-level = 0\ncodegen-units = 1\ndebug = false\n"
LINKER = """#!/bin/sh
echo 'long long linked(void) {{ return {number}; }}' | cc "$@" -x c -
"""
SETUP = """import os
from setuptools import setup
from setuptools.command.build import build
from setuptools_rust import Binding, RustBin, RustExtension
class Build(build):
    def run(self):
        for name, file in {variables}.items():
            if os.path.exists(file):
                with open(file) as said:
                    os.environ[name] = said.read().strip()
        super().run()
setup(name='plain', version='1.0', {python}, zip_safe=False, cmdclass={{"build": Build}},
      rust_extensions=[{extensions}])
"""
COMPILER = """#!/bin/sh
exec {cc} -DTOOL={number} "$@"
"""


def files(layout: Layout, state: State) -> dict[str, Content]:
    """Everything that is written, by its path from the project's folder."""
    made: dict[str, Content] = {}
    for crate in layout.libraries:
        made.update(_of_crate(layout, crate, state))
    for _, reading in layout.readings():
        made.update(_of_reading(reading, state))
    if layout.macros:
        made[join(layout.macros, "Cargo.toml")] = _package("macros") + "[lib]\nproc-macro = true\n"
        made[join(layout.macros, "src/lib.rs")] = MACROS.format(
            number=state["code macros"], again=state.get("again macros", 0)
        )
    program = f'fn main() {{ println!("{{}}", {layout.root.library}::told()); }}\n'
    if layout.delegate == "maturin":
        made["src/main.rs"] = program
    if layout.program:
        made["src/bin/tool.rs"] = program
    for config in (OWN_CONFIG, PARENT_CONFIG, EXTRA_CONFIG):
        text = _config(layout, state, config)
        if text and (config != EXTRA_CONFIG or layout.extra_config):
            made[config] = text
    if layout.linker:
        made[_linker(layout)] = LINKER.format(number=state["linker"])
    if layout.compiler:
        made[f"{TOOLS}/{'cc' if layout.compiler == 'PATH' else 'other-cc'}"] = COMPILER.format(
            number=state["compiler"], cc=CC
        )
    if layout.python:
        for key, number in state.items():
            if key.startswith("python "):
                made[f"pkg/{key.partition(' ')[2]}"] = f"NUMBER = {number}\n"
    if layout.sdist:
        made["PKG-INFO"] = "Metadata-Version: 2.1\nName: plain\nVersion: 1.0\n"
    return {**made, **_python_project(layout, state)}


def _of_crate(layout: Layout, crate: Crate, state: State) -> dict[str, Content]:
    made: dict[str, Content] = {join(crate.folder, "src/lib.rs"): library(layout, crate, state)}
    made[join(crate.folder, "Cargo.toml")] = _manifest(layout, crate, state)
    if crate.scripted:
        made[join(crate.folder, "build.rs")] = build_script(crate, state)
    return made


def _of_reading(reading: Reading, state: State) -> dict[str, Content]:
    if reading.how in VARIABLES:
        told = reading.source == COMMAND and reading.name in state
        return {f"{TOOLS}/{reading.name}.txt": f"{state[reading.name]}\n"} if told else {}
    made: dict[str, Content] = {}
    for path in filter(None, (reading.path, reading.header)):
        folder = path.rpartition("/")[0]
        if folder.endswith("linked"):
            made[folder] = Link("real")
        elif folder.endswith("tagged"):
            made[f"{folder}/CACHEDIR.TAG"] = "Signature: 8a477f597d28d172789f06886806bc55\n"
    if reading.how in FOLDERS:
        of_this = {key: number for key, number in state.items() if key.startswith(reading.name + "/")}
        return {**made, **{join(reading.path, key.partition("/")[2]): f"{n}\n" for key, n in of_this.items()}}
    number, name = state[reading.name], reading.name
    if reading.how == "C":
        made[reading.header] = f"#define {name.upper()}_HEADER {state[name + ' header']}\n"
        made[reading.path] = (
            f'#include "{name}.h"\n#ifndef TOOL\n#define TOOL 0\n#endif\n'
            f"long long {name}_source(void) {{ return {number}; }}\n"
            f"long long {name}_header(void) {{ return {name.upper()}_HEADER; }}\n"
            f"long long {name}_tool(void) {{ return TOOL; }}\n"
        )
    elif reading.how == "module":
        made[reading.path] = f"pub const NUMBER: i64 = {number};\n"
    else:
        made[reading.path] = f"{number}\n"
    return made


def _package(name: str) -> str:
    return f'[package]\nname = "{name}"\nversion = "1.0.0"\nedition = "2021"\n'


def _manifest(layout: Layout, crate: Crate, state: State) -> str:
    extension = crate in (layout.root, layout.second)
    kinds = ["rlib"]
    if extension and layout.delegate == "setuptools-rust":
        kinds = ["cdylib", "rlib"] if layout.program and crate == layout.root else ["cdylib"]
    text = _package(crate.name) + f'[lib]\nname = "{crate.library}"\ncrate-type = {json.dumps(kinds)}\n'
    used = [layout.crate(name) for name in crate.used(state)]
    optional = [part for part in used if part.optional and crate == layout.root]
    if optional:
        text += "[features]\n" + "".join(f'with_{part.name} = ["dep:{part.name}"]\n' for part in optional)
    text += "[dependencies]\n"
    for part in used:
        more = ", optional = true" if part in optional else ""
        text += f'{part.name} = {{ path = "{relative(part.folder, crate.folder)}"{more} }}\n'
    if crate.expands:
        text += f'macros = {{ path = "{relative(layout.macros, crate.folder)}" }}\n'
    if crate == layout.root:
        members = '[workspace]\nmembers = ["second"]\n' if layout.second and not layout.alone else ""
        text += members + PROFILE
    if crate == layout.second and layout.alone:
        text += "[workspace]\n" + PROFILE
    return text


def _config(layout: Layout, state: State, config: str) -> str:
    """The text of one of cargo's configuration files; empty where it has nothing to say."""
    text = ""
    rows = [f'{name} = "{value}"\n' for name, value in variables(layout, state, config).items()]
    if rows or config == EXTRA_CONFIG:
        text += "[env]\n" + "".join(rows)
    if layout.level == config:
        text += f"[build]\nrustflags = ['--cfg', 'level=\"{state['level']}\"']\n"
    if layout.linker == config:
        text += f"[target.'cfg(unix)']\nlinker = \"{relative(_linker(layout), join(config, '../..'))}\"\n"
    return text


def _linker(layout: Layout) -> str:
    return f"{TOOLS}/linked-gcc" if layout.linker == "variable" else "tools/linked-gcc"


def features(layout: Layout, state: State) -> list[str]:
    return [f"with_{part.name}" for part in layout.parts if f"feature {part.name}" in state]


def cargo_arguments(layout: Layout, state: State) -> list[str]:
    """What the project's settings or the environment pass on to cargo."""
    words = ["--config", EXTRA_CONFIG] if layout.extra_config else []
    if layout.features_from == "arguments" and features(layout, state):
        words += ["--features", ",".join(features(layout, state))]
    return words


def _python_project(layout: Layout, state: State) -> dict[str, Content]:
    switched = features(layout, state) if layout.features_from == "settings" else []
    text = (
        '[build-system]\nrequires = ["pyo3-features-backend"]\nbuild-backend = "pyo3_features_backend"\n'
        '[project]\nname = "plain"\nversion = "1.0"\n'
        f'[tool.pyo3-features-backend]\ndelegate = "{layout.delegate}"\nverify = []\n'
    )
    if layout.delegate == "maturin":
        return {"pyproject.toml": text + f'[tool.maturin]\nbindings = "bin"\nfeatures = {json.dumps(switched)}\n'}
    words = cargo_arguments(layout, state)
    common = f"args={words}, features={switched}"
    made = [f'RustExtension("plain", binding=Binding.NoBinding, {common})']
    if layout.second:
        words = ["--config", EXTRA_CONFIG] if layout.extra_config else []
        made.append(f'RustExtension("second", "second/Cargo.toml", binding=Binding.NoBinding, args={words})')
    if layout.program:
        made.append(f'RustBin("tool", {common})')
    python = 'packages=["pkg"], package_data={"pkg": ["*.txt"]}' if layout.python else "packages=[], py_modules=[]"
    commanded = [reading for _, reading in layout.readings() if reading.source == COMMAND]
    said = {reading.variable: f"{TOOLS}/{reading.name}.txt" for reading in commanded}
    setup = SETUP.format(variables=said, python=python, extensions=", ".join(made))
    return {"pyproject.toml": text, "setup.py": setup}


def variables(layout: Layout, state: State, source: str) -> dict[str, str]:
    """The variables that the shell, a configuration file or a command of setup.py sets."""
    named = [reading for _, reading in layout.readings() if reading.variable and reading.source == source]
    return {reading.variable: str(state[reading.name]) for reading in named if reading.name in state}


def environment(layout: Layout, state: State) -> dict[str, str]:
    """The variables of a build, but for PATH and those that are the same for all projects."""
    made = variables(layout, state, "shell")
    if layout.level == "RUSTFLAGS":
        made["RUSTFLAGS"] = f'--cfg level="{state["level"]}"'
    if layout.linker == "variable":
        made[f"CARGO_TARGET_{HOST}_LINKER"] = _linker(layout)
    if layout.compiler == "CC":
        made["CC"] = f"{TOOLS}/other-cc"
    words = cargo_arguments(layout, state)
    if layout.delegate == "maturin" and words:
        made["MATURIN_PEP517_ARGS"] = " ".join(words)
    if layout.nightly:
        made.update(RUSTUP_TOOLCHAIN="nightly", CARGO_UNSTABLE_BUILD_DIR_NEW_LAYOUT="true")
    return made


def answers(layout: Layout, state: State) -> dict[str, str]:
    """What the wheel has to say: of each library, program and Python file."""
    made = {"plain": "\n".join(_lines(layout, layout.root, state))}
    if layout.second:
        made["second"] = "\n".join(_lines(layout, layout.second, state))
    if layout.program:
        made["tool"] = made["plain"]
    if layout.python:
        found = [key.partition(" ")[2] for key in state if key.startswith("python ")]
        made.update({f"pkg/{name}": f"NUMBER = {state['python ' + name]}" for name in found})
    return made


def _lines(layout: Layout, crate: Crate, state: State) -> list[str]:
    made = [f"{crate.name}.code={state['code ' + crate.name]}"]
    made += [f"{crate.name}.{reading.name}={_said(layout, reading, state)}" for reading in crate.readings]
    if crate.expands:
        made.append(f"{crate.name}.macros={state['code macros']}")
    if crate == layout.root and layout.level:
        made.append(f"{crate.name}.level={state['level']}")
    if crate == layout.root and layout.linker:
        made.append(f"{crate.name}.linked={state['linker']}")
    for name in crate.used(state):
        if crate != layout.root or not layout.crate(name).optional or f"feature {name}" in state:
            made += _lines(layout, layout.crate(name), state)
    return made


def _said(layout: Layout, reading: Reading, state: State) -> str:
    if reading.how in FOLDERS:
        of_this = sorted(key for key in state if key.startswith(reading.name + "/"))
        return "".join(f"{key.partition('/')[2]}:{state[key]};" for key in of_this)
    if reading.how == "C":
        tool = state["compiler"] if layout.compiler else 0
        return f"{state[reading.name]},{state[reading.name + ' header']},{tool}"
    return str(state.get(reading.name, "unset"))
