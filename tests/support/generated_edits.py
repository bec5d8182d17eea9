"""Random histories of a generated project: what is edited between two builds, and which times the files get."""

from __future__ import annotations

from random import Random
from typing import NamedTuple

from support.generated_projects import (
    FOLDERS,
    SCRIPTS,
    Crate,
    Generator,
    Layout,
    Reading,
    State,
    a_number,
    first_state,
    relative,
)
from support.generated_sources import files
from support.seed import SEED

# The time of a file that changed: now; that which it had before; one long ago; the one it had in that state before.
NEWER, EQUAL, OLDER, THEN = "newer", "equal", "older", "then"
TIMES = (NEWER, EQUAL, OLDER)


class Step(NamedTuple):
    """What happens before a build, and the state that is built then."""

    kind: str
    log: tuple[str, ...]
    state: State
    times: dict[str, str]
    between: State | None = None  # what somebody else builds before, or what does not compile
    then: int = -1  # the step whose times come back
    sdist_time: str = OLDER


class Historian:
    """Draws the steps of one sequence."""

    def __init__(self, layout: Layout, random: Random) -> None:
        self.layout, self.random = layout, random
        self.steps = [Step("first", ("first build",), first_state(layout, random), {}, sdist_time=self.time())]

    def time(self) -> str:
        return self.random.choice((OLDER, OLDER, NEWER))

    def history(self) -> list[Step]:
        for _ in range(self.random.choice((2, 2, 3, 4))):
            self.steps.append(self.step())
        if not self.layout.sdist and self.random.random() < 0.5:
            self.leave_out_and_take_back()
        return self.steps

    def leave_out_and_take_back(self) -> None:
        """Two more steps, between which a dependency is not there: too rare by chance."""
        state = self.steps[-1].state
        names = [
            crate.name for crate in self.layout.parts if not crate.optional and f"without {crate.name}" not in state
        ]
        for _ in range(2 if names else 0):
            before, log = self.steps[-1].state, list[str]()
            after = dict(before)
            self.leave_out_or_take_back(names[0], after, log)
            times = self.times("edit", before, None, after)
            self.steps.append(Step("edit", tuple(log), after, times))

    def step(self) -> Step:
        kinds = ["edit"] * 8 + ["touch", "back", "back", "checkout", "failure"]
        if self.layout.shared or not self.layout.sdist:
            kinds += ["cargo"]
        if self.layout.shared or self.layout.sdist:
            kinds += ["sibling"]
        kind = self.random.choice(kinds)
        before = self.steps[-1].state
        then, between = -1, None
        log: list[str] = []
        if kind in ("back", "checkout"):
            then = self.random.randrange(len(self.steps))
            after = dict(self.steps[then].state)
            log.append(f"to the state of step {then}")
        else:
            after = self.edited(before, log, self.random.choice((1, 1, 2, 3)) if kind == "edit" else 1)
        if kind in ("cargo", "sibling") and self.random.random() < 0.5:
            after, log = dict(before), ["nothing"]
        if kind == "failure":
            there = [crate for crate in self.layout.libraries if f"without {crate.name}" not in after]
            compiled = [crate.name for crate in there if not crate.optional]
            between = {**after, f"broken {self.random.choice(compiled)}": 1}
        elif kind in ("cargo", "sibling"):
            between = self.other(before)
        times = self.times(kind, before, between, after)
        if not self.layout.sdist:
            self.announce(kind, before, between, after, times, log)
        log += [f"{path}: {time} time" for path, time in sorted(times.items())] if not self.layout.sdist else []
        return Step(kind, tuple(log), after, times, between, then if kind == "back" else -1, self.time())

    def times(self, kind: str, before: State, between: State | None, after: State) -> dict[str, str]:
        """The times of the files that change on the way."""
        states = [files(self.layout, state) for state in (before, between, after) if state is not None]
        paths = sorted({path for state in states for path in state if len({made.get(path) for made in states}) > 1})
        fixed = {"back": THEN, "checkout": NEWER}.get(kind, "")
        return {path: fixed or self.random.choice(TIMES) for path in paths}

    def announce(
        self, kind: str, before: State, between: State | None, after: State, times: dict[str, str], log: list[str]
    ) -> None:
        """In a source tree: also edit the script or the macro of which nobody could know that it has to run again."""
        crates = unnoticed(self.layout, before, after, times)
        if between is not None:
            # In the sibling's folder the files got their times, not in ours.
            crates |= unnoticed(self.layout, between, after, {} if kind == "sibling" else times)
        for name in sorted(crates):
            after[f"again {name}"] = len(self.steps)
            if kind in ("cargo", "sibling") and between is not None:
                between[f"again {name}"] = 1000 + len(self.steps)
            log.append(f"a comment in the script or macro of {name}")
            folder = self.layout.macros if name == "macros" else self.layout.crate(name).folder
            source = "src/lib.rs" if name == "macros" else "build.rs"
            times.setdefault(relative(f"{folder}/{source}", "."), self.random.choice(TIMES))

    def other(self, state: State) -> State:
        """The same project with other numbers in some of its inputs, and with the same variables and tools."""
        named = {reading.name for _, reading in self.layout.readings() if reading.variable}
        kept = named | {"level", "linker", "compiler"}
        return {
            key: a_number(self.random)
            if key not in kept and not key.startswith(("feature", "again", "without")) and self.random.random() < 0.6
            else number
            for key, number in state.items()
        }

    def edited(self, state: State, log: list[str], count: int) -> State:
        after = dict(state)
        for _ in range(count):
            self.edit(after, log)
        return after

    def edit(self, state: State, log: list[str]) -> None:
        """One change of any kind."""
        random, layout = self.random, self.layout
        features = [part.name for part in layout.parts if part.optional]
        loose = [r for _, r in layout.readings() if r.how in ("option_env", "script-variable", "macro-variable")]
        folders = [r.name + "/" for _, r in layout.readings() if r.how in FOLDERS] + ["python "] * layout.python
        absent = [part.name for part in layout.parts if f"without {part.name}" in state]
        needed = absent or [part.name for part in layout.parts if not part.optional]
        if needed and random.random() < (0.6 if absent else 0.2):
            self.leave_out_or_take_back(random.choice(needed), state, log)
        elif features and random.random() < 0.2:
            name = random.choice(features)
            log.append(f"feature of {name} {'off' if state.pop('feature ' + name, 0) else 'on'}")
            if log[-1].endswith("on"):
                state[f"feature {name}"] = 1
        elif folders and random.random() < 0.3:
            self.edit_folder(random.choice(folders), state, log)
        elif loose and random.random() < 0.2:
            reading = random.choice(loose)
            if state.pop(reading.name, None) is None:
                state[reading.name] = a_number(random)
            log.append(f"{self.said(reading.name)} {'set' if reading.name in state else 'unset'}")
        else:
            key = self.some_key(state)
            state[key] = state[key] % 3 + 1 if key == "level" else a_number(random)
            log.append(f"{self.said(key)} = {state[key]}")

    def leave_out_or_take_back(self, name: str, state: State, log: list[str]) -> None:
        """A dependency that is not there for a while, and whose code often changes meanwhile."""
        if state.pop(f"without {name}", 0):
            log.append(f"dependency {name} again")
            return
        state[f"without {name}"] = 1
        log.append(f"dependency {name} left out")
        if self.random.random() < 0.7:
            state[f"code {name}"] = a_number(self.random)
            log.append(f"code {name} = {state[f'code {name}']}")

    def some_key(self, state: State) -> str:
        """An input that has a number; those that crates read more often than their own code or Python files."""
        settings = [key for key in state if key in ("level", "linker", "compiler")]
        code = [key for key in state if key.startswith("code ")]
        python = [key for key in state if key.startswith("python ")]
        read = [key for key in state if key.startswith("r") and key[1:2].isdigit()]
        groups = [*[settings] * 2, *[code] * 2, python, *[read] * 6]
        return self.random.choice(self.random.choice([group for group in groups if group]))

    def edit_folder(self, prefix: str, state: State, log: list[str]) -> None:
        """Add, remove or rename a file of a folder."""
        random = self.random
        keys = [key for key in state if key.startswith(prefix) and "__init__" not in key]
        kind = random.choice(("add", "remove", "rename")) if len(keys) > 1 else "add"
        ending = random.choice((".py", ".txt")) if prefix == "python " else ".md"
        if kind == "add":
            key = f"{prefix}f{random.randrange(1000)}{ending}"
            state[key] = a_number(random)
        else:
            key = random.choice(keys)
            number = state.pop(key)
            if kind == "rename":
                state[f"{prefix}f{random.randrange(1000)}.{key.rpartition('.')[2]}"] = number
        log.append(f"{kind} {self.said(key)}")

    def said(self, key: str) -> str:
        """A key with what it stands for."""
        for crate, reading in self.layout.readings():
            if key.replace("/", " ").split()[0] == reading.name:
                return f"{key} ({reading.how} of {crate.name}: {reading.path or reading.variable})"
        return key


