"""The codes of what only ``check`` looks for: a project's declarations."""

from __future__ import annotations

from .code import ERROR, WARNING, Code

CHECK = {
    "PFB220": Code(
        ERROR,
        "the project cannot be read",
        "A file is invalid, or a tool that the check needs is missing or fails: pyproject.toml or a"
        " Cargo.toml that is not valid TOML, a `requires-python` that is not a version specifier, cargo that"
        " is not installed, a crate graph that cargo cannot resolve, a setup.py that stops. A build would stop"
        " with the same message. Fix what it names.",
    ),
    "PFB221": Code(
        WARNING,
        "another build backend",
        "`build-backend` is not `pyo3_features_backend`, so nothing here decides a build. `pyo3-features"
        " migrate` changes that.",
    ),
    "PFB230": Code(
        WARNING,
        "abi3 is hard-coded",
        "`abi3`, `abi3-pyXX`, `abi3t` or `abi3t-pyXX` in a dependency (of one crate, one platform or the"
        " workspace), in a crate's own feature that is on, or in the delegate's features. It is the floor of"
        " every wheel, and the version-specific ones of PyPy and free-threaded Pythons are restricted to the"
        " limited API without any gain; a distributor cannot turn it off. Remove it: the floor comes from"
        ' `requires-python`, or from `abi3 = "3.11"` in `[tool.pyo3-features-backend]` where the code needs'
        " more. A crate's own feature is emptied (`abi = []`), not removed: code may be gated by it. A feature"
        " that comes with `workspace = true` is named where it stands, in the workspace's Cargo.toml."
        " `migrate` leaves a bare `abi3t`: no setting of ours means the floor of the building Python.",
    ),
    "PFB231": Code(
        WARNING,
        "extension-module is hard-coded",
        "With it on, nothing that is linked as a program finds libpython: `cargo test` fails. The backend"
        " sets `PYO3_BUILD_EXTENSION_MODULE` for PyO3 0.26 and later and adds the feature below. Take it out;"
        " empty a crate's own feature, do not remove it.",
    ),
    "PFB232": Code(
        WARNING,
        "py_limited_api is given by hand",
        "In setup.cfg, setup.py, `[tool.distutils]` or an extension's table. The build takes it for the"
        " author's floor and the backend writes the right one by itself, for editable builds too. Take it out,"
        " and set `abi3` where the floor is not that of `requires-python`.",
    ),
    "PFB233": Code(
        WARNING,
        "a crate feature that nothing turns on leads to abi3",
        'Such as `abi = ["pyo3/abi3-py37"]`, meant for `--features abi`. Whoever turns it on gets that floor,'
        " whatever the plan is. Empty it. Where it gates code that keeps to the limited API, name it in"
        " `abi3-crate-features`: it is then on in each stable-ABI build, and only there.",
    ),
    "PFB240": Code(
        WARNING,
        "no requires-python",
        "pip then offers the project to Pythons that cannot build it, and the floor of a stable-ABI wheel has"
        " nothing to come from. Add it to `[project]`.",
    ),
    "PFB241": Code(
        WARNING,
        "the floor is below requires-python",
        "The wheel is tagged for Pythons that may not install it, and the code does without what the limited"
        " API of newer ones has. Take the floor out, or lower `requires-python`.",
    ),
    "PFB242": Code(
        WARNING,
        "the floor is above requires-python",
        "That is right where the code needs more of the limited API than the oldest supported Python has"
        " (`pyo3::buffer` needs 3.11). Each Python below the floor then needs a wheel of its own; without one"
        " its users compile. Publish those wheels, or raise `requires-python`. Where the floor is hard-coded,"
        " builds below it fail: PFB132, an error.",
    ),
    "PFB243": Code(
        WARNING,
        "requires-python is below the Pythons that the backend runs in",
        "The backend runs inside the Python that it builds for, from 3.9 on. Older ones can be served by a"
        " stable-ABI wheel with a lower floor, but not build the sdist. Raise `requires-python`, or publish"
        " those wheels.",
    ),
    "PFB244": Code(
        WARNING,
        "requires-python is wider than PyO3's support",
        "The resolved PyO3 does not support the lowest Python that the project promises. Raise"
        " `requires-python`. (Where the plan finds it first it says so: PFB131 for the floor, PFB140 for a"
        " Python that cannot be built for at all.)",
    ),
    "PFB245": Code(
        WARNING,
        "a classifier contradicts requires-python",
        "A `Programming Language :: Python :: 3.X` that `requires-python` excludes. PyPI shows the one, pip"
        " obeys the other.",
    ),
    "PFB246": Code(
        WARNING,
        "a classifier names a kind of Python that PyO3 does not support",
        "Free Threading, PyPy or GraalPy, where the resolved PyO3 supports no such Python that"
        " `requires-python` allows.",
    ),
    "PFB250": Code(
        ERROR,
        "several versions of PyO3",
        "Types of one are not types of the other, and cargo links only one. Bring every dependency to one"
        " version; `cargo tree -i pyo3` shows who asks for which.",
    ),
    "PFB251": Code(
        WARNING,
        "pyo3-build-config at another version than PyO3",
        "A build script reads the interpreter by the rules of one release and PyO3 by those of another: the"
        " `cfg`s can differ. Write the same version for both.",
    ),
    "PFB252": Code(
        WARNING,
        "no Cargo.lock",
        "Every build takes the newest versions of that day, so a wheel cannot be made again, and a new PyO3"
        " can break the sdist. Commit the file; maturin puts it into the sdist, setuptools needs it in"
        " MANIFEST.in.",
    ),
    "PFB253": Code(
        WARNING,
        "Cargo.lock disagrees with Cargo.toml",
        "cargo writes it anew in each build, and what is built is not what was committed; a build with"
        " `--locked` stops. Run `cargo update --workspace`.",
    ),
    "PFB254": Code(
        ERROR,
        "Cargo.lock disagrees with Cargo.toml, and builds are locked",
        "The same with `locked` or `frozen` in `[tool.maturin]`: no build works.",
    ),
    "PFB255": Code(
        ERROR,
        "PyO3 does not have the feature",
        "A feature of PyO3 in a manifest, which the versions that the manifest allows do not have. cargo"
        " resolves nothing, not even with the crate's own feature off.",
    ),
    "PFB256": Code(
        WARNING,
        "a later PyO3 drops the feature",
        "The build works until PyO3 is brought up to date: `abi3-py38` went with 0.30, `abi3-py37` with 0.29."
        " It is written in a manifest, or the floor of the plan needs it.",
    ),
    "PFB260": Code(
        WARNING,
        "a variable in the environment changes the plan",
        "`PYO3_CONFIG_FILE`, `PYO3_CROSS*` with a `CARGO_BUILD_TARGET`, and those that turn PyO3's version"
        " checks off are meant for one build. In a shell that is used for all of them they make wheels for"
        " another Python than the one that runs.",
    ),
    "PFB261": Code(
        ERROR,
        "a variable in the environment stops or misleads the build",
        "`PYO3_PYTHON` that is another interpreter than the running one, `PYO3_CROSS*` without a platform to"
        " build for, `PYO3_PRINT_CONFIG`. A build stops.",
    ),
    "PFB262": Code(
        ERROR,
        "cargo's configuration overrides the plan",
        "`[env]` in `.cargo/config.toml`, of the project, a folder above it or the user, sets a variable that"
        " PyO3 reads and the plan does not know of, or replaces with `force = true` one that the build sets."
        " `PYO3_PYTHON` without `force` is fine: it is for `cargo test` and rust-analyzer, and the build's own"
        " wins.",
    ),
    "PFB270": Code(
        WARNING,
        "CI builds wheels without the backend",
        "A workflow calls `maturin build`, `maturin publish` or maturin-action. maturin reads Cargo.toml and"
        " `[tool.maturin]` and not `build-backend`, so the wheels have neither the floor nor the features of"
        " the plan: once nothing is hard-coded they are version-specific. Build through the backend (`python"
        " -m build`, `uv build`, cibuildwheel), or give maturin the plan, `maturin build --release"
        " $(pyo3-features args)`; [args.md](args.md) shows it for maturin-action.\n\n"
        "`maturin sdist` and `maturin upload` are fine. Workflow files are read as YAML, each call is named"
        " at its own line, and text for readers (`name:`, `if:`, what `echo` prints) does not count. Looked"
        " at: `.github`, `.forgejo`, `.gitlab-ci.yml`, `.circleci`, `.cirrus.yml`, `.woodpecker.yml`,"
        " `azure-pipelines.yml`, and the files of PFB271.",
    ),
    "PFB271": Code(
        WARNING,
        "maturin develop builds without the backend",
        "In tox.ini, noxfile.py, Makefile, justfile, pyproject.toml or a workflow. It compiles with other"
        " features than the build, so going back and forth compiles PyO3 each time, and what is tested is not"
        " what is published. `pip install -e .` and `uv sync` ask the backend.",
    ),
    "PFB272": Code(
        WARNING,
        "uv does not see changed Rust sources",
        "`uv sync` and `uv run` build a project anew only if one of `[tool.uv] cache-keys` changed; by"
        " default that is pyproject.toml, setup.py and setup.cfg. After an edit of `src/lib.rs` they run the"
        " old module and say nothing. The hint has the keys for the project's crates, with the C sources and"
        " headers that their build scripts name, or that lie in a folder that they name; a `dir` key does not"
        " do, for it looks at the folder and not into it.",
    ),
    "PFB273": Code(
        WARNING,
        "a workflow file was not read",
        "It is not YAML, not UTF-8, larger than 1 MiB or nested too deep, so nothing is known of the calls in"
        " it; the line is that of the reader's complaint. Without PyYAML (`pip install"
        " 'pyo3-features-backend[cli]'`) no workflow file is read.",
    ),
    "PFB280": Code(
        WARNING,
        "a build script reads a file that it does not announce",
        "By `fs::read` and its like, `File::open`, `cmake::build` or bindgen without `CargoCallbacks`, where"
        " the script announces something else or the file lies outside the package. Or it hands a source to"
        " `cc::Build` or `cxx_build::bridge`: from 1.0.74 on, cc announces the variables that it reads and"
        " none of the sources and headers, so that with cc alone no edit of a C file is seen. Headers are"
        " those that the sources include. More than three files of a folder are one line with the folder;"
        " cargo looks at all that is in it.",
    ),
    "PFB281": Code(
        WARNING,
        "a build script reads a variable that it does not announce",
        "By `env::var` or `env::var_os`; none is seen without a line of its own. `env!` and `option_env!`"
        " rustc follows by itself. Not meant are the variables that cargo sets for build scripts, those that"
        " cc, pkg-config, bindgen and vcpkg announce where the script uses them, `PYO3_*`, which PyO3's own"
        " build scripts announce, and `PATH`.\n\n"
        "Where a script has announced nothing until now, the first line ends cargo's look at the whole"
        " package: the hint then has the files that the script is seen to read, too. Add those that it reads"
        " in other ways.",
    ),
}
