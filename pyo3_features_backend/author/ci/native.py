"""The jobs that build wheels with maturin-action.

On Linux one job builds all wheels of a platform, in a container that has the interpreters. On Windows and macOS each
wheel has a job with its one interpreter: maturin gets its path, and cannot take another that the runner has.
"""

from __future__ import annotations

from ...delegates.maturin import interpreter_name
from ...model.target import Target
from ..matrix import Wheel
from ..pythons import setup_python
from . import Workflow, parts

ACTION = "PyO3/maturin-action@v1"
# (runner, target, manylinux, name); of PyPy there is no musllinux wheel (PEP 656, and cibuildwheel's list).
_LINUX = (
    ("ubuntu-latest", "x86_64", "auto", "linux-x86_64"),
    ("ubuntu-24.04-arm", "aarch64", "auto", "linux-aarch64"),
    ("ubuntu-latest", "x86_64", "musllinux_1_2", "musllinux-x86_64"),
    ("ubuntu-24.04-arm", "aarch64", "musllinux_1_2", "musllinux-aarch64"),
)
# (runner, target, architecture for setup-python, name)
_OTHERS = (
    ("windows-latest", "x64", "x64", "windows-x64"),
    ("windows-11-arm", "aarch64", "arm64", "windows-arm64"),
    ("macos-15-intel", "x86_64", "x64", "macos-x86_64"),
    ("macos-latest", "aarch64", "arm64", "macos-arm64"),
)
_OLDEST = (3, 11)  # the oldest CPython that setup-python has for each of them
_SCCACHE = "    # Not for releases: nothing that another run has written gets into them.\n"
_SCCACHE += "    sccache: ${{ !startsWith(github.ref, 'refs/tags/') }}\n"


def linux(workflow: Workflow) -> str:
    """The job for manylinux and musllinux."""
    listed = "".join(
        f"      - {{ os: {os}, target: {target}, manylinux: {manylinux}, name: {name} }}\n"
        for os, target, manylinux, name in _LINUX
    )
    builds = []
    for call in workflow.calls:
        for only_gnu in (False, True):
            wheels = [wheel for wheel in call.wheels if (wheel.build_with.implementation != "cpython") == only_gnu]
            if wheels:
                builds.append(_step(wheels, call.options, only_gnu))
    head = "runs-on: ${{ matrix.os }}\nstrategy:\n  fail-fast: false\n  matrix:\n    include:\n"
    return head + listed + parts.steps(parts.checkout(), *builds, parts.upload("wheels-${{ matrix.name }}"))


def _step(wheels: list[Wheel], options: str, only_gnu: bool) -> str:
    interpreters = " ".join(interpreter_name(wheel.build_with) for wheel in wheels)
    arguments = f"--release --out dist --interpreter {interpreters}{' ' * bool(options)}{options}"
    when = "  if: ${{ matrix.manylinux == 'auto' }}\n" if only_gnu else ""
    return (
        f"- name: {parts.quoted(', '.join(wheel.label for wheel in wheels))}\n{when}  uses: {ACTION}\n  with:\n"
        "    target: ${{ matrix.target }}\n    manylinux: ${{ matrix.manylinux }}\n"
        f"    args: {parts.quoted(arguments)}\n{_SCCACHE}"
    )


def windows_and_macos(workflow: Workflow) -> str:
    """The jobs for Windows and macOS."""
    rows = []
    for os, target, architecture, name in _OTHERS:
        for call in workflow.calls:
            for wheel in call.wheels:
                if name != "windows-arm64" or _on_windows_arm64(wheel):
                    version = setup_python(_here(wheel))
                    row = f"os: {os}, target: {target}, architecture: {architecture}, name: {name}, "
                    row += f"python: {parts.quoted(version)}, wheel: {parts.quoted(wheel.label)}"
                    rows.append(f"      - {{ {row}, options: {parts.quoted(call.options)} }}\n")
    more = "  id: python\n"
    install = parts.python("${{ matrix.python }}", more) + "    architecture: ${{ matrix.architecture }}\n"
    build = (
        f"- name: ${{{{ matrix.wheel }}}}\n  uses: {ACTION}\n  with:\n    target: ${{{{ matrix.target }}}}\n"
        "    args: --release --out dist --interpreter ${{ steps.python.outputs.python-path }} ${{ matrix.options }}\n"
        + _SCCACHE
    )
    head = "runs-on: ${{ matrix.os }}\nstrategy:\n  fail-fast: false\n  matrix:\n    include:\n"
    name = "wheels-${{ matrix.name }}-${{ matrix.wheel }}"
    return head + "".join(rows) + parts.steps(parts.checkout(), install, build, parts.upload(name))


def _on_windows_arm64(wheel: Wheel) -> bool:
    """Whether setup-python has a Python there that builds the wheel (versions-manifest.json of python-versions)."""
    return wheel.build_with.implementation == "cpython" and _here(wheel).version >= _OLDEST


def _here(wheel: Wheel) -> Target:
    """What builds a wheel on these runners: one that setup-python has for each of them, if there is one."""
    return next((target for target in wheel.serves if target.version >= _OLDEST), wheel.build_with)
