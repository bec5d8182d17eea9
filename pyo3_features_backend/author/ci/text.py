"""The text of a workflow. Pure: the values of a project in, YAML out.

The names of runners, actions and their inputs are those of GitHub's documentation ("GitHub-hosted runners"), of
PyO3/maturin-action, of cibuildwheel 4.3 and of pypa/gh-action-pypi-publish.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from ..matrix import formats
from ..pythons import setup_python
from . import Tool, Workflow, native
from .parts import checkout, download, indented, one_line, python, quoted, steps, upload

_PUBLISH = "pypa/gh-action-pypi-publish@release/v1"
# No major version is a tag of cibuildwheel; v4.3 follows its patch releases.
_CIBUILDWHEEL = "pypa/cibuildwheel@v4.3"

_TOP = """\
# Actions are named by their versions. To pin one by its hash, write the commit that the tag is today, and the tag as a
# comment: `uses: actions/checkout@0123456789abcdef0123456789abcdef01234567 # v7.0.1`. Dependabot and Renovate keep both
# up to date. `pyo3-features ci` leaves such edits alone as long as the plan is the same.
name: wheels

on:
  push:
    branches: [main, master]
    tags: ["*"]
  pull_request:
  workflow_dispatch:

# No job may write anything, but for the one that publishes.
permissions:
  contents: read

# A new push takes the place of a run that is going on; never of a release.
concurrency:
  group: wheels-${{ github.ref }}
  cancel-in-progress: ${{ !startsWith(github.ref, 'refs/tags/') }}

