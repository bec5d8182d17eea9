"""What a wheel's tags and a file's suffix promise (PEP 425, PEP 3149, PEP 803). Pure."""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import NamedTuple

from ..model.version import Python, python_text
from ..model.words import Abi
from .values import Tag

STABLE_FREE_THREADED = (3, 15)  # the first Python with abi3t (PEP 803), PyModExport_ (PEP 793) and platform suffixes


class Claim(NamedTuple):
    """Pythons for which a wheel can be installed. ``version`` is the floor of a stable ABI, or the one version.

    ``flags`` are the ABI flags of a version-specific wheel ("t", "m", "d").
    """

    abi: Abi
    version: Python
    flags: str = ""

    @property
    def free_threaded(self) -> bool:
        """Whether it is for free-threaded Pythons."""
        return self.abi == Abi.ABI3T or "t" in self.flags

    @property
    def label(self) -> str:
        """In words: ``CPython 3.9 and newer``."""
        threads = " free-threaded" if self.free_threaded else ""
        later = "" if self.abi == Abi.VERSION_SPECIFIC else " and newer"
        return f"CPython {python_text(self.version)}{threads}{later}"


_PYTHON = re.compile(r"cp3([0-9]{1,3})")
_ABI = re.compile(r"cp3([0-9]{1,3})([a-z]*)")


def claims(tags: Iterable[Tag]) -> tuple[Claim, ...]:
    """What the tags promise about CPython's ABI; for a stable ABI, the lowest floor that they name.

    A tag without an ABI (``none``), and one of PyPy or GraalPy, makes no such promise.
    """
    specific: dict[Claim, None] = {}
    floors: dict[Abi, Python] = {}
    for tag in tags:
        python, own = _PYTHON.fullmatch(tag.python), _ABI.fullmatch(tag.abi)
        if not python:
            continue
        version = (3, int(python.group(1)))
        if tag.abi in (Abi.ABI3, Abi.ABI3T):
            abi = Abi(tag.abi)
            floors[abi] = min(version, floors.get(abi, version))
        elif own and own.group(1) == python.group(1):
            specific[Claim(Abi.VERSION_SPECIFIC, version, own.group(2))] = None
    if Abi.ABI3T in floors:  # no older Python accepts it, also in a set such as cp310.cp315-abi3.abi3t
        floors[Abi.ABI3T] = max(floors[Abi.ABI3T], STABLE_FREE_THREADED)
    return (*(Claim(abi, floor) for abi, floor in floors.items()), *specific)


def is_possible(tag: Tag) -> bool:
    """Whether some Python accepts the tag: a stable ABI needs a CPython, and a version's ABI goes with that version."""
    own = _ABI.fullmatch(tag.abi)
    if tag.abi in (Abi.ABI3, Abi.ABI3T) or own:
        python = _PYTHON.fullmatch(tag.python)
        return bool(python and (not own or own.group(1) == python.group(1)))
    return True


class Suffix(NamedTuple):
    """What the file name of an extension module says after the module's name.

    ``abi`` is None for a plain suffix (``.so``), which every Python loads. ``other`` is the ABI of another
    implementation (``pypy311-pp73``). ``platform`` is that of ``.cpython-311-x86_64-linux-gnu.so``.
    """

    text: str
    abi: Abi | None = None
    version: Python | None = None
    flags: str = ""
    other: str = ""
    platform: str = ""

    @property
    def windows(self) -> bool:
        """Whether it is a suffix on Windows."""
        return self.text.endswith(".pyd")


# Most builds need only the first. The re module caches what it compiles.
_STABLE = r"\.(abi3t?)(?:-([\w.-]+))?\.(?:so|pyd)"
_UNIX = r"\.cpython-3([0-9]{1,3})([a-z]*)(?:-([\w.-]+))?\.so"
_WINDOWS = r"\.cp3([0-9]{1,3})([a-z]*)-(\w+)\.pyd"
_OTHER = r"\.((?:pypy|graalpy)[\w]*-[a-z0-9]+(?:-native)?)[\w-]*\.(?:so|pyd)"


def suffix(name: str) -> tuple[str, Suffix] | None:
    """(the module's own name, its suffix) in the file name of an extension module; None for any other name."""
    stem, dot, rest = name.partition(".")
    text = dot + rest
    if not stem or not dot:
        return None
    if text in (".so", ".pyd"):
        return stem, Suffix(text)
    if stable := re.fullmatch(_STABLE, text):
        return stem, Suffix(text, Abi(stable.group(1)), platform=stable.group(2) or "")
    if own := re.fullmatch(_UNIX, text) or re.fullmatch(_WINDOWS, text):
        version = (3, int(own.group(1)))
        return stem, Suffix(
            text=text, abi=Abi.VERSION_SPECIFIC, version=version, flags=own.group(2), platform=own.group(3) or ""
        )
    if other := re.fullmatch(_OTHER, text):
        return stem, Suffix(text, Abi.VERSION_SPECIFIC, None, other=other.group(1))
    return None


