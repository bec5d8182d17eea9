"""Where CI calls maturin past the backend: each call at its line, what is offered in its place, and any YAML at all."""

from __future__ import annotations

from pathlib import Path

import pytest

from pyo3_features_backend.author.sources import automation, yaml_nodes
from pyo3_features_backend.author.sources.automation import Call, Unread
from support.files import write

pytest.importorskip("yaml")

WORKFLOW = ".github/workflows/ci.yml"


def calls(tmp_path: Path, text: str, name: str = WORKFLOW) -> list[Call]:
    found = automation.calls(write(tmp_path, {name: text}))
    assert not [one for one in found if isinstance(one, Unread)]
    return [one for one in found if isinstance(one, Call)]


def lines(tmp_path: Path, text: str, name: str = WORKFLOW) -> list[tuple[int | None, str]]:
    return [(call.place.line, call.command) for call in calls(tmp_path, text, name)]


STEPS = "jobs:\n  wheels:\n    steps:\n"
ACTION = "PyO3/maturin-action@v1"


@pytest.mark.parametrize(
    ("steps", "found"),
    [
        (f"      - uses: {ACTION}\n        with:\n          command: sdist\n", []),
        (f"      - uses: {ACTION}\n        with:\n\n          # why\n\n          command: sdist\n", []),
        (f"      - with:\n          command: sdist\n        uses: {ACTION}\n", []),
        (f"      - {{ uses: {ACTION}, with: {{ command: sdist }} }}\n", []),
        (f"      - {{ name: a, uses: {ACTION}, with: {{ command: build }} }}\n", [(4, "build")]),
        (f"      - with:\n          command: publish\n        uses: '{ACTION}'\n", [(6, "publish")]),
        (f"      - uses: {ACTION}\n      - uses: {ACTION}\n", [(4, "build"), (5, "build")]),
        (f"      - uses: {ACTION}  # not: command: sdist\n", [(4, "build")]),
        (f"      - uses: {ACTION}\n        with:\n          args: 'command: sdist'\n", [(4, "build")]),
        ("      - uses: PyO3/maturin-action-else@v1\n", []),
        ("      - run: maturin build\n", [(4, "build")]),
        (
            "      - run: |\n          # maturin build\n\n          cd x && maturin \\\n            build -i 3\n",
            [(7, "build")],
        ),
        ("      - run: >-\n          uvx maturin\n          build\n", [(5, "build")]),
        ("      - run: >-\n          pip install maturin\n          build\n", []),
        ('      - run: "python -m maturin -v publish"\n', [(4, "publish")]),
        ("      - run: |\n          pip install maturin build\n          maturin sdist\n", []),
        ("      - run: |\n          pip install maturin\n          build.sh\n", []),
        ("      - run: echo maturin build\n", []),
        ("      - run: echo start && maturin build\n", [(4, "build")]),
        ("      - run: pip install maturin; maturin develop\n", [(4, "develop")]),
        ("      - run: maturin build $(pyo3-features args)\n", []),
        ("      - run: |\n          maturin build --release \\\n            $(pyo3-features args)\n", []),
        ("      - run: |\n          maturin build --release\n          pyo3-features args\n", [(5, "build")]),
        ("      - name: maturin build\n        if: contains('maturin build', 'x')\n        run: cargo test\n", []),
        ("      - env:\n          COMMAND: maturin build\n        run: $COMMAND\n", [(5, "build")]),
        ("      - env: { CIBW_BEFORE_BUILD: 'pip install maturin && maturin develop' }\n", [(4, "develop")]),
        ("      - run: docker run ghcr.io/pyo3/maturin build --release\n", [(4, "build")]),
        ("      - run: uvx maturin@1.9 build\n", [(4, "build")]),
        ("      - run: pipx run 'maturin==1.9.4' build\n", [(4, "build")]),
        ("      - run: maturin.exe build\n", [(4, "build")]),
        ("      - uses: pyo3/Maturin-Action@v1\n", [(4, "build")]),
    ],
)
def test_a_step_that_calls_maturin_is_found_at_its_line(
    steps: str, found: list[tuple[int, str]], tmp_path: Path
) -> None:
    assert lines(tmp_path, STEPS + steps) == found
    assert lines(tmp_path, (STEPS + steps).replace("\n", "\r\n")) == found


