"""Makes setuptools' commands follow the plan, with subclasses in ``dist.cmdclass`` as setuptools-rust does."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any, Protocol

from .setuptools_rust import Instruction


class Session(Protocol):
    """What the commands use of the running build."""

    instruction: Instruction | None

    def limited_api(self, command: Any, given: object) -> object:
        """The value of bdist_wheel's py_limited_api; ``given`` is the user's value."""


def install(distribution: Any, session: Session) -> None:
    """Subclass the commands of the distribution, including those of setuptools-rust and the user."""
    for name, make in (("bdist_wheel", _bdist_wheel), ("build_ext", _build_ext), ("build_rust", _build_rust)):
        distribution.cmdclass[name] = make(distribution.get_command_class(name), session)


def _of_every_python(file: str) -> str:
    """The name of an abi3 file that each Python loads: only 3.15 and newer load ``.abi3-x86_64-linux-gnu.so``.

    setuptools 84.2 gives it that suffix (PEP 803) if it runs in 3.15, whatever the floor is.
    """
    return re.sub(r"\.abi3-[^./\\]+\.so$", ".abi3.so", file)


def _bdist_wheel(base: Any, session: Session) -> Any:
    class planned_bdist_wheel(base):  # type: ignore[misc]
        # setuptools-rust's subclass sets no command_name, so setuptools looks options up under the name of the class.
        # An editable build initialises the command twice, and would then lose [bdist_wheel] py_limited_api.
        command_name = "bdist_wheel"
        py_limited_api: Any

        def finalize_options(self) -> None:
            # Hidden from setuptools' own check, which fails on a free-threaded 3.14 before there is a plan.
            given, self.py_limited_api = self.py_limited_api, False
            super().finalize_options()
            self.py_limited_api = session.limited_api(self, self.py_limited_api or given)

        def get_tag(self) -> tuple[str, str, str]:
            if session.instruction and session.instruction.tag and not self.root_is_pure:
                python, abi, planned = session.instruction.tag
                return python, abi, planned or str(self.plat_name).replace("-", "_").replace(".", "_").lower()
            python, abi, platform = super().get_tag()
            if session.instruction and session.instruction.abi3t and abi == "abi3":
                abi = "abi3.abi3t"  # setuptools writes this tag only if it runs in a free-threaded Python
            return python, abi, platform

    return planned_bdist_wheel


def _build_rust(base: Any, session: Session) -> Any:
    class planned_build_rust(base):  # type: ignore[misc]
        command_name = "build_rust"
        cargo: str

        def build_extension(self, ext: Any, *target: Any) -> Any:  # before setuptools-rust 1.13 with a target
            if session.instruction and session.instruction.cargo:
                self.cargo = session.instruction.cargo
            planned = hasattr(ext.env, "awaits_cargo")
            if planned:
                ext.env.awaits_cargo = True
            try:
                return super().build_extension(ext, *target)
            except Exception:
                if planned:
                    ext.env.cargo_failed()
                raise  # setuptools-rust goes on if the extension is optional

        def get_dylib_ext_path(self, ext: Any, target_fname: str) -> str:
            path = str(super().get_dylib_ext_path(ext, target_fname))
            if session.instruction and session.instruction.suffix:
                return str(Path(path).with_name(target_fname.split(".")[-1] + session.instruction.suffix))
            if session.instruction and session.instruction.abi3t:
                # A free-threaded Python does not import .abi3.so files, but both kinds import .abi3t.so (PEP 803).
                file = Path(path)
                return str(file.with_name(file.name.replace(".abi3.", ".abi3t.").replace(".abi3-", ".abi3t-")))
            return _of_every_python(path) if session.instruction and session.instruction.limited else path

    return planned_build_rust


def _build_ext(base: Any, session: Session) -> Any:
    class planned_build_ext(base):  # type: ignore[misc]
        command_name = "build_ext"

        force: Any

        def get_ext_filename(self, fullname: str) -> str:
            file = str(super().get_ext_filename(fullname))  # of an extension in C
            stable = session.instruction and session.instruction.limited and not session.instruction.abi3t
            return _of_every_python(file) if stable else file

        def copy_extensions_to_source(self) -> None:
            # The last step of an editable build. Without force, copy_file keeps an existing file that looks newer.
            given, self.force = self.force, True
            super().copy_extensions_to_source()
            self.force = given

        def get_outputs(self) -> list[str]:
            return list(self.get_output_mapping()) if self.inplace else list(super().get_outputs())

        def get_output_mapping(self) -> dict[str, str]:
            """setuptools' own mapping and the Rust extensions. A strict editable install links only these files."""
            mapping: dict[str, str] = dict(super().get_output_mapping())
            if self.inplace and session.instruction:
                for inside, file in _built(self):
                    mapping[str(Path(self.build_lib, inside))] = file
            return mapping

    return planned_build_ext


def _built(build_ext: Any) -> list[tuple[str, str]]:
    """The files that an editable build writes for Rust: (path in the library folder, file in the source tree)."""
    build_rust = build_ext.get_finalized_command("build_rust")
    build_py = build_ext.get_finalized_command("build_py")
    built: list[tuple[str, str]] = []
    for ext in build_ext.distribution.rust_extensions:
        if ext.binding.name == "Exec":
            continue
        package = ext.name.rpartition(".")[0]
        build_rust.inplace = True
        files = [(package, Path(build_rust.get_dylib_ext_path(ext, ext.name)))]
        generated: dict[str, str] = getattr(ext, "generated_files", {})  # setuptools-rust 1.11 does not have it
        for source, where in generated.items():
            top = Path(build_py.get_package_dir(where), Path(source).name)
            below = [file for file in top.rglob("*") if file.is_file()] if top.is_dir() else [top]
            files += [(".".join([where, *file.parent.relative_to(top.parent).parts]), file) for file in below]
        built += [
            ("/".join([*filter(None, where.split(".")), file.name]), str(file))
            for where, file in files
            if file.is_file()
        ]
    return built


def source_stem(command: Any, name: str) -> Path:
    """Where an editable build writes the extension ``name``, without its suffix."""
    package, _, module = name.rpartition(".")
    return Path(command.get_finalized_command("build_py").get_package_dir(package)).resolve() / module
