"""Print facts about the running interpreter as JSON. Runs on any Python >= 3.6, without this package."""


def facts():  # type: ignore[no-untyped-def]  # Python 3.6 cannot evaluate the annotation "-> dict[...]"
    """What :class:`model.target.Target` says of the running interpreter."""
    import importlib.machinery
    import os
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
        # The same as platform.python_version(), without the cost of importing platform.
        "full_version": sys.version.split()[0].rstrip("+"),
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
        "build": sys.version,
    }


def config_facts():  # type: ignore[no-untyped-def]
    """The facts of :func:`facts` and those that a PyO3 build configuration needs, found as PyO3's own script does."""
    import os
    import platform
    import sys
    import sysconfig

    get = sysconfig.get_config_var
    windows = platform.system() == "Windows"
    implementation = platform.python_implementation()
    flags = ("WITH_THREAD", "Py_DEBUG", "Py_REF_DEBUG", "Py_TRACE_REFS", "Py_GIL_DISABLED", "COUNT_ALLOCS")
    # Conda's executable is static, but the shared library is installed next to it.
    conda = os.path.exists(os.path.join(sys.base_prefix, "conda-meta"))  # noqa: PTH110, PTH118
    shared = implementation in ("PyPy", "GraalVM") or conda or windows
    unreadable = windows and sys.version_info < (3, 13)
    result = {
        "platform_implementation": implementation,
        "link_shared": shared or bool(get("PYTHONFRAMEWORK")) or bool(get("Py_ENABLE_SHARED")),
        "framework_prefix": get("PYTHONFRAMEWORKPREFIX"),
        "ld_version": get("LDVERSION"),
        "libdir": get("LIBDIR"),
        "windows_lib_dir": sys.base_prefix + "\\libs" if windows else None,
        "build_flags": [] if unreadable else [name for name in flags if str(get(name)) == "1"],
    }
    result.update(facts())  # type: ignore[no-untyped-call]
    return result


if __name__ == "__main__":
    import json
    import sys

    print(json.dumps(config_facts() if "--config" in sys.argv else facts()))  # type: ignore[no-untyped-call]