def test_a_matrix_and_other_services_are_read_too(tmp_path: Path) -> None:
    matrix = "jobs:\n  b:\n    strategy:\n      matrix:\n        command: [maturin build, cargo build]\n"
    assert lines(tmp_path, matrix) == [(5, "build")]
    gitlab = "include: x\n---\nw:\n  script:\n    - !reference [.setup, script]\n    - maturin build\n"
    assert lines(tmp_path / "l", gitlab, ".gitlab-ci.yml") == [(6, "build")]
    azure = "steps:\n- bash: |\n    maturin build\n  displayName: maturin build\n"
    assert lines(tmp_path / "a", azure, "azure-pipelines.yml") == [(3, "build")]
    action = "runs:\n  using: composite\n  steps:\n    - run: maturin build\n      shell: bash\n"
    assert lines(tmp_path / "c", action, ".github/actions/deep/down/action.yml") == [(4, "build")]


def test_an_anchor_is_read_where_it_is_and_an_alias_adds_nothing(tmp_path: Path) -> None:
    text = f"x: &s\n  - uses: {ACTION}\n    with: &w\n      command: sdist\njobs:\n  a:\n    steps: *s\n"
    assert lines(tmp_path, text) == []
    text += (
        f"  b:\n    steps:\n      - uses: {ACTION}\n        with: *w\n      - &b {{ run: maturin build }}\n      - *b\n"
    )
    assert lines(tmp_path, text) == [(12, "build")]


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("maturin build", "maturin build $(pyo3-features args)"),
        ("maturin build --release -o dist", "maturin build $(pyo3-features args) --release -o dist"),
        ("maturin build -i python3.13", "maturin build $(pyo3-features args --python python3.13)"),
        (
            "maturin build --interpreter=python3.13t -r",
            "maturin build $(pyo3-features args --python python3.13t) -r",
        ),
        (
            "maturin build -r -i python${{ matrix.python }} --out dist",
            "maturin build $(pyo3-features args --python python${{ matrix.python }}) -r --out dist",
        ),
        ("maturin build -i 3.9 3.10", "maturin build $(pyo3-features args) -i 3.9 3.10"),
        ("maturin build -i ${{ matrix.all }}", "maturin build $(pyo3-features args) -i ${{ matrix.all }}"),
        ("maturin build -i p${{ a }} ${{ b }}", "maturin build $(pyo3-features args) -i p${{ a }} ${{ b }}"),
        ("maturin build -i 3.11", "maturin build $(pyo3-features args --python python3.11)"),
        ("maturin build --find-interpreter", "maturin build $(pyo3-features args) --find-interpreter"),
        ("maturin build -i 3.9 -i 3.10 3.11", "maturin build $(pyo3-features args) -i 3.9 -i 3.10 3.11"),
        ("maturin build -i 3.11 && ls", "maturin build $(pyo3-features args --python python3.11) && ls"),
        ("maturin build -i 3.11 2>&1 | tee a", "maturin build $(pyo3-features args --python python3.11) 2>&1 | tee a"),
        ("(maturin build -i 3.11) || true", "(maturin build $(pyo3-features args --python python3.11)) || true"),
        ("'maturin build -i 3.11'", "'maturin build $(pyo3-features args --python python3.11)'"),
        ('"maturin build -i 3.11"', '"maturin build $(pyo3-features args --python python3.11)"'),
        ('sh -c "maturin build -i 3.11" # a', 'sh -c "maturin build $(pyo3-features args --python python3.11)" # a'),
    ],
)
def test_the_line_that_is_offered_gives_maturin_the_plan_and_is_in_order(
    before: str, after: str, tmp_path: Path
) -> None:
    text = STEPS + "      - run: {}\n"
    (call,) = calls(tmp_path, text.format(before))
    assert (call.text, call.offered) == (f"      - run: {before}", f"      - run: {after}")
    assert calls(tmp_path, text.format(after)) == []


@pytest.mark.parametrize(
    "script",
    [
        "|\n          maturin build \\\n            -i 3.13t \\\n            -r\n",
        "|\n          maturin build `\n            -i 3.13t `\n            -r\n",
        ">-\n          maturin build\n          -i 3.13t\n          -r\n",
    ],
)
@pytest.mark.parametrize("end", ["\n", "\r\n"])
def test_a_call_over_several_lines_is_offered_as_one(script: str, end: str, tmp_path: Path) -> None:
    (call,) = calls(tmp_path, (f"{STEPS}      - run: {script}        shell: x\n").replace("\n", end))
    assert call.text.strip() == "maturin build -i 3.13t -r"
    assert call.offered.strip() == "maturin build $(pyo3-features args --python python3.13t) -r"
    assert call.place.line == 5


def test_a_list_of_requirements_is_no_call(tmp_path: Path) -> None:
    """`build` is a package too."""
    text = '[build-system]\nrequires = ["maturin", "build"]\n[dependency-groups]\ndev = [\n  "a==1",\n  "maturin",\n'
    text += '  "build",\n]\n[tool.hatch.envs.x]\ndependencies = ["maturin", "build"]\n[tool.uv]\n'
    text += 'dev-dependencies = ["maturin", "build"]\n[tool.tox]\ncommands = [["maturin", "build"]]\n'
    assert lines(tmp_path, text, "pyproject.toml") == [(14, "build")]


