"""Checks the extension modules of a wheel: file suffix, platform, entry point, and two files for one module. Pure."""

from __future__ import annotations

from collections.abc import Collection
from typing import NamedTuple

from ..model.problem import Problem
from ..model.words import Abi, Severity
from . import tags
from .problems import listed, problem
from .tags import Claim, Platform, Suffix
from .values import NO_BINARY, File, Wheel

ENTRY = ("PyInit_", "PyInitU_")  # PEP 3121, PEP 489
ENTRY_315 = ("PyModExport_", "PyModExportU_")  # PEP 793
ENTRIES = (*ENTRY, *ENTRY_315)
_NO_ENTRY = "check that the module's function is compiled; a library for ctypes or cffi needs no entry point"


class Module(NamedTuple):
    """A file that may be an extension module: its dotted ``name``, and what its suffix says."""

    file: File
    name: str
    suffix: Suffix

    @property
    def own_name(self) -> str:
        """The last part of the name, which is in the name of the entry point."""
        return self.name.rpartition(".")[2]

    @property
    def entries(self) -> frozenset[str]:
        """The entry points that the file exports."""
        exports = self.file.binary.exports if self.file.binary else frozenset()
        return frozenset(name for name in exports if name.startswith(ENTRIES))

    @property
    def uses_python(self) -> bool:
        """Whether it uses a symbol of Python's."""
        return bool(self.file.binary) and any(image.imports for image in self.file.binary.images)  # type: ignore[union-attr]

    @property
    def is_extension(self) -> bool:
        """Whether the import system loads it. It may instead be a library with a plain name, for ctypes or dlopen."""
        return bool(self.entries) or self.suffix.text != ".so"

    @property
    def is_importable(self) -> bool:
        """Whether it has an entry point, or may have one: a library can have a module's suffix too."""
        return bool(self.entries) or self.file.binary is None


def modules(wheel: Wheel) -> list[Module]:
    """The extension modules by their names and, for those that have been read, their entry points."""
    windows = [platform for platform in _platforms(wheel) if platform.system == "windows"]
    found = []
    for file in wheel.files:
        folder, _, name = file.installed.rpartition("/")
        parsed = None if file.bundled else tags.suffix(name)
        if parsed is None or (_platforms(wheel) and parsed[1].windows != bool(windows)):
            continue
        if not (file.binary or file.damage or file.skipped):
            continue
        stem, suffix = parsed
        if suffix.windows and any("d" in claim.flags for claim in tags.claims(wheel.tags)):
            stem = stem.removesuffix("_d")  # a debug build's own, before the suffix
        parts = [*folder.split("/"), stem] if folder else [stem]
        if stem == "__init__" and folder:
            parts.pop()
        found.append(Module(file, ".".join(parts), suffix))
    return [module for module in found if module.is_extension]


def judge(wheel: Wheel, expected: Collection[str] | None = None) -> list[Problem]:
    """The problems of the extension modules.

    ``expected`` are the names, without packages, of modules that Python is known to import. Without
    an entry point, any other file may be a library for ctypes.
    """
    promised, everything = tags.claims(wheel.tags), modules(wheel)
    found = _single_version(wheel, everything) if not promised else []
    by_name: dict[str, list[Module]] = {}
    for module in everything if promised else ():
        by_name.setdefault(module.name, []).append(module)
    for name, group in by_name.items():
        must = group[0].own_name in (expected or ())
        if must or any(module.is_importable for module in group):
            found += _suffixes(wheel, name, group, promised)
            found += _twice(wheel, name, group, promised)
        for module in group:
            if not any(tags.loads(module.suffix, claim) for claim in promised):
                continue
            if module.file.binary:
                found += _platform(wheel, module, promised)
                found += _entry(wheel, module, promised, must=must)
            elif module.file.skipped == NO_BINARY:
                found += _no_binary(wheel, module)
    if not any(each.code == "PFB321" for each in found):
        found += _without_entry(wheel, list(by_name.values()))
    return found


