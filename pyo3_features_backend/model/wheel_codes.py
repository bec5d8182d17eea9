"""The codes of the problems of a built wheel, which ``audit`` finds."""

from __future__ import annotations

from .code import ERROR, WARNING, Code

AUDIT = {
    "PFB301": Code(
        ERROR,
        "the file cannot be read as a wheel",
        "It is not a zip archive, is truncated or encrypted, has no WHEEL, METADATA or RECORD, contains a file twice,"
        " or contains a path outside of the wheel. Installers reject such a file. Build the wheel again.",
    ),
    "PFB302": Code(
        ERROR,
        "the tags in the name and in the WHEEL file differ",
        "Somebody renamed the wheel. Use `wheel tags`, which changes both.",
    ),
    "PFB303": Code(
        ERROR,
        "no Python accepts the tag",
        "`abi3` needs a CPython tag (`cp39-abi3`, not `py3-abi3`), and an ABI tag for one version needs the Python"
        " tag of that version (`cp39-cp39`). Correct the tag.",
    ),
    "PFB304": Code(
        ERROR,
        "Requires-Python excludes every Python of the tag",
        "Nobody can install the wheel. Correct `requires-python`, or do not build for this Python.",
    ),
    "PFB305": Code(
        WARNING,
        "the floor of the tag is below Requires-Python",
        "The tag promises a Python that the metadata excludes. Nothing fails; a higher floor allows more of the C API.",
    ),
    "PFB310": Code(
        ERROR,
        "a Python of the tag does not load the extension module",
        "The file's suffix is for other Pythons: `_x.cpython-311-x86_64-linux-gnu.so` in a wheel tagged abi3 can be"
        " imported by 3.11 only. This is a warning if the tag names no ABI, because the module may be optional.",
    ),
    "PFB311": Code(
        WARNING,
        "an extension file is for none of the Pythons of the tag",
        "The wheel also has the right file, so this one only takes space. It is left over from an earlier build: remove"
        " the build folder.",
    ),
    "PFB312": Code(
        ERROR,
        "two files for one extension module",
        "Python imports the one with the more specific suffix, which may be the older one. Remove the build folder, or"
        " the file in the source tree, and build again.",
    ),
    "PFB313": Code(
        WARNING,
        "a package hides an extension module of the same name",
        "Python imports a folder with an `__init__.py` before a file beside it. Rename one of the two.",
    ),
    "PFB314": Code(
        ERROR,
        "an extension module is for another platform than the tag",
        "Its format, its architecture or the platform in its name (`x86_64-linux-gnu`) does not match the platform tag,"
        " or it is not a binary. In a `universal2` wheel, each file must contain both x86_64 and arm64.",
    ),
    "PFB320": Code(
        ERROR,
        "the entry point has another name than the module",
        "Python looks for `PyInit_NAME` (or `PyModExport_NAME`), where NAME is the last part of the module's name. Give"
        " the function and the file the same name. This is a warning if the file has several entry points.",
    ),
    "PFB321": Code(
        WARNING,
        "an extension module has no entry point",
        "Python cannot import the file: with PyO3, its `#[pymodule]` was not compiled. It may be a library for dlopen"
        " or ctypes, so this is a warning. It is an error if the file uses Python's C API and no other file of the"
        " wheel can be imported, or in a build that was to make this module.",
    ),
    "PFB322": Code(
        ERROR,
        "the entry point does not fit the tag",
        "Pythons before 3.15 need `PyInit_`, and abi3t needs `PyModExport_`.",
    ),
    "PFB330": Code(
        ERROR,
        "a binary links libpython",
        "On Linux and macOS the interpreter itself has the symbols, and many installations have no libpython. PyO3 does"
        " not link it if its feature `extension-module` is on, or from 0.26 on, if `PYO3_BUILD_EXTENSION_MODULE` is"
        " set.",
    ),
    "PFB331": Code(
        ERROR,
        "a binary links the library of another Python",
        "An abi3 wheel for Windows needs `python3.dll`, one with abi3t `python3t.dll`, and one for CPython 3.11"
        " `python311.dll` or `python3.dll`. On Linux and macOS, the binary links a libpython of another version than"
        " the tag.",
    ),
    "PFB340": Code(
        ERROR,
        "a symbol is newer than the floor",
        "The stable ABI of the floor does not have the symbol, so the wheel fails at import, or when the function is"
        " called, on a Python that the tag promises. Raise the floor to the version in the message.",
    ),
    "PFB341": Code(
        ERROR,
        "a symbol is not in the stable ABI",
        "A later Python may lack the symbol or give it another meaning. Compile with the limited API, or make a wheel"
        " for each Python.",
    ),
    "PFB342": Code(
        WARNING,
        "a symbol that may not be in Python",
        "A library outside the wheel may define it, or it is newer than the installed abi3info, the list of symbols.",
    ),
    "PFB343": Code(
        ERROR,
        "the Python of the tag lacks a symbol",
        "A wheel for one Python needs a symbol that a later one added. It was built for another Python than its tag"
        " says.",
    ),
    "PFB350": Code(
        ERROR,
        "a binary is damaged",
        "The file starts like an ELF, Mach-O or PE file, but cannot be read to the end.",
    ),
    "PFB360": Code(
        ERROR,
        "no wheel for a Python of the plan",
        "Found by `audit --plan`: `pyo3-features matrix` lists a wheel that is missing.",
    ),
    "PFB361": Code(
        ERROR,
        "a wheel has another tag than the plan",
        "Found by `audit --plan`: in `pyo3-features matrix`, the same Pythons have a wheel with another tag. It was"
        " built without the backend, or with other settings.",
    ),
    "PFB362": Code(
        WARNING,
        "a wheel is superfluous",
        "Found by `audit --plan`: another of the wheels serves the same Pythons on the same platform.",
    ),
    "PFB363": Code(
        WARNING,
        "a version-specific wheel is missing, and the stable-ABI wheel takes its place",
        "Found by `audit --plan`, where `abi3` has a range `native`: the platform has wheels for some Pythons of the"
        " range and not for this one, which installs the stable-ABI wheel. A platform with none of them is fine.",
    ),
}
