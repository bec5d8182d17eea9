"""The codes of what only ``check`` looks for: a project's configuration."""

from __future__ import annotations

from .code import ERROR, WARNING, Code

CHECK = {
    "PFB220": Code(
        ERROR,
        "the project cannot be read",
        "A file is invalid, or a tool that the check needs is missing or fails. Examples: pyproject.toml or a"
        " Cargo.toml is not valid TOML, `requires-python` is not a version specifier, cargo is not installed,"
        " cargo cannot resolve the crate graph, or setup.py stops. A build would stop with the same message."
        " Fix what the message names.",
    ),
    "PFB221": Code(
        WARNING,
        "another build backend",
        "`build-backend` is neither this backend nor that of maturin or setuptools, so `check` does not know"
        " what compiles. Or `requires` names this package but `build-backend` names another one, so no build"
        " uses it. `pyo3-features migrate` changes that. There is no finding if a build"
        " backend in the project itself (`backend-path`) imports this one.",
    ),
    "PFB230": Code(
        WARNING,
        "abi3 is hard-coded",
        "`abi3`, `abi3-pyXX`, `abi3t` or `abi3t-pyXX` is listed in a dependency (of a crate, of a platform or of the"
        " workspace), in a feature of the crate that is on, or in the delegate's features. Then every wheel has this"
        " floor. The version-specific wheels for PyPy and free-threaded Pythons are restricted to the limited API and"
        " gain nothing from it, and a distributor cannot turn it off. Remove the feature. The floor then comes from"
        ' `requires-python`; if the code needs more, set `abi3 = "3.11"` in `[tool.pyo3-features-backend]`. If a'
        " feature of the crate turns it on, empty that feature (`abi = []`) and keep it: a `cfg` may use it. For a"
        " feature that comes from `workspace = true`, the message gives the line in the workspace's Cargo.toml."
        " `migrate` leaves a bare `abi3t` alone: it means the version of the Python that runs the build, and no"
        " setting means that.",
    ),
    "PFB231": Code(
        WARNING,
        "extension-module is hard-coded",
        "With this feature on, programs cannot link libpython, so `cargo test` fails. The backend sets"
        " `PYO3_BUILD_EXTENSION_MODULE` for PyO3 0.26 and later, and adds the feature for older releases."
        " Remove it; if a feature of the crate turns it on, empty that feature and keep it.",
    ),
    "PFB232": Code(
        WARNING,
        "py_limited_api is set by hand",
        "It is set in setup.cfg, setup.py, `[tool.distutils]` or the table of an extension. The build treats"
        " it as a floor that the author chose. The backend sets the right value itself, for editable builds"
        " too. Remove it, and set `abi3` if the floor should differ from `requires-python`.",
    ),
    "PFB233": Code(
        WARNING,
        "a crate feature that nothing turns on leads to abi3",
        'An example is `abi = ["pyo3/abi3-py37"]`, meant for `--features abi`. A build with that feature gets'
        " that floor, whatever the plan says. Empty the feature. If it gates code for the limited API, list it"
        " in `abi3-crate-features`: it is then on in every stable-ABI build, and only there.",
    ),
    "PFB240": Code(
        WARNING,
        "no requires-python",
        "pip then offers the project to Pythons that cannot build it, and there is nothing to derive the"
        " floor of a stable-ABI wheel from. Add `requires-python` to `[project]`.",
    ),
    "PFB241": Code(
        WARNING,
        "the floor is below requires-python",
        "The tag allows Pythons that `requires-python` excludes, and the code cannot use what the limited API"
        " of newer Pythons adds. Remove the floor, or lower `requires-python`.",
    ),
    "PFB242": Code(
        WARNING,
        "the floor is above requires-python",
        "This is right if the code needs more of the limited API than the oldest supported Python has"
        " (`pyo3::buffer` needs 3.11). Each Python below the floor then needs its own wheel; without it, users"
        " have to compile. Publish those wheels, or raise `requires-python`. If you do publish them, say so"
        ' with `abi3 = { floor = "3.14", native = ">=3.10,<3.14" }`: the finding is then only about Pythons'
        " that are in neither. If the floor is hard-coded, builds below it fail with PFB132, which is an"
        " error.",
    ),
    "PFB243": Code(
        WARNING,
        "requires-python is below the Pythons that the backend runs in",
        "The backend runs in the Python that it builds for, and needs 3.9 or later. Older Pythons can install"
        " a stable-ABI wheel with a lower floor, but they cannot build the sdist. Raise `requires-python`, or"
        " publish such wheels.",
    ),
    "PFB244": Code(
        WARNING,
        "requires-python is wider than PyO3's support",
        "The resolved PyO3 does not support the lowest Python that the project promises. Raise"
        " `requires-python`. Where the plan reports this, the code is PFB131 (the floor) or PFB140 (the"
        " Python).",
    ),
    "PFB245": Code(
        WARNING,
        "a classifier contradicts requires-python",
        "There is a `Programming Language :: Python :: 3.X` classifier for a Python that `requires-python`"
        " excludes. PyPI shows the classifier, but pip follows `requires-python`.",
    ),
    "PFB246": Code(
        WARNING,
        "a classifier names a Python that PyO3 does not support",
        "The classifier is for free-threaded Python, PyPy or GraalPy, but the resolved PyO3 supports none"
        " that `requires-python` allows.",
    ),
    "PFB250": Code(
        ERROR,
        "several versions of PyO3",
        "Rust types of one version are not types of the other, and cargo can link only one. Use one version"
        " in every crate. `cargo tree -i pyo3` shows which crate asks for which version.",
    ),
    "PFB251": Code(
        WARNING,
        "pyo3-build-config has another version than PyO3",
        "A build script reads the interpreter by the rules of one release and PyO3 by the rules of another,"
        " so their `cfg`s can differ. Use the same version for both.",
    ),
    "PFB252": Code(
        WARNING,
        "no Cargo.lock",
        "Each build uses the newest versions at that time, so you cannot reproduce a wheel, and a new PyO3"
        " can break the sdist. Commit Cargo.lock. maturin adds it to the sdist; with setuptools, list it in"
        " MANIFEST.in.",
    ),
    "PFB253": Code(
        WARNING,
        "Cargo.lock does not match Cargo.toml",
        "cargo updates the file in each build, so builds do not use what was committed, and a build with"
        " `--locked` stops. Run `cargo update --workspace`.",
    ),
    "PFB254": Code(
        ERROR,
        "Cargo.lock does not match Cargo.toml, and builds are locked",
        "As PFB253, but `locked` or `frozen` is set in `[tool.maturin]`, so every build fails.",
    ),
    "PFB255": Code(
        ERROR,
        "PyO3 does not have the feature",
        "A manifest asks for a PyO3 feature that the allowed versions of PyO3 do not have. cargo cannot"
        " resolve the crate graph, not even with the crate's own feature off.",
    ),
    "PFB256": Code(
        WARNING,
        "a later PyO3 drops the feature",
        "The build works until PyO3 is updated: PyO3 0.30 removed `abi3-py38`, and 0.29 removed `abi3-py37`."
        " The feature is in a manifest, or the floor of the plan needs it.",
    ),
    "PFB257": Code(
        WARNING,
        "generate-import-lib has no effect",
        "It made import libraries for Windows. PyO3 0.29 and later link without one, and the feature turns"
        " nothing on (PyO3's migration guide). Remove it.",
    ),
    "PFB260": Code(
        WARNING,
        "a variable in the environment changes the plan",
        "`PYO3_CONFIG_FILE`, `PYO3_CROSS*` with a `CARGO_BUILD_TARGET`, and the variables that turn off"
        " PyO3's version checks are meant for one build. If they stay set in a shell, builds make wheels for"
        " another Python than the one that runs them.",
    ),
    "PFB261": Code(
        ERROR,
        "a variable in the environment stops or misleads the build",
        "`PYO3_PYTHON` is another interpreter than the running one, `PYO3_CROSS*` is set without a target, or"
        " `PYO3_PRINT_CONFIG` is set. A build stops.",
    ),
    "PFB262": Code(
        ERROR,
        "cargo's configuration overrides the plan",
        "`[env]` in a `.cargo/config.toml` (of the project, of a folder above it or of the user) sets a"
        " variable that PyO3 reads and that the plan does not know, or it replaces with `force = true` a"
        " variable that the build sets. `PYO3_PYTHON` without `force` is fine: `cargo test` and rust-analyzer"
        " use it, and builds use their own value.",
    ),
    "PFB270": Code(
        WARNING,
        "CI builds wheels without the backend",
        "A workflow calls `maturin build`, `maturin publish` or maturin-action. maturin reads Cargo.toml and"
        " `[tool.maturin]`, but not `build-backend`. So these wheels have neither the floor nor the features"
        " of the plan, and are version-specific once nothing is hard-coded. Build with the backend (`python -m"
        " build`, `uv build`, cibuildwheel), or pass the plan to maturin with `maturin build --release"
        " $(pyo3-features args)`. [args.md](args.md) shows this for maturin-action.\n\n`maturin sdist`"
        " and `maturin upload` are fine. `check` reads workflow files as YAML and reports each call at its"
        " line. It ignores text for readers: `name:`, `if:`, and what `echo` prints. It looks at `.github`,"
        " `.forgejo`, `.gitlab-ci.yml`, `.circleci`, `.cirrus.yml`, `.woodpecker.yml`, `azure-pipelines.yml`,"
        " and the files of PFB271.",
    ),
    "PFB271": Code(
        WARNING,
        "maturin develop builds without the backend",
        "The call is in tox.ini, noxfile.py, a Makefile, a justfile, pyproject.toml or a workflow. It"
        " compiles with other features than the build. So switching between the two compiles PyO3 each time,"
        " and you do not test what you publish. `pip install -e .` and `uv sync` use the backend.",
    ),
    "PFB272": Code(
        WARNING,
        "uv does not notice changed Rust sources",
        "`uv sync` and `uv run` build a project again only if something in `[tool.uv] cache-keys` has"
        " changed. By default that is pyproject.toml, setup.py and setup.cfg. After a change to `src/lib.rs`"
        " they run the old module and print nothing. The hint has the keys for the project's crates. They"
        " include the C sources and headers that the build scripts name, or that are in a folder that they"
        " name. A `dir` key is not enough, because uv looks at the folder but not at the files in it.",
    ),
    "PFB273": Code(
        WARNING,
        "a workflow file could not be read",
        "The file is not YAML, is not UTF-8, is larger than 1 MiB, or is nested too deeply, so `check` cannot"
        " see the calls in it. The message has the line where the YAML reader stopped. Without PyYAML (`pip install"
        " 'pyo3-features-backend[cli]'`) no workflow file is read.",
    ),
    "PFB274": Code(
        WARNING,
        "a job publishes a wheel that PyPI rejects",
        "A job in `.github/workflows` runs `python -m build`, `uv build` or `pip wheel` on Linux and then"
        " `twine upload`, `uv publish` or pypa/gh-action-pypi-publish. Such a wheel has the tag"
        " `linux_x86_64`, which PyPI rejects. Build wheels with cibuildwheel or"
        " maturin-action, and only the sdist in this job. There is no finding where a step of the job names"
        " auditwheel, cibuildwheel, manylinux or maturin, and none where the files come from another job.",
    ),
    "PFB280": Code(
        WARNING,
        "a build script reads a file without telling cargo",
        "The script reads it with `fs::read` or a similar function, `File::open`, `cmake::build`, or bindgen without"
        " `CargoCallbacks`, and prints lines only for other things, or none although the file is outside the package."
        " Or it passes a source to `cc::Build` or `cxx_build::bridge`: from 1.0.74 on, cc prints lines for the"
        " variables that it reads, but none for sources and headers. So with cc alone, cargo notices no change to a C"
        " file. The hint includes the headers that the sources include. For more than three files in a folder, the"
        " hint has one line for the folder; cargo then looks at everything in it.",
    ),
    "PFB281": Code(
        WARNING,
        "a build script reads a variable without telling cargo",
        "The script uses `env::var` or `env::var_os`. cargo needs a line for each such variable; rustc itself"
        " follows `env!` and `option_env!`. Some variables need no line: those that cargo sets for build"
        " scripts, those that cc, pkg-config, bindgen and vcpkg print lines for where the script uses them,"
        " `PYO3_*`, for which PyO3's build scripts print lines, and `PATH`.\n\nIf a script has printed no"
        " line so far, the first one makes cargo stop watching the rest of the package. The hint then also has"
        " the files that `check` sees the script read. Add those that it reads in other ways.",
    ),
    "PFB290": Code(
        WARNING,
        "[tool.setuptools_scm] has no effect",
        "setuptools-scm is a plugin of setuptools. maturin does not know it and takes the version from"
        " `[project]` or Cargo.toml, so the release after a new tag has the old version. With setuptools-rust"
        " it works if `build-system.requires` names it.",
    ),
    "PFB291": Code(
        WARNING,
        "maturin drops import-names",
        "`import-names` or `import-namespaces` (PEP 794) is in `[project]`, but maturin (seen with 1.16) does"
        " not write it into the metadata and prints no message. setuptools (seen with 84.2) stops every build"
        " that has them; that is PFB220.",
    ),
    "PFB292": Code(
        WARNING,
        "an older extension hides a newer one",
        "A source folder contains `x.cpython-311-x86_64-linux-gnu.so` and a newer `x.abi3.so` (or"
        " `x.cp311-win_amd64.pyd` and `x.pyd`). Python 3.11 looks for its own suffix first, so an editable"
        " install imports the old file. An editable build by this backend stops there; `maturin develop` does"
        " not. There is no finding for a Python in the range `native` of `abi3`, which has an extension of its"
        " own.",
    ),
    "PFB293": Code(
        WARNING,
        "a wheel that PyPI rejects is about to be published",
        "`dist` or `wheelhouse` contains a wheel with a tag such as `linux_x86_64`. `python -m build` and `uv"
        " build` on Linux make such wheels, for the machine that builds. PyPI accepts `manylinux` and"
        " `musllinux` wheels, which link only what every Linux has.",
    ),
}
