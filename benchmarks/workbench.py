"""Where the builds of rebuilds.py happen: tools, wheels to install from, interpreters, source trees, environments.

Everything that needs the network is done here, before anything is measured. In a measured command the network is out of
reach: cargo and uv are told to be offline, pip has no index, and whatever asks all the same meets a proxy that is not
there and fails.
"""

from __future__ import annotations

import os
import re
import shutil
import socket
import subprocess
import sys
import time
import venv
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import NamedTuple

TOP = Path(__file__).parent.parent
VARIANTS = ("maturin", "base python", "sccache", "ours")
FIVE = ((3, 9), (3, 10), (3, 11), (3, 12), (3, 13))
MATURIN = '[build-system]\nrequires = ["maturin>=1.14,<2"]\nbuild-backend = "maturin"\n'
OURS = '[build-system]\nrequires = ["pyo3-features-backend[maturin]"]\nbuild-backend = "pyo3_features_backend"\n'
# Whose decision the wheel is: for one Python (there our decision for the stable ABI is turned off), for all of them
# (there maturin is told by hand), or what the project hard-codes.
SPECIFIC, STABLE, DECLARED = "version-specific", "stable ABI", "as declared"
FLOOR = "pyo3/abi3-py39"
ALONE = {STABLE: {"MATURIN_PEP517_ARGS": f"--features {FLOOR}"}}
BACKEND = {SPECIFIC: {"PYO3_FEATURES_BACKEND_ABI3": "off"}}
# What a person's shell or a CI may have set, and what would make the variants build something else.
UNWANTED = (
    ("CARGO_BUILD_", "CARGO_TARGET_", "MATURIN_", "NOX", "PIP_", "PYO3_", "RUSTC_W", "SCCACHE_", "TOX", "UV_")
    + ("VIRTUAL", "PYTHON", "CI")
    + ("NO_PROXY", "no_proxy")
)
# The discard port: nobody listens there.
NOWHERE = "http://127.0.0.1:9"


def interpreters() -> dict[tuple[int, int], Path]:
    """pyenv's newest interpreter of each of the five versions that it has."""
    versions = Path(os.environ.get("PYENV_ROOT", Path.home() / ".pyenv"), "versions")
    found: dict[tuple[int, ...], Path] = {}
    for path in versions.glob("3.*.*/bin/python"):
        name = path.parts[-3]
        if re.fullmatch(r"\d+\.\d+\.\d+", name):
            found[tuple(map(int, name.split(".")))] = path
    newest = {version[:2]: found[version] for version in sorted(found)}
    return {version: newest[version] for version in FIVE if version in newest}


def nightly() -> bool:
    """Whether rustup has a nightly toolchain."""
    env = {**os.environ, "RUSTUP_TOOLCHAIN": "nightly", "RUSTUP_AUTO_INSTALL": "0"}
    return subprocess.run(["rustc", "-V"], env=env, capture_output=True, check=False).returncode == 0


def tags(wheels: list[Path]) -> set[str]:
    """The Python and ABI tags of wheels, such as "cp39-abi3"."""
    return {"-".join(wheel.stem.split("-")[-3:-1]) for wheel in wheels}


def installed_tags(folder: Path) -> set[str]:
    """The same of what is installed in the environments below a folder, from its record of it."""
    found = set()
    for record in folder.glob("*/lib/python*/site-packages/hello_pyo3-*.dist-info/WHEEL"):
        found.update(re.findall(r"^Tag: (\w+-\w+)-", record.read_text(), re.MULTILINE))
    return found


