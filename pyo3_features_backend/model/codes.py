"""Every problem code and its one meaning: those of plans, of build configuration files, of ``check``, of ``audit``.

tools/problems_reference.py writes docs/problems.md, and the sections of docs/checks.md, from them; ``pyo3-features help
CODE`` prints them.
"""

from __future__ import annotations

from .check_codes import CHECK
from .code import ERROR, WARNING, Code
from .wheel_codes import AUDIT

__all__ = ["AUDIT", "CHECK", "CODES", "CONFIG", "PLAN", "UNSUPPORTED"]

UNSUPPORTED = "PFB140"

PLAN = {
    "PFB100": Code(
        WARNING,
        "a name that is almost a setting",
        "A variable that starts with `PYO3_FEATURES_BACKEND_`, a config setting, or a table such as"
        " `[tool.pyo3-features]` is not one of this backend, but looks like one. It has no effect. Correct the name.",
    ),
    "PFB101": Code(
        ERROR,
        "a setting for PyO3, but the crate does not use PyO3",
        "`features` or `abi3` sets something for PyO3, but PyO3 is not in the crate's dependencies. Remove the"
        " setting, or add the dependency.",
    ),
    "PFB102": Code(
        WARNING,
        "the sources use PyO3, but the crate does not depend on it",
        "The sources use `#[pymodule]`, or another part of PyO3, but PyO3 is not a dependency of the crate, or it is"
        " optional and off. The wheel then has no module that Python can import.",
    ),
    "PFB103": Code(
        WARNING,
        "no `#[pymodule]` has the module's name",
        "To import a module, Python calls its function `PyInit_NAME`. `#[pymodule]` creates it, with the name of the"
        " Rust function or `mod` that it marks. Give that the name of the module. The name of the module is"
        " `module-name` in `[tool.maturin]`, else that of the crate's library; with setuptools-rust it is that of the"
        " extension. Modules that a macro makes are not checked.",
    ),
    "PFB110": Code(
        ERROR,
        "rustc is too old",
        "PyO3, or another crate of the build, declares a newer `rust-version` than the installed rustc. Run `rustup"
        " update`.",
    ),
    "PFB120": Code(
        ERROR,
        '`abi3 = "off"`, but abi3 is hard-coded',
        "A feature in Cargo.toml turns abi3 on, and cargo cannot turn a feature off from outside. Remove it there"
        " (`pyo3-features migrate`), or remove the setting. This is a warning if the setting comes from the environment"
        " or a config setting.",
    ),
    "PFB121": Code(
        ERROR,
        "the `abi3` setting contradicts a hard-coded floor",
        'Cargo.toml has one floor (`abi3-py39`), the setting another (`abi3 = "3.11"`). Keep one of the two.',
    ),
    "PFB122": Code(
        ERROR,
        "PyO3 does not offer the floor",
        "The resolved PyO3 has no such `abi3-py3X` or `abi3t-py3X` feature. Choose one that the message lists, or"
        " update PyO3.",
    ),
    "PFB123": Code(
        WARNING,
        "abi3 is hard-coded, but this Python has no stable ABI",
        "The build is for PyPy, GraalPy, a free-threaded or debug Python, or for WebAssembly. The wheel is"
        " version-specific, but PyO3 still restricts itself to the limited API. Remove the feature from Cargo.toml: the"
        " backend adds it where possible.",
    ),
    "PFB124": Code(
        ERROR,
        "abi3t is off, but hard-coded",
        "Like PFB120, but for abi3t, the stable ABI of free-threaded Python.",
    ),
    "PFB125": Code(
        ERROR,
        '`abi3 = "off"`, but `py_limited_api` asks for a stable-ABI wheel',
        "Keep one of the two. This is a warning if the setting comes from the environment or a config setting.",
    ),
    "PFB126": Code(
        ERROR,
        "`py_limited_api` contradicts a hard-coded floor",
        "setup.py or setup.cfg promises one floor, the crate graph has another. Keep one of the two.",
    ),
    "PFB127": Code(
        WARNING,
        "the range `native` of `abi3` makes no difference",
        "`native` is the range of Pythons that get version-specific wheels. Here it includes no Python at all, or"
        " every Python from the floor on: then no build makes the stable-ABI wheel, and later Pythons get no wheel."
        " Give it an upper limit, such as `<3.14`.",
    ),
    "PFB130": Code(
        WARNING,
        "`requires-python` has no lower bound",
        "Without a lower bound there is no floor to choose, so the wheel is version-specific. Add"
        ' `requires-python = ">=3.9"` to `[project]`.',
    ),
    "PFB131": Code(
        WARNING,
        "`requires-python` is below the lowest floor of PyO3",
        "So the wheel supports fewer Pythons than `requires-python` promises. Raise the lower bound to what the"
        " message names.",
    ),
    "PFB132": Code(
        ERROR,
        "the Python is below a hard-coded floor",
        "PyO3 cannot compile for an older Python than the abi3 feature in the crate graph. Remove that feature and"
        " set the floor with `abi3`: older Pythons then get a version-specific wheel.",
    ),
    "PFB133": Code(
        WARNING,
        "PyO3 is only an indirect dependency",
        "The features of a crate can only be set by a crate that depends on it directly, so the wheel is"
        " version-specific. Add pyo3 to the crate's own dependencies.",
    ),
    "PFB140": Code(
        ERROR,
        "PyO3 does not support the Python",
        "The build script of the resolved PyO3 rejects this Python, or accepts it although the wheel does not work:"
        " PyO3 up to 0.20.2 builds a version-specific wheel for CPython 3.14, which crashes. Update to the release"
        " that the message names. Only a stable-ABI wheel can serve a Python that is too new for its PyO3.",
    ),
    "PFB141": Code(
        WARNING,
        "PyO3 supports the Python only experimentally",
        "The Python is one minor version newer than the newest that the resolved PyO3 supports, and the wheel is"
        " version-specific. Use the wheel for tests; do not publish it.",
    ),
    "PFB150": Code(
        ERROR,
        "abi3 or extension-module in `features`",
        "The backend decides these. For abi3, use the `abi3` setting; extension-module needs no setting.",
    ),
    "PFB151": Code(
        ERROR,
        "PyO3 does not have a feature listed in `features`",
        "The message names the release that had it or will have it, or features with a similar name.",
    ),
    "PFB152": Code(
        ERROR,
        "a feature of an indirect dependency cannot be set",
        "Like PFB133, if a setting asks for the feature. Add pyo3 to the crate's own dependencies.",
    ),
    "PFB153": Code(
        ERROR,
        "`nightly` with a stable toolchain",
        'PyO3\'s `nightly` feature needs a nightly rustc. Set `RUSTUP_TOOLCHAIN=nightly`, or `nightly = "auto"`, which'
        " turns the feature on only there.",
    ),
    "PFB154": Code(
        ERROR,
        "`auto-initialize` without a shared libpython",
        "A program that embeds Python links libpython, and this Python was built without a shared one. Use one that was"
        " built with `--enable-shared`.",
    ),
    "PFB155": Code(
        WARNING,
        "`auto-initialize` in an extension module",
        "The feature starts an interpreter in a program that embeds Python. In an extension module Python is running"
        " already. Remove it from `features`.",
    ),
    "PFB156": Code(
        ERROR,
        "the crate does not have a feature listed in `abi3-crate-features`",
        "Each name there is a feature of the extension crate itself. Correct the name.",
    ),
    "PFB157": Code(
        ERROR,
        "`multiple-pymethods` on WebAssembly with an old inventory",
        "The inventory crate works on WebAssembly from 0.3.16 on. Run `cargo update -p inventory`.",
    ),
    "PFB158": Code(
        ERROR,
        "`stubs = true`, and no stubs can be written",
        "maturin writes stubs from the description that PyO3 0.28 and later put into an extension; setuptools-rust"
        " writes none. docs/stubs.md says what works with which versions. Write the `.pyi` by hand, or update PyO3.",
    ),
    "PFB159": Code(
        ERROR,
        "`stubs = true`, and there is a stub already",
        "maturin refuses to put two stubs of one module into a wheel. If an editable install wrote the one in the"
        " source tree, list it in `exclude` of `[tool.maturin]`: each wheel then gets a new one. If you wrote it by"
        " hand, remove the setting.",
    ),
    "PFB160": Code(
        ERROR,
        "the plan is not in `expect`",
        "`expect` lists the wheel tags that the project wants, and the plan has other tags. `pyo3-features explain`"
        " shows why.",
    ),
    "PFB161": Code(
        WARNING,
        "Pythons that share a wheel ask for different features",
        "Found by `pyo3-features matrix`: a wheel has one set of features. Use the same features for all of its"
        " Pythons.",
    ),
    "PFB162": Code(
        WARNING,
        "a file is written from a plan that the environment changes",
        "Found by `pyo3-features ci`, and by `pyo3-features matrix` with `--write-expect` or `--output`. The message"
        " names variables such as `PYO3_FEATURES_BACKEND_ABI3` or `MATURIN_PEP517_ARGS`. Where they are not set, the"
        " plan is another one, and"
        " the file does not fit it. Unset them and run the command again, or move the settings to"
        " pyproject.toml.",
    ),
    "PFB170": Code(
        ERROR,
        "a stable ABI is asked for, but something else in the wheel prevents it",
        "Every extension in an abi3 wheel must use only the limited API, including C extensions. Port them to it, or"
        " remove the setting.",
    ),
    "PFB171": Code(
        WARNING,
        "abi3 is hard-coded in one extension, but another one prevents it",
        "Like PFB170, if a feature in Cargo.toml turns abi3 on. The wheel is version-specific.",
    ),
    "PFB180": Code(
        WARNING,
        "an optional extension is left out",
        "A Rust extension with `optional = true` could not be read or built, so the wheel does not contain it. The"
        " message says why. Correct that, or leave `optional` out: the build then stops.",
    ),
    "PFB181": Code(
        WARNING,
        "an editable install cannot follow the Rust sources",
        "Found by an editable install: `editable-rebuild` is on, but cannot work here; the message says why. Install"
        " the project again after each change of a Rust source.",
    ),
}