def _without_entry(wheel: Wheel, groups: list[list[Module]]) -> list[Problem]:
    """Report a wheel in which no file has an entry point. Beside modules, libraries for ctypes or cffi are normal."""
    files = [module for group in groups for module in group if module.file.binary]
    if not files or any(module.entries for module in files):
        return []
    which = (
        files[0].file.path if len(files) == 1 else f"none of its {len(files)} binaries, such as {files[0].file.path},"
    )
    verb = "exports no" if len(files) == 1 else "exports a"
    return [problem(wheel, "PFB321", f"{which} {verb} PyInit_ function: Python cannot import it", _NO_ENTRY)]


def _platforms(wheel: Wheel) -> list[Platform]:
    known = (tags.platform(name) for name in dict.fromkeys(tag.platform for tag in wheel.tags))
    return [platform for platform in known if platform]


def _suffixes(wheel: Wheel, name: str, group: list[Module], promised: tuple[Claim, ...]) -> list[Problem]:
    """Report a module that a Python of the tag cannot load, and files that none of these Pythons loads."""
    found = []
    for claim in promised:
        if not any(tags.loads(module.suffix, claim) for module in group):
            files = listed([module.file.path for module in group])
            message = f"{claim.label} cannot import {name}: it does not load {files}; the tag is {wheel.label}"
            found.append(problem(wheel, "PFB310", message, _suffix_hint(group[0].suffix)))
            break
    for module in group if not found else ():
        if not any(tags.loads(module.suffix, claim) for claim in promised):
            message = f"{module.file.path} is for none of the Pythons of the tag {wheel.label}"
            found.append(problem(wheel, "PFB311", message, "remove the build folder, and build the wheel again"))
    return found


def _suffix_hint(suffix: Suffix) -> str:
    if suffix.abi == Abi.VERSION_SPECIFIC:
        return "the file is compiled for one Python: build it for the stable ABI, or tag the wheel for that Python"
    if suffix.abi and suffix.platform:
        return (
            f"only Python 3.15 and newer loads that suffix: end the name in .{suffix.abi}.so, or build with an older "
            "Python (setuptools takes the suffix of the Python that runs it)"
        )
    return f"the file is compiled for {suffix.abi}: build it for the Python of the tag, or change the tag"


def _twice(wheel: Wheel, name: str, group: list[Module], promised: tuple[Claim, ...]) -> list[Problem]:
    found = []
    for claim in promised:
        # A stable ABI's wheel is installed for single versions too, which prefer their own suffix.
        loaded = [m for m in group if tags.loads(m.suffix, claim) or _is_within(m.suffix, claim)]
        if len(loaded) > 1 and any(tags.loads(module.suffix, claim) for module in loaded):
            files = listed([module.file.path for module in loaded])
            message = f"{len(loaded)} files are the module {name}, and Python imports only one of them: {files}"
            found.append(problem(wheel, "PFB312", message, "remove the build folder, and build the wheel again"))
            break
    if name.replace(".", "/") in wheel.packages and not group[0].file.installed.rpartition("/")[2].startswith("__init"):
        message = f"the package {name} hides the extension module {group[0].file.path}"
        found.append(problem(wheel, "PFB313", message, "give the extension module another name"))
    return found


def _is_within(suffix: Suffix, claim: Claim) -> bool:
    """Whether the suffix is for one of the versions that a stable-ABI wheel is installed for."""
    if suffix.abi != Abi.VERSION_SPECIFIC or suffix.version is None or claim.abi == Abi.VERSION_SPECIFIC:
        return False
    return suffix.version >= claim.version and ("t" in suffix.flags) == claim.free_threaded


def _no_binary(wheel: Wheel, module: Module) -> list[Problem]:
    """Report a file with the name of an extension module that is not a binary of a known platform."""
    for platform in _platforms(wheel)[:1]:
        message = f"{module.file.path} is not a binary, but the tag is {platform.tag}"
        hint = "build the wheel again: the file is empty, a link, or a placeholder from version control"
        return [problem(wheel, "PFB314", message, hint)]
    return []