def test_make_keeps_a_dollar_of_its_own_and_what_has_no_shell_is_offered_nothing(tmp_path: Path) -> None:
    (call,) = calls(tmp_path, "wheel:\n\tmaturin build -r\n", "Makefile")
    assert call.offered == "\tmaturin build $$(pyo3-features args) -r"
    (call,) = calls(tmp_path / "j", "wheel:\n  maturin build\n", "justfile")
    assert call.offered == "  maturin build $(pyo3-features args)"
    (call,) = calls(tmp_path / "t", "[testenv]\ncommands = maturin build\n", "tox.ini")
    assert call.offered == ""


@pytest.mark.parametrize("inputs", ["", "        with:\n          command: build\n          args: --release --out d\n"])
def test_the_steps_that_are_offered_for_the_action_are_in_order(inputs: str, tmp_path: Path) -> None:
    before = f"{STEPS}      - run: cargo test\n      - uses: {ACTION}\n{inputs}"
    (call,) = calls(tmp_path, before)
    arguments = "--release --out d " if inputs else ""
    assert call.offered == f"          args: {arguments}${{{{ steps.plan.outputs.args }}}}"
    start = before.partition(f"      - uses: {ACTION}")[0]
    step = [*call.before, f"      - uses: {ACTION}", "        with:", call.offered, ""]
    after = start + "\n".join(step)
    assert calls(tmp_path, after) == []
    assert len(calls(tmp_path, after.replace('"args=$(', '"args=" # $('))) == 1


def test_each_step_that_is_offered_for_a_job_has_an_id_of_its_own(tmp_path: Path) -> None:
    """GitHub refuses a job with two equal ones."""
    taken = "".join(f"      - id: {name}\n" for name in ("'plan'", "plan-3"))
    found = calls(tmp_path, f"{STEPS}{taken}      - uses: {ACTION}\n      - uses: {ACTION}\n")
    assert [call.before[0].strip() for call in found] == ["- id: plan-2", "- id: plan-4"]
    assert found[1].offered.strip() == "args: ${{ steps.plan-4.outputs.args }}"


def test_what_a_step_merges_counts_where_it_has_none_of_its_own(tmp_path: Path) -> None:
    """GitHub reads no merge keys; Forgejo and GitLab do. A merged `uses` stands at each step that merges it."""
    text = f"x: &b {{ uses: {ACTION}, with: &w {{ command: sdist }} }}\njobs:\n  a:\n    steps:\n"
    text += "      - <<: *b\n      - <<: [{ run: x }, *b]\n        with: { args: -r }\n"
    assert lines(tmp_path, text) == [(6, "build")]
    text += f"      - uses: {ACTION}\n        with:\n          <<: *w\n      - <<: *b\n        with: {{}}\n"
    assert lines(tmp_path, text) == [(6, "build"), (11, "build")]
    assert lines(tmp_path, f"{STEPS}      - <<: [{{ uses: {ACTION} }}, {{ uses: x }}]\n") == [(4, "build")]
    quoted = text.replace("<<", "'<<'")
    assert lines(tmp_path, quoted) == [(8, "build")]


def test_several_calls_in_a_line_are_offered_as_one_line(tmp_path: Path) -> None:
    script = "maturin build -r && maturin develop && maturin build -i pypy3.11 -F abi3; ls"
    wheels, develop = calls(tmp_path, f"{STEPS}      - run: |\n          {script}\n")
    assert wheels.text.strip() == script
    first, second = "$(pyo3-features args)", "$(pyo3-features args --python pypy3.11)"
    offered = f"maturin build {first} -r && maturin develop && maturin build {second} -F abi3; ls"
    assert (wheels.offered.strip(), wheels.by_hand, wheels.apart) == (offered, True, ())
    assert (develop.place.line, develop.offered, develop.by_hand) == (5, "", False)


@pytest.mark.parametrize(
    ("start", "each"),
    [
        ("", "      - run: maturin build\n"),
        ("      - run: |\n", "          maturin build -r\n"),
        ("      - run: |\n", "          maturin build \\\n"),
        ("      - run: |\n          ", "maturin build;"),
        ("", f"      - uses: {ACTION}\n        with: {{ args: '${{{{ env.A }}}}' }}\n"),
        (
            "",
            f"      - {{ id: p }}\n      - uses: {ACTION}\n        with: {{ args: '${{{{ steps.p.outputs.a }}}}' }}\n",
        ),
    ],
)
def test_many_calls_are_read(start: str, each: str, tmp_path: Path) -> None:
    """Each is read once: with a search from the start for each of them, this takes minutes."""
    assert calls(tmp_path, f"{STEPS}{start}{each * 8_000}\n")


