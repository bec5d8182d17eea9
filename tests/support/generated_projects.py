"""Random small projects as plain values: their crates, and where each number that a wheel answers with comes from.

A project never changes in a sequence of builds; what changes is its state, a dictionary from the name of an input to
its number. An input that is not in it does not exist: no such file, variable or feature.
"""

from __future__ import annotations

import posixpath
from collections.abc import Iterator
from random import Random
from typing import NamedTuple

State = dict[str, int]

# How a crate comes by a number. "C" is a source that the build script compiles, with a header in another folder.
FILES = ("include_str", "include_bytes", "include", "module", "script", "script-out", "C", "macro-file")
FOLDERS = ("script-folder", "macro-folder")
VARIABLES = ("env", "option_env", "script-variable", "macro-variable")
SCRIPTS = ("script", "script-out", "C", "script-folder", "script-variable")
# "tagged" has a CACHEDIR.TAG, "linked" is a symbolic link to a folder.
PLACES = ("src", "data", "data/deep", ".x", "node_modules", "build/lib", "some.egg-info", "tagged", "linked")
INSIDE = ("crates", "native/rust", ".hidden", "node_modules")
WORDS = ("LEVEL", "tone", "Harbour", "MAP_KIND", "DB", "SITE", "colour_of", "WIDTH")
OWN_CONFIG, PARENT_CONFIG, EXTRA_CONFIG = ".cargo/config.toml", "../.cargo/config.toml", "settings/extra.toml"
CONFIGS = (OWN_CONFIG, PARENT_CONFIG, EXTRA_CONFIG)  # the last is named by ``--config``
COMMAND = "setup.py"  # a command of it sets a variable, to what a file outside the project says


class Reading(NamedTuple):
    """One number, or a folder of files with one each, that a crate reads."""

    name: str
    how: str
    path: str = ""  # of the file or the folder, as all paths here seen from the project's folder
    header: str = ""
    variable: str = ""
    source: str = "shell"  # of the variable: that, a configuration file with an [env] table, or ``COMMAND``
    announced: str = ""  # by the build script: "", "file" or "folder"; "variable"
    header_announced: bool = False
    apart: bool = False  # whether the name of file or variable is put together when it is read


class Crate(NamedTuple):
    name: str
    folder: str
    readings: tuple[Reading, ...] = ()
    uses: tuple[str, ...] = ()
    optional: bool = False
    library: str = ""

    def used(self, state: State) -> list[str]:
        """The crates that it depends on in a state: a dependency can be left out for a while."""
        return [name for name in self.uses if f"without {name}" not in state]

    @property
    def scripted(self) -> bool:
        return any(reading.how in SCRIPTS for reading in self.readings)

    @property
    def announces(self) -> bool:
        """Whether the build script says at all what it reads; if not, cargo looks at the whole package."""
        return any(reading.announced or reading.header_announced for reading in self.readings)

    @property
    def expands(self) -> bool:
        return any(reading.how.startswith("macro") for reading in self.readings)


class Layout(NamedTuple):
    """What a project is made of, and how it is built."""

    delegate: str
    sdist: bool
    shared: bool  # whether the user names a CARGO_TARGET_DIR
    nightly: bool
    root: Crate
    parts: tuple[Crate, ...]
    macros: str = ""  # the folder of the crate of macros
    second: Crate | None = None  # behind an extension of its own
    alone: bool = False  # whether the second one is a workspace of its own
    program: bool = False  # beside the extension, or a second one
    python: bool = False
    level: str = ""  # what says ``--cfg level=…``: RUSTFLAGS or a configuration file
    linker: str = ""  # what names a wrapper of the linker: a variable or a configuration file
    compiler: str = ""  # what leads to a wrapper of cc: PATH or CC
    features_from: str = "settings"

    @property
    def libraries(self) -> list[Crate]:
        """All crates but that of the macros; those with a wheel's library first."""
        return [self.root, *([self.second] if self.second else []), *self.parts]

    def crate(self, name: str) -> Crate:
        return next(crate for crate in self.libraries if crate.name == name)

    def readings(self) -> Iterator[tuple[Crate, Reading]]:
        for crate in self.libraries:
            for reading in crate.readings:
                yield crate, reading

    @property
    def extra_config(self) -> bool:
        named = {reading.source for _, reading in self.readings()} | {self.level}
        return EXTRA_CONFIG in named


def relative(path: str, start: str) -> str:
    """A path that is seen from the project's folder, as seen from another folder."""
    top = "/top/outer/plain"
    return posixpath.relpath(posixpath.join(top, path), posixpath.join(top, start))


def join(*parts: str) -> str:
    return posixpath.normpath(posixpath.join(*parts))