CONFIG = {
    "PFB201": Code(ERROR, "not text", "The file is not UTF-8, or contains control characters. Create it again."),
    "PFB202": Code(ERROR, "a line without `=`", "PyO3 rejects the file. Each line must be `key=value`."),
    "PFB203": Code(ERROR, "a key with two values", "Keep one of the two lines."),
    "PFB204": Code(
        WARNING,
        "an unknown key",
        "PyO3 0.18.1 and later ignore it; earlier releases report an error.",
    ),
    "PFB205": Code(
        WARNING,
        "a key that this PyO3 does not read, or that is deprecated",
        "Remove the key, or use its replacement.",
    ),
    "PFB206": Code(ERROR, "an invalid value", "The message lists the values that the key accepts."),
    "PFB207": Code(ERROR, "the version is missing", "`version` is the only required key."),
    "PFB208": Code(ERROR, "both abi3 and target_abi", "Only one of them is allowed. Keep `target_abi`."),
    "PFB209": Code(ERROR, "the wrong pointer width", "`pointer_width` does not match the target."),
    "PFB210": Code(
        ERROR,
        "keys that contradict each other",
        "Version, implementation, `build_flags` and `target_abi` must describe one Python.",
    ),
}

CODES = {**PLAN, **CONFIG, **CHECK, **AUDIT}