def test_a_step_with_two_names_is_one(tmp_path: Path) -> None:
    text = f"x: &s\n  uses: {ACTION}\njobs:\n  a:\n    steps: [*s]\n  b:\n    steps: [*s]\n"
    assert lines(tmp_path, text) == [(2, "build")]


@pytest.mark.parametrize("arguments", ["-r # b", "-F 'a: b'", "'a' b", "*a", "-r"])
def test_the_arguments_that_are_offered_for_the_action_are_one_text(arguments: str, tmp_path: Path) -> None:
    (call,) = calls(
        tmp_path, f"{STEPS}      - uses: {ACTION}\n        with:\n          args: |\n            {arguments}\n"
    )
    (root,) = yaml_nodes.documents(call.offered)
    assert yaml_nodes.text(root.value[0][1]) == f"{arguments} ${{{{ steps.plan.outputs.args }}}}"


def test_one_interpreter_of_the_action_is_named_to_the_step_before_it(tmp_path: Path) -> None:
    (call,) = calls(tmp_path, f"{STEPS}      - uses: {ACTION}\n        with:\n          args: -i pypy3.11 -r\n")
    assert call.before[-1] == '        run: echo "args=$(pyo3-features args --python pypy3.11)" >> "$GITHUB_OUTPUT"'
    assert call.offered == "          args: -r ${{ steps.plan.outputs.args }}"
    assert call.apart == ()


@pytest.mark.parametrize(
    ("arguments", "apart"),
    [
        ("-i 3.11 3.14t pypy3.11 --out dist", ("3.14t", "pypy3.11")),
        ("--interpreter '3.11 python3.14t'", ("python3.14t",)),
        ("-i python3.13t", ()),
        ("-i 3.11 -i 3.14t -r --interpreter=pypy3.11", ("3.14t", "pypy3.11")),
        ("-i 3.11 3.12 -o 3.14t", ()),
    ],
)
def test_interpreters_that_need_other_flags_are_told_apart(
    arguments: str, apart: tuple[str, ...], tmp_path: Path
) -> None:
    """With an abi3 feature PyO3 keeps to the limited API there too, for nothing."""
    text = f"{STEPS}      - run: maturin build {arguments}\n      - uses: {ACTION}\n        with:\n          args: "
    shell, action = calls(tmp_path, f'{text}"{arguments}"\n')
    assert (shell.apart, action.apart) == (apart, apart)
    assert not shell.by_hand
    (shell, action) = calls(tmp_path, f"{text.replace('build', 'build -F pyo3/abi3-py39')}-F pyo3/abi3\n")
    assert (shell.by_hand, action.by_hand) == (True, True)


def test_no_line_is_offered_where_each_interpreter_has_a_plan_of_its_own(tmp_path: Path) -> None:
    arguments = "-r -i 3.14t pypy3.11"
    text = f"{STEPS}      - run: maturin build {arguments}\n"
    text += f"      - uses: {ACTION}\n        with: {{ args: {arguments} }}\n"
    for call in calls(tmp_path, text):
        assert (call.offered, call.before, call.apart) == ("", (), ("3.14t", "pypy3.11"))
    for call in calls(tmp_path, text.replace("3.14t", "3.14")):
        assert call.offered and call.apart == ("pypy3.11",)


@pytest.mark.parametrize("text", ["", "maturin build\n", "- maturin build\n", "# c\n", "a: 1\na: 2\n", "? [a]\n: b\n"])
def test_a_document_without_keys_runs_nothing(text: str, tmp_path: Path) -> None:
    assert lines(tmp_path, text) == []


def test_aliases_of_aliases_are_not_expanded(tmp_path: Path) -> None:
    text = "a0: &a0 [x]\n" + "".join(f"a{n}: &a{n} [{', '.join([f'*a{n - 1}'] * 9)}]\n" for n in range(1, 60))
    assert lines(tmp_path, text + "run: maturin build\n") == [(61, "build")]


def test_equal_keys_are_both_read_and_the_last_one_counts(tmp_path: Path) -> None:
    text = f"{STEPS}      - uses: {ACTION}\n        with: {{ command: build, command: sdist }}\n"
    assert lines(tmp_path, text) == []
    assert lines(tmp_path, text + "        run: maturin build\n        run: maturin dev\n") == [
        (6, "build"),
        (7, "dev"),
    ]
