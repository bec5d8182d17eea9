"""Makes setuptools build in a new, empty folder, so that a wheel contains nothing of an older build.

In ``build/`` next to setup.py, setuptools copies and compiles only files that are newer than those in the folder, and
then packs everything in it. So each build of this backend gets an empty folder instead.
"""

from __future__ import annotations

import shutil
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from ..errors import render, say
from ..model.words import Severity

# The options of setuptools' commands for folders with files of the wheel, and the option to use what is there already.
_OPTIONS = frozenset(
    {
        *("build_base", "build_purelib", "build_platlib", "build_lib", "build_scripts", "build_temp"),
        *("build_clib", "build_dir", "bdist_base", "bdist_dir", "skip_build"),
    }
)
# Those that get into the wheel as a whole.
_PACKED = frozenset({"build_lib", "bdist_dir"})
# setuptools' commands that have such an option. In a command of the project the name may mean something else.
_COMMANDS = (
    *("build", "build_py", "build_ext", "build_clib", "build_scripts", "build_rust"),
    *("bdist", "bdist_wheel", "install", "install_lib", "install_scripts"),
)


def install(distribution: Any, folder: Path) -> None:
    """Make every command of ``distribution`` build in ``folder``, whatever the user's options say.

    All other folders are derived from those of `build`, unless an option names them. setuptools reads the command line
    after this, so the options are removed when the first of the commands is created.
    """
    for name in ("build", "bdist", "bdist_wheel"):
        distribution.cmdclass[name] = _without_options(distribution.get_command_class(name), name, folder)
    distribution.cmdclass["build"] = _build(distribution.get_command_class("build"), folder)
    distribution.cmdclass["build_ext"] = _build_ext(distribution.get_command_class("build_ext"), folder)
    distribution.cmdclass["egg_info"] = _egg_info(distribution.get_command_class("egg_info"), folder)


def _without_options(base: Any, name: str, folder: Path) -> Any:
    class fresh_command(base):  # type: ignore[misc]
        command_name = name

        def finalize_options(self) -> None:
            super().finalize_options()
            if "editable_wheel" in self.distribution.command_obj:  # it sets folders for files that it installs
                return
            # A command of the project can set the folders itself, and put files there that belong into the wheel.
            for option in sorted(_PACKED & vars(self).keys()):
                own = Path(getattr(self, option) or folder)
                if not own.absolute().is_relative_to(folder) and own.is_dir() and any(own.iterdir()):
                    message = (
                        f"the command {name} builds in {own}, and the wheel gets what is left there of older builds"
                    )
                    hint = f"do not set {option}, or remove the folder before each build"
                    say(render(Severity.WARNING, message, hint=hint))

        def initialize_options(self) -> None:
            for command in _COMMANDS:
                options = self.distribution.get_option_dict(command)
                for option in _OPTIONS & options.keys():
                    del options[option]
            super().initialize_options()

    return fresh_command


def _build(base: Any, folder: Path) -> Any:
    class fresh_build(base):  # type: ignore[misc]
        def initialize_options(self) -> None:
            super().initialize_options()
            self.build_base = str(folder / "build")

    return fresh_build


def _build_ext(base: Any, folder: Path) -> Any:
    class fresh_build_ext(base):  # type: ignore[misc]
        command_name = "build_ext"

        def build_extension(self, ext: Any) -> None:
            # cffi writes its source into build_temp, and the debug information contains that path. ``folder`` has a
            # random name, so no two wheels would be the same without this option of gcc and clang.
            is_generated = any(Path(source).is_relative_to(folder) for source in ext.sources)
            if is_generated and self.compiler.compiler_type == "unix":
                ext.extra_compile_args = [*(ext.extra_compile_args or ()), f"-fdebug-prefix-map={folder}/="]
            super().build_extension(ext)

    return fresh_build_ext


def _egg_info(base: Any, folder: Path) -> Any:
    class fresh_egg_info(base):  # type: ignore[misc]
        command_name = "egg_info"
        egg_base: Any
        egg_info: Any

        def finalize_options(self) -> None:
            # The metadata hooks and editable builds set another folder for it.
            options: Mapping[str, tuple[str, str]] = self.distribution.get_option_dict("egg_info")
            in_tree = self.egg_base in (None, options.get("egg_base", ("", None))[1])
            super().finalize_options()
            if in_tree:
                listed = Path(self.egg_info, "SOURCES.txt")
                self.egg_base = str(folder)
                self.egg_info = str(folder / listed.parent.name)
                self.ignore_egg_info_in_manifest = True
                _take_list(listed, Path(self.egg_info))

    return fresh_egg_info


def _take_list(listed: Path, folder: Path) -> None:
    """Copy an sdist's SOURCES.txt, whose files setuptools adds to those of MANIFEST.in.

    In an sdist the file is part of the source: it lists, for instance, what a plug-in found in version control. In any
    other tree it comes from an older build, and can list files that no longer belong to the project.
    """
    if Path("PKG-INFO").is_file() and listed.is_file():
        folder.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(listed, folder / listed.name)