def unnoticed(layout: Layout, before: State, after: State, times: dict[str, str]) -> set[str]:
    """The crates whose script or macro reads what changed, and of which neither rustc, script nor cargo tells."""
    found = set()
    for crate, reading in layout.readings():
        if reading.variable:
            continue
        owned = [key for key in {*before, *after} if key.replace("/", " ").split()[0] == reading.name]
        changed = {key for key in owned if before.get(key) != after.get(key)}
        if not changed:
            continue
        added = any(key not in before for key in changed)
        if reading.how == "macro-file" or (reading.how == "macro-folder" and added):
            found.add("macros")
        elif reading.how in SCRIPTS and any(
            not _noticed(layout, crate, reading, key, before, after, times) for key in changed
        ):
            found.add(crate.name)
    return found


def _noticed(
    layout: Layout, crate: Crate, reading: Reading, key: str, before: State, after: State, times: dict[str, str]
) -> bool:
    path = reading.header if key.endswith(" header") else reading.path
    if key.endswith(" header"):
        if reading.header_announced:
            return True
    elif reading.announced and (reading.announced == "folder" or key in before):
        return True
    if reading.how in FOLDERS:
        path = f"{reading.path}/{key.partition('/')[2]}"
    # A script that announces nothing: cargo looks for newer files in its package, but not in hidden folders; that it
    # follows links is not promised here.
    inside = relative(path, crate.folder)
    plain = not any(part.startswith(".") or part == "linked" for part in inside.split("/"))
    hidden = any(part.startswith(".") and part != ".." for part in crate.folder.split("/")) and crate.folder != "."
    return not crate.announces and plain and not hidden and key in after and times.get(path) == NEWER


def drawn(number: int, nightly: bool = False) -> tuple[Layout, list[Step]]:
    random = Random(f"{SEED}:{number}")
    layout = Generator(random).layout(nightly=nightly and number % 5 == 4)
    return layout, Historian(layout, random).history()
