"""Prints facts of the interpreter that runs it as JSON. Runs on any Python >= 3.6, without this package."""


def facts():  # type: ignore[no-untyped-def]  # annotated "-> dict[...]" it would not run on 3.6
    import importlib.machinery
    import os
    import platform
    import struct
    import sys
    import sysconfig

    get = sysconfig.get_config_var
    implementation = sys.implementation.name
    number = sys.version_info
    own = getattr(sys, "pypy_version_info", None) or sys.implementation.version
    flags = getattr(sys, "abiflags", None)
    free_threaded = bool(get("Py_GIL_DISABLED"))
    debug = bool(get("Py_DEBUG")) or hasattr(sys, "gettotalrefcount")
    if flags is None:  # Windows before 3.14
        flags = ("t" if free_threaded else "") + ("d" if debug else "")
    base = getattr(sys, "_base_executable", None) or sys.executable
    return {
        "implementation": implementation,
        "version": [number[0], number[1]],
        "full_version": platform.python_version(),
        "implementation_version": [own[0], own[1]],
        "free_threaded": free_threaded,
        "debug": debug,
        "abiflags": flags,
        "platform": sysconfig.get_platform(),
        "system": sys.platform,
        "pointer_width": struct.calcsize("P") * 8,
        "shared": bool(get("Py_ENABLE_SHARED")) or bool(get("PYTHONFRAMEWORK")) or os.name == "nt",
        "soabi": get("SOABI") or "",
        "suffixes": list(importlib.machinery.EXTENSION_SUFFIXES),
        "executable": sys.executable,
        "base_executable": base,
    }


if __name__ == "__main__":
    import json

    print(json.dumps(facts()))  # type: ignore[no-untyped-call]