jobs:
"""
_RUST = (
    "curl --proto =https --tlsv1.2 -sSf https://sh.rustup.rs | sh -s -- -y --profile minimal --default-toolchain stable"
)


def text(workflow: Workflow) -> str:
    """The workflow, without the line that marks who wrote it."""
    if workflow.tool == Tool.MATURIN_ACTION:
        builds = {"linux": native.linux(workflow), "native": native.windows_and_macos(workflow)}
    else:
        builds = {"wheels": _cibuildwheel(workflow)}
    sdist = _sdist_of_maturin() if workflow.tool == Tool.MATURIN_ACTION else _sdist()
    jobs = {**builds, "sdist": sdist, "test": _test(workflow, next(iter(builds)))}
    jobs["audit"] = _audit(workflow, list(builds))
    jobs["publish"] = _publish()
    return _comment(workflow) + _TOP + "\n".join(f"  {name}:\n{indented(body, 4)}" for name, body in jobs.items())


def _comment(workflow: Workflow) -> str:
    """The wheels, each with the Pythons that it serves."""
    lines = [f"# The wheels of {one_line(workflow.name)}, on each platform:"]
    for call in workflow.calls:
        lines += [f"#   {wheel.label} for {formats.ranges(wheel.serves)}" for wheel in call.wheels]
    for wheel in workflow.left_out:
        lines.append(f"# Not built here, for {workflow.tool} cannot: {wheel.label} for {formats.ranges(wheel.serves)}")
    return "\n".join([*lines, "#", ""])


def _cibuildwheel(workflow: Workflow) -> str:
    rows = (
        ("ubuntu-latest", "x86_64", "linux-x86_64"),
        ("ubuntu-24.04-arm", "aarch64", "linux-aarch64"),
        ("windows-latest", "AMD64", "windows-x64"),
        ("windows-11-arm", "ARM64", "windows-arm64"),
        ("macos-15-intel", "x86_64", "macos-x86_64"),
        ("macos-latest", "arm64", "macos-arm64"),
    )
    listed = "".join(f"      - {{ os: {os}, archs: {archs}, name: {name} }}\n" for os, archs, name in rows)
    return (
        "runs-on: ${{ matrix.os }}\nstrategy:\n  fail-fast: false\n  matrix:\n    include:\n"
        + listed
        + steps(checkout(), *(_run_of(workflow, number) for number in range(len(workflow.calls))))
        + indented(upload("wheels-${{ matrix.name }}"), 2)
    )


def _run_of(workflow: Workflow, number: int) -> str:
    """A step of cibuildwheel."""
    call = workflow.calls[number]
    enabled = formats.groups(call.wheels)
    variables = {"CIBW_BUILD": formats.selected(call.wheels), "CIBW_ARCHS": "${{ matrix.archs }}"}
    if enabled:
        variables["CIBW_ENABLE"] = " ".join(enabled)
    if call.options:
        variables["CIBW_CONFIG_SETTINGS"] = call.options
    rust = ""
    if not workflow.rust_by_project:
        rust = "    # The containers have no Rust; the other runners do.\n"
        rust += f"    CIBW_BEFORE_ALL_LINUX: {quoted(_RUST)}\n"
        rust += "    CIBW_ENVIRONMENT_LINUX: PATH=$HOME/.cargo/bin:$PATH\n"
    # cibuildwheel stops where there is nothing to build: these runners have CPython only.
    others = all(wheel.build_with.implementation != "cpython" for wheel in call.wheels)
    when = "  if: ${{ matrix.archs != 'ARM64' && matrix.archs != 'arm64' }}\n" if others else ""
    return (
        f"- name: {quoted(', '.join(wheel.label for wheel in call.wheels))}\n{when}  uses: {_CIBUILDWHEEL}\n"
        "  with:\n    output-dir: dist\n  env:\n"
        + "".join(f"    {name}: {quoted(value)}\n" for name, value in variables.items())
        + rust
    )


def _sdist_of_maturin() -> str:
    action = f"- uses: {native.ACTION}\n  with:\n    command: sdist\n    args: --out dist\n"
    return "runs-on: ubuntu-latest\n" + steps(checkout(), action, upload("sdist"))


def _sdist() -> str:
    run = "- run: |\n    python -m pip install build\n    python -m build --sdist --outdir dist\n"
    return "runs-on: ubuntu-latest\n" + steps(checkout(), python('"3.13"'), run, upload("sdist"))


def _test(workflow: Workflow, built: str) -> str:
    """The wheels that are published, on the oldest and the newest Python that each of them serves."""
    ends: Iterable[str] = dict.fromkeys(
        setup_python(target)
        for call in workflow.calls
        for wheel in call.wheels
        for target in (next(one for one in wheel.serves if one == wheel.build_with), wheel.serves[-1])
    )
    versions = "".join(f"      - {quoted(version)}\n" for version in ends)
    install = (
        "- name: Install the wheel that pip chooses for this Python\n"
        "  shell: bash\n"
        "  run: |\n"
        '    python -m pip install --no-index --no-deps --only-binary :all: --find-links dist "$NAME"\n'
        "    # Its dependencies, and what the tests need.\n"
        f'    python -m pip install "$NAME"{" pytest" if "pytest" in workflow.tests else ""}\n'
        f"  env:\n    NAME: {quoted(workflow.name)}\n"
    )
    run = f"- name: Test it, away from the sources of the package\n  run: {workflow.tests}\n"
    if "pytest" in workflow.tests:
        run = "- name: Test it\n  # Not `python -m pytest`, which would put the sources first.\n"
        run += f"  run: {workflow.tests}\n"
    return (
        f"needs: {built}\nruns-on: ubuntu-latest\nstrategy:\n  fail-fast: false\n  matrix:\n"
        f"    # The oldest and the newest Python of each wheel.\n    python:\n{versions}"
        + steps(checkout(), python("${{ matrix.python }}"), download("wheels-linux-x86_64"), install, run)
    )


def _audit(workflow: Workflow, needs: Sequence[str]) -> str:
    command = f"pip install {quoted(workflow.requirement)}"
    lines = [f"    python -m {command}", "    pyo3-features audit dist"]
    if not workflow.left_out:
        lines.append("    # Every wheel of the plan and no other: here, where all interpreters can be had.")
        lines.append("    pyo3-features audit --plan dist/*-manylinux*_x86_64.whl")
    run = "- name: Tags, files and symbols of all wheels\n  shell: bash\n  run: |\n" + "\n".join(lines) + "\n"
    return f"needs: [{', '.join(needs)}]\nruns-on: ubuntu-latest\n" + steps(
        checkout(), python('"3.13"'), download("wheels-*"), run
    )


def _publish() -> str:
    return (
        "# By trusted publishing, so without a secret: https://docs.pypi.org/trusted-publishers/ says how PyPI\n"
        "# learns of this workflow and its environment `pypi`. Each file gets an attestation (PEP 740) of its origin.\n"
        "if: ${{ github.event_name == 'push' && startsWith(github.ref, 'refs/tags/') }}\n"
        "needs: [sdist, test, audit]\nruns-on: ubuntu-latest\n"
        "environment: pypi\npermissions:\n  id-token: write\n"
        + steps(
            download('"{wheels-*,sdist}"'),
            f"- uses: {_PUBLISH}\n  with:\n    packages-dir: dist\n    attestations: true\n",
        )
    )