def _platform(wheel: Wheel, module: Module, promised: tuple[Claim, ...]) -> list[Problem]:
    binary = module.file.binary
    assert binary is not None
    for platform in _platforms(wheel):
        if binary.format != platform.format:
            message = f"{module.file.path} is {binary.format}, but the tag is {platform.tag}"
        elif missing := platform.architectures - set(binary.architectures):
            has = " and ".join(binary.architectures)
            message = f"{module.file.path} is compiled for {has}, but {platform.tag} needs {listed(missing)}"
        elif not any(tags.is_for(module.suffix, platform, claim) for claim in promised):
            message = f"no Python of {platform.tag} loads {module.file.path}: its name says {module.suffix.platform}"
        else:
            continue
        return [problem(wheel, "PFB314", message, "compile it for the platform of the tag")]
    return []


def _is_needed(wheel: Wheel, module: Module) -> bool:
    own = module.file.path.rpartition("/")[2]
    images = [image for file in wheel.files if file.binary for image in file.binary.images]
    return any(name.rpartition("/")[2] == own for image in images for name in image.needed)


def entry_points(name: str) -> tuple[str, str]:
    """The (PyInit_, PyModExport_) symbols of a module's own name (PEP 489, "Export Hook Name")."""
    if name.isascii():
        return ENTRY[0] + name, ENTRY_315[0] + name
    encoded = name.encode("punycode").decode("ascii").replace("-", "_")
    return ENTRY[1] + encoded, ENTRY_315[1] + encoded


def _entry(wheel: Wheel, module: Module, promised: tuple[Claim, ...], must: bool) -> list[Problem]:
    init, export = entry_points(module.own_name)
    entries, file = module.entries, module.file.path
    if not entries:
        # See _without_entry; what another file of the wheel is linked with is a library.
        if not must and (not module.uses_python or _is_needed(wheel, module)):
            return []
        others = any(each.entries for each in modules(wheel))
        message = f"{file} exports no {init}: Python cannot import it"
        return [
            problem(wheel, "PFB321", message, _NO_ENTRY, Severity.ERROR if must or not others else Severity.WARNING)
        ]
    if init not in entries and export not in entries:
        message = f"{file} exports {listed(entries)}, but the module {module.name} needs {init}"
        # Several modules in one file are for a loader of the project's own.
        severity = Severity.WARNING if len(entries) > 1 and not must else None
        return [problem(wheel, "PFB320", message, "the module's function and its file need the same name", severity)]
    for claim in promised:
        if not tags.loads(module.suffix, claim):
            continue
        if init not in entries and claim.version < tags.STABLE_FREE_THREADED:
            message = f"{file} exports only {export}, which Python has since 3.15, but the tag is {wheel.label}"
            return [problem(wheel, "PFB322", message, f"export {init} too, or raise the tag to cp315")]
        if export not in entries and claim.abi == Abi.ABI3T:
            message = f"{file} exports only {init}, but abi3t, for which it is tagged, needs {export}"
            return [problem(wheel, "PFB322", message, "compile it for abi3t (with PyO3: the feature abi3t-py315)")]
    return []


def _single_version(wheel: Wheel, everything: list[Module]) -> list[Problem]:
    """Report a module for one version in a wheel whose tag names no version (``py3-none``)."""
    if any(tag.abi != "none" for tag in wheel.tags) or any(tag.python.startswith("cp") for tag in wheel.tags):
        return []
    found: list[Problem] = []
    names = [module.name for module in everything]
    for module in everything:
        if module.suffix.version and names.count(module.name) == 1 and not found:
            message = f"{module.file.path} is for one Python, but the tag {wheel.label} promises every one"
            hint = "tag the wheel for that Python, if it does not work without the file"
            found.append(problem(wheel, "PFB310", message, hint, Severity.WARNING))
    return found