class Bench(NamedTuple):
    """Where the benchmark works, and the environment of each variant."""

    folder: Path
    environments: dict[str, dict[str, str]]
    pythons: dict[tuple[int, int], Path]

    def run(self, variant: str, words: list[str], cwd: Path, more: Mapping[str, str]) -> float:
        """Seconds of a command. A failing command ends the benchmark with what it said."""
        program, *arguments = words
        tool = self.folder / "tools" / "bin" / program
        env = {**self.environments[variant], **more}
        started = time.perf_counter()
        result = subprocess.run([str(tool), *arguments], cwd=cwd, env=env, capture_output=True, text=True, check=False)
        taken = time.perf_counter() - started
        if result.returncode:
            sys.exit(f"{variant}: {' '.join(words)}\n{result.stdout}\n{result.stderr}")
        return taken

    def unpacked(self, project: str) -> Path:
        """A real project's newest sdist, unpacked."""
        folder = self.folder / "got" / project
        if not folder.is_dir():
            words = ["download", "-q", "--no-deps", "--no-binary", project, "-d", str(folder), project]
            subprocess.run([sys.executable, "-m", "pip", *words], check=True)
            (archive,) = folder.iterdir()
            shutil.unpack_archive(archive, folder / "tree")
        (inside,) = (folder / "tree").iterdir()
        return inside

    def tree(self, variant: str, project: str, apart: str) -> Path:
        """The source tree of a project for a variant, as a repository of its author's; another for each ``apart``."""
        folder = self.folder / variant.replace(" ", "-") / apart / project
        if folder.is_dir():
            return folder
        origin = TOP / "examples" / "hello" if project == "hello" else self.unpacked(project)
        # Without PKG-INFO it is no unpacked sdist.
        shutil.copytree(origin, folder, ignore=shutil.ignore_patterns("target", "PKG-INFO"))
        table = folder / "pyproject.toml"
        ours = r"^\[(build-system|tool\.pyo3-features-backend)\]\n(?:(?!\[).*\n)*"
        text = re.sub(ours, "", table.read_text(), flags=re.MULTILINE)
        if variant == "base python":
            text = text.replace("[tool.maturin]", "[tool.maturin]\nuse-base-python = true")
            if "[tool.maturin]" not in text:
                text += "\n[tool.maturin]\nuse-base-python = true\n"
        table.write_text((OURS if variant == "ours" else MATURIN) + text)
        (folder / ".gitignore").write_text("/target\n/dist\n/.tox\n/.nox\n__pycache__\n")
        # The builds are offline.
        subprocess.run(["cargo", "fetch", "-q"], cwd=folder, check=True)
        # cargo asks git which files are the package's: those of its author's repository.
        subprocess.run(["git", "init", "-q"], cwd=folder, check=True)
        subprocess.run(["git", "add", "-A"], cwd=folder, check=True)
        return folder


class Row(NamedTuple):
    """One line of the table; the targets are least ratios, maturin alone and with sccache against ours."""

    title: str
    measure: Callable[[Job], float]
    project: str
    wheel: str
    variants: tuple[str, ...]
    alone: float | None = None
    sccache: float | None = None
    environment: Mapping[str, str] = {}
    apart: str = ""  # a source tree that other rows do not use


class Job(NamedTuple):
    """A row for one variant."""

    bench: Bench
    row: Row
    variant: str

    @property
    def tree(self) -> Path:
        apart = f"{self.row.wheel} {self.row.apart}".strip().replace(" ", "-")
        return self.bench.tree(self.variant, self.row.project, apart)

    def run(self, words: list[str], cwd: Path | None = None, **more: str) -> float:
        """Seconds of a command in the project's folder, or another."""
        wheel = (BACKEND if self.variant == "ours" else ALONE).get(self.row.wheel, {})
        return self.bench.run(self.variant, words, cwd or self.tree, {**self.row.environment, **wheel, **more})

    def out(self) -> Path:
        """An empty folder for what is built."""
        folder = self.bench.folder / "out"
        shutil.rmtree(folder, ignore_errors=True)
        folder.mkdir()
        return folder

    def check(self, found: set[str], version: tuple[int, ...] = sys.version_info[:2]) -> None:
        """Both sides have to build what the row says."""
        name = "cp" + "".join(map(str, version[:2]))
        wanted = {SPECIFIC: {f"{name}-{name}"}, STABLE: {"cp39-abi3"}}.get(self.row.wheel, found)
        if not found or found != wanted or (self.row.wheel == DECLARED and not all("abi3" in tag for tag in found)):
            sys.exit(f"{self.row.title}, {self.variant}: built {found or 'nothing'}, not {wanted}")

    def build(self, *words: str) -> float:
        """Seconds of a front end's command that takes a folder for what it builds."""
        out = self.out()
        taken = self.run([*words, str(out)])
        self.check(tags(list(out.glob("*.whl"))))
        return taken

    def sdist(self) -> Path:
        """The sdist of the project, made once and not measured."""
        folder = self.bench.folder / "sdists" / self.tree.relative_to(self.bench.folder)
        if not list(folder.glob("*.tar.gz")):
            self.run(["uv", "build", "-q", "--sdist", "-o", str(folder)])
        (found,) = folder.glob("*.tar.gz")
        return found