def is_dotted(name: str) -> bool:
    """Whether a file name has a dot in front of an extension module's suffix: ``MPI.mpich.cpython-311-….so``.

    The import system looks for the part of the module's name after the last dot, with a suffix
    (``FileFinder.find_spec`` of importlib), so it finds no such file; a loader of the project's own may load it.
    """
    if name.count(".") < 3:  # two are the suffix's own
        return False
    found = (re.search(rf"(?:{pattern})\Z", name) for pattern in (_STABLE, _UNIX, _WINDOWS, _OTHER))
    return any(match and "." in name[1 : match.start()] for match in found)


def loads(found: Suffix, claim: Claim) -> bool:
    """Whether every Python of the claim would load a file with this suffix."""
    if found.abi is None:
        return True
    if found.abi == Abi.VERSION_SPECIFIC:
        # On Windows the names never had the "m" of 3.7 and older, and a debug build's has "_d" before the suffix.
        flags = re.sub("[dm]", "", claim.flags) if found.windows else claim.flags
        own = [flags] if found.windows else [flags, flags.replace("d", "")]  # debug builds since 3.8 (bpo-36722)
        return claim.abi == Abi.VERSION_SPECIFIC and found.version == claim.version and found.flags in own
    new = claim.version >= STABLE_FREE_THREADED
    if found.windows and not new:
        return False  # there the suffixes were .cp311-win_amd64.pyd and .pyd only
    if found.abi == Abi.ABI3T or found.platform:
        return new and (found.abi == Abi.ABI3T or not claim.free_threaded)
    return not claim.free_threaded


class Platform(NamedTuple):
    """The platform of a tag: its ``system`` ("linux", "macos", "windows", "android", "ios"), the ``format`` of its
    binaries, and the ``architectures`` that each of them must have.
    """

    tag: str
    system: str
    format: str
    architectures: frozenset[str]


_MAC = {
    "universal2": {"x86_64", "arm64"},
    "intel": {"i386", "x86_64"},
    "universal": set(),
    "fat": set(),
    "fat3": set(),
    "fat32": set(),
    "fat64": set(),
}
_ARM = {"arm", "armv6l", "armv7l", "armv8l", "armeabi_v7a", "armeabi"}
_KNOWN = {"x86_64", "i686", "aarch64", "ppc64le", "ppc64", "s390x", "riscv64", "loongarch64"}
_WINDOWS_TAGS = {"win32": "x86", "win_amd64": "amd64", "win_arm64": "arm64", "win_arm32": "arm"}


def platform(tag: str) -> Platform | None:
    """What a platform tag promises; None for "any" and for an unknown one."""
    if tag in _WINDOWS_TAGS:
        return Platform(tag=tag, system="windows", format="PE", architectures=frozenset({_WINDOWS_TAGS[tag]}))
    if linux := re.fullmatch(r"(?:linux|manylinux(?:1|2010|2014|_\d+_\d+)|musllinux_\d+_\d+)_(\w+)", tag):
        return Platform(tag=tag, system="linux", format="ELF", architectures=_machines(linux.group(1)))
    if mac := re.fullmatch(r"macosx_\d+_\d+_(\w+)", tag):
        return Platform(
            tag=tag, system="macos", format="Mach-O", architectures=frozenset(_MAC.get(mac.group(1), {mac.group(1)}))
        )
    if android := re.fullmatch(r"android_\d+_(\w+)", tag):
        return Platform(tag=tag, system="android", format="ELF", architectures=_machines(android.group(1)))
    if ios := re.fullmatch(r"ios_\d+_\d+_(arm64|x86_64)_\w+", tag):
        return Platform(tag=tag, system="ios", format="Mach-O", architectures=frozenset({ios.group(1)}))
    return None


def _machines(name: str) -> frozenset[str]:
    """An architecture of Linux as the ELF reader names it; empty for one that it does not distinguish."""
    if name in _ARM:
        return frozenset({"arm"})
    own = {
        "i386": "i686",
        "i586": "i686",
        "x86": "i686",
        "arm64_v8a": "aarch64",
        "powerpc64": "ppc64",
        "powerpc64le": "ppc64le",
    }.get(name, name)
    return frozenset({own} & _KNOWN)


def is_for(found: Suffix, platform: Platform, claim: Claim) -> bool:
    """Whether Pythons of the platform load a file with this suffix: only one with their own platform (PEP 3149), which
    is the platform triplet of CPython's configure. True if the suffix names no platform, or an unknown one.
    """
    name = found.platform
    if found.windows:
        return name not in _WINDOWS_TAGS or name == platform.tag
    machine, _, rest = name.partition("-")
    if not rest.startswith("linux-"):
        systems = {"darwin": "macos", "iphoneos": "ios", "iphonesimulator": "ios"}
        return systems.get(name.rpartition("-")[2], platform.system) == platform.system
    if platform.system != ("android" if rest.startswith("linux-android") else "linux"):
        return False
    if platform.tag.startswith("manylinux") and rest.startswith("linux-musl"):
        return False
    # Before 3.11 the triplet was that of glibc everywhere (bpo-43112).
    if platform.tag.startswith("musllinux") and rest.startswith("linux-gnu") and claim.version >= (3, 11):
        return False
    own = _machines(machine)
    return not own or not platform.architectures or own <= platform.architectures