class Generator:
    """Draws one project."""

    def __init__(self, random: Random) -> None:
        self.random = random
        self.readings = 0
        self.sources = ["shell", "shell", *CONFIGS]

    def chance(self, share: float) -> bool:
        return self.random.random() < share

    def layout(self, nightly: bool) -> Layout:
        random = self.random
        delegate = random.choice(("maturin", "setuptools-rust"))
        if delegate == "setuptools-rust":
            self.sources.append(COMMAND)
        sdist = self.chance(0.5)
        parts = self.parts(sdist)
        folders = [".", *(part.folder for part in parts)]
        parts = [self.filled(part, random.choice((0, 1, 1, 2)), folders, sdist) for part in parts]
        root = Crate("plain", ".", uses=tuple(part.name for part in parts), library="plain")
        root = self.filled(root, random.choice((1, 2, 3)), folders, sdist)
        second = None
        if delegate == "setuptools-rust" and self.chance(0.4):
            uses = tuple(part.name for part in parts if not part.optional and self.chance(0.6))
            second = self.filled(Crate("second", "second", uses=uses, library="second"), 1, folders, sdist)
            if self.chance(0.5):
                root, second = root._replace(library="native"), second._replace(library="native")
        crates = [root, *parts, *([second] if second else [])]
        inner = ("crates/macros", "native/macros") if sdist else ("crates/macros", "../macros", "../../macros")
        return Layout(
            delegate=delegate,
            sdist=sdist,
            shared=self.chance(0.4),
            nightly=nightly,
            root=root,
            parts=tuple(parts),
            macros=random.choice(inner) if any(crate.expands for crate in crates) else "",
            second=second,
            alone=self.chance(0.5),
            program=self.chance(0.4),
            python=delegate == "setuptools-rust" and self.chance(0.7),
            level=random.choice(("RUSTFLAGS", *CONFIGS)) if self.chance(0.25) else "",
            linker=random.choice(("variable", OWN_CONFIG, PARENT_CONFIG)) if self.chance(0.2) else "",
            compiler=random.choice(("PATH", "CC")) if self.compiles(crates) and self.chance(0.5) else "",
            features_from=random.choice(("settings", "arguments")),
        )

    def compiles(self, crates: list[Crate]) -> bool:
        return any(reading.how == "C" for crate in crates for reading in crate.readings)

    def parts(self, sdist: bool) -> list[Crate]:
        """Path crates: in an sdist all are inside."""
        made: list[Crate] = []
        for name in ("part", "other")[: self.random.choice((0, 1, 1, 2))]:
            folders = [f"{self.random.choice(INSIDE)}/{name}"]
            if not sdist:
                folders += [f"../{name}", ".." if name == "part" else f"../../{name}"]
            made.append(Crate(name, self.random.choice(folders), optional=self.chance(0.35), library=name))
        if len(made) == 2 and self.chance(0.4):
            made[0] = made[0]._replace(uses=("other",))
        return made

    def filled(self, crate: Crate, count: int, folders: list[str], sdist: bool) -> Crate:
        """The crate with inputs, and with a build script that announces all, some or none of its own."""
        share = self.random.choice((0.0, 0.5, 1.0))
        return crate._replace(readings=tuple(self.reading(crate, folders, share) for _ in range(count)))

    def reading(self, crate: Crate, folders: list[str], share: float) -> Reading:
        self.readings += 1
        name = f"r{self.readings}"
        how = self.random.choice((*FILES, "script", "script", "C", *FOLDERS, *FOLDERS, *VARIABLES, "script-variable"))
        announced = self.chance(share) and how in SCRIPTS
        apart = how.startswith(("script", "macro")) and self.chance(0.5)
        if how in VARIABLES:
            source = self.random.choice(self.sources)
            variable = f"{self.random.choice(WORDS)}_{name}"
            return Reading(
                name, how, variable=variable, source=source, announced="variable" if announced else "", apart=apart
            )
        owner = self.random.choice(folders) if self.chance(0.15) else crate.folder
        folder = join(owner, self.random.choice(PLACES))
        said = self.random.choice(("file", "folder")) if announced else ""
        if how in FOLDERS:
            return Reading(name, how, join(folder, f"{name}_pages"), announced=said, apart=apart)
        ending = {"include": "in", "module": "rs", "C": "c"}.get(how, "txt")
        header = join(crate.folder, self.random.choice(PLACES), f"{name}.h") if how == "C" else ""
        return Reading(
            name,
            how,
            join(folder, f"{name}.{ending}"),
            header=header,
            announced=said,
            header_announced=how == "C" and self.chance(share),
            apart=apart,
        )


def a_number(random: Random) -> int:
    """All have the same number of digits, so that no edit shows in a file's size."""
    return random.randrange(100_000, 1_000_000)


def first_state(layout: Layout, random: Random) -> State:
    state = {f"code {crate.name}": a_number(random) for crate in layout.libraries}
    if layout.macros:
        state["code macros"] = a_number(random)
    for _, reading in layout.readings():
        if reading.how in FOLDERS:
            state.update({f"{reading.name}/{name}.md": a_number(random) for name in ("first", "second")})
        elif reading.source != COMMAND or reading.how == "env" or random.random() < 0.5:
            state[reading.name] = a_number(random)
        if reading.how == "C":
            state[f"{reading.name} header"] = a_number(random)
    for part in layout.parts:
        if part.optional and random.random() < 0.5:
            state[f"feature {part.name}"] = 1
    if layout.python:
        state.update({f"python {name}": a_number(random) for name in ("__init__.py", "one.py", "table.txt")})
    for setting in ("level", "linker", "compiler"):
        if getattr(layout, setting):
            state[setting] = random.randrange(1, 4) if setting == "level" else a_number(random)
    return state