def prepare(folder: Path, sccache: str | None) -> Bench:
    """Tools in an environment of their own, all that the front ends install in one folder of wheels."""
    links = folder / "links"
    pip = ["-m", "pip", "-q"]
    subprocess.run([sys.executable, *pip, "wheel", "--no-deps", "-w", str(links), str(TOP)], check=True)
    (wheel,) = links.iterdir()
    pythons = interpreters()
    # Older Pythons take other releases.
    for python in (sys.executable, *map(str, pythons.values())):
        words = ["download", "--only-binary", ":all:", "-d", str(links), f"{wheel}[maturin]"]
        subprocess.run([python, *pip, *words], check=True)
    venv.create(folder / "tools", with_pip=True, symlinks=True)
    python = str(folder / "tools" / "bin" / "python")
    subprocess.run([python, *pip, "install", "--upgrade", "pip", "uv", "build", "tox", "nox"], check=True)
    base = {name: value for name, value in os.environ.items() if not name.startswith(UNWANTED)}
    base |= {
        "PATH": os.pathsep.join([str(folder / "tools" / "bin"), os.environ["PATH"]]),
        "UV_CACHE_DIR": str(folder / "uv"),
        "UV_FIND_LINKS": str(links),
        "UV_NO_INDEX": "1",
        "UV_OFFLINE": "1",
        "UV_PYTHON": python,
        "PIP_CACHE_DIR": str(folder / "pip"),
        "PIP_DISABLE_PIP_VERSION_CHECK": "1",
        "PIP_FIND_LINKS": str(links),
        "PIP_NO_INDEX": "1",
        "VIRTUALENV_OVERRIDE_APP_DATA": str(folder / "virtualenv"),
        "VIRTUALENV_NO_PERIODIC_UPDATE": "1",
        "CARGO_NET_OFFLINE": "true",
        "PYO3_FEATURES_BACKEND_CACHE_DIR": str(folder / "cache"),
        "PYO3_FEATURES_BACKEND_COMPILE_CACHE": "on",
    }
    for name in ("http_proxy", "https_proxy", "all_proxy"):
        base |= {name: NOWHERE, name.upper(): NOWHERE}
    environments = {one: base for one in VARIANTS if one != "sccache"}
    if sccache:
        environments["sccache"] = {**base, **_sccache(folder, sccache)}
    return Bench(folder, environments, pythons)


def _sccache(folder: Path, program: str) -> dict[str, str]:
    """A server and a store of the benchmark's own; another one on the machine is left alone."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    return {
        "RUSTC_WRAPPER": str(Path(program).resolve()),
        "SCCACHE_DIR": str(folder / "sccache"),
        "SCCACHE_SERVER_PORT": str(port),
        "SCCACHE_IDLE_TIMEOUT": "0",
    }


def write_table(page: Path, lines: list[str]) -> None:
    """Put ``lines`` between the marks of the table in a page of the documentation."""
    before, _, rest = page.read_text(encoding="utf-8").partition("<!-- table -->\n")
    _, _, after = rest.partition("<!-- end of table -->")
    table = "\n".join(lines)
    page.write_text(f"{before}<!-- table -->\n{table}\n<!-- end of table -->{after}", encoding="utf-8")
