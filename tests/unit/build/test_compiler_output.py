"""What the compiler says is seen at once, kept, and told apart: errors about the limited API, and all others."""

from __future__ import annotations

import os
import select
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import pytest

from pyo3_features_backend.build import compiler_output
from pyo3_features_backend.build.compiler_output import Output
from support.terminals import rest

CONFIGURED_OUT = """error[E0432]: unresolved import `pyo3::buffer`
 --> src/lib.rs:3:11
note: found an item that was configured out
   ::: pyo3-0.30.1/src/buffer.rs:3:11
  3 | #![cfg(any(not(Py_LIMITED_API), Py_3_11))]
"""
ABOUT_IT = {
    "an item that is configured out": CONFIGURED_OUT,
    "the same by an older rustc": "error[E0432]: unresolved import `pyo3::buffer`\n --> src/lib.rs:3:11\n",
    "a class that cannot be subclassed": "error[E0277]: pyclass `A` cannot subclass `PyDict`\n  |\n"
    "  = note: subclassing native types requires Python >= 3.12 when using the `abi3` "
    "feature",
    "the same by an older PyO3": "error[E0277]: pyclass `A` cannot subclass `PyDict`\n  |\n"
    "  = note: with the `abi3` feature enabled, PyO3 does not support subclassing native "
    "types",
    "a function": "error[E0425]: cannot find function, tuple struct or tuple variant `PyTuple_GET_SIZE` in module "
    "`pyo3::ffi`",
    "a function in a renamed module": "error[E0425]: cannot find function `PyTuple_GET_SIZE` in module `ffi`",
    "a function of pyo3-ffi": "error[E0425]: cannot find function `PyUnicode_DATA` in crate `pyo3_ffi`",
    "a field": "error[E0609]: no field `tp_flags` on type `PyTypeObject`",
    "colours": "\x1b[0m\x1b[1m\x1b[38;5;9merror[E0609]\x1b[0m\x1b[0m: no field `tp_flags` on type `PyTypeObject`",
}
ABOUT_OTHERS = {
    "nothing": "",
    "a type": "error[E0308]: mismatched types",
    "a name": "error[E0425]: cannot find value `x` in this scope",
    "an import": "error[E0432]: unresolved import `pyo3::nowhere`",
    "a name of ffi that no Python has": "error[E0425]: cannot find function `nowhere` in module `pyo3::ffi`",
    "a field of one's own": "error[E0609]: no field `x` on type `Point`",
    "the linker": "error: linking with `cc` failed: exit status: 1",
    "a warning": "warning: unused variable: `abi3`",
    "what cargo runs": "  Running `rustc --check-cfg 'cfg(Py_LIMITED_API)'`\nerror: expected pattern, found `{`\n"
    " --> src/lib.rs\n\n"
    "error: could not compile `x` (lib)\n\nCaused by:\n  it failed: `rustc --check-cfg 'cfg(Py_LIMITED_API)'`",
    "the feature's name": "  Compiling abi3 v1.0.0",
}


@pytest.mark.parametrize("text", ABOUT_IT.values(), ids=ABOUT_IT)
def test_errors_about_the_limited_api(text: str) -> None:
    output = Output()
    output.add(text.encode())
    assert output.is_about_the_limited_api


@pytest.mark.parametrize("text", ABOUT_OTHERS.values(), ids=ABOUT_OTHERS)
def test_errors_about_anything_else(text: str) -> None:
    output = Output()
    output.add(text.encode())
    assert not output.is_about_the_limited_api


def test_it_keeps_the_end_of_a_long_output() -> None:
    output = Output()
    for _ in range(100):
        output.add(b"x" * 2**16 + b"\n")
    output.add(CONFIGURED_OUT.encode())
    assert len(output.data) <= 2**20
    assert output.is_about_the_limited_api


def test_the_user_sees_it_all_and_it_is_kept(capfd: pytest.CaptureFixture[str]) -> None:
    with compiler_output.kept() as output:
        os.write(2, b"ours\n")
        subprocess.run([sys.executable, "-c", "import sys; sys.stderr.write('x' * 300_000 + 'end')"], check=True)
    os.write(2, b"after\n")
    assert output.data == b"ours\n" + b"x" * 300_000 + b"end"
    assert capfd.readouterr().err == "ours\n" + "x" * 300_000 + "endafter\n"


def test_a_process_that_stays_does_not_hold_the_build_up(capfd: pytest.CaptureFixture[str]) -> None:
    started = time.monotonic()
    with compiler_output.kept() as output:
        server = subprocess.Popen(["sleep", "30"])
        os.write(2, b"said\n")
    try:
        assert time.monotonic() - started < 10
        assert output.data == b"said\n"
    finally:
        server.kill()
        server.wait()


def test_an_exception_leaves_stderr_as_it_was(capfd: pytest.CaptureFixture[str]) -> None:
    before = os.fstat(2)
    with pytest.raises(RuntimeError), compiler_output.kept():
        raise RuntimeError
    assert os.fstat(2) == before


@pytest.mark.skipif(sys.platform == "win32", reason="there are no terminals like that")
def test_in_a_terminal_the_compiler_still_has_one(tmp_path: Path) -> None:
    import pty

    code = (
        "import subprocess, sys\n"
        "from pyo3_features_backend.build import compiler_output\n"
        "asks = 'import os; os.write(2, b\"%r%d\\\\n\" % (os.isatty(2), os.get_terminal_size(2).columns))'\n"
        "with compiler_output.kept() as said: subprocess.run([sys.executable, '-c', asks])\n"
        f"open({str(tmp_path / 'kept')!r}, 'wb').write(said.data)\n"
    )
    ours, theirs = pty.openpty()
    subprocess.run(["stty", "cols", "77"], stdin=theirs, check=True)
    process = subprocess.Popen([sys.executable, "-c", code], stdin=theirs, stdout=theirs, stderr=theirs)
    os.close(theirs)
    seen = rest(ours)
    assert process.wait() == 0, seen
    assert seen == b"True77\r\n"
    assert (tmp_path / "kept").read_bytes() == b"True77\n"


def test_a_process_that_stays_costs_less_than_a_second(capfd: pytest.CaptureFixture[str]) -> None:
    with compiler_output.kept():
        server = subprocess.Popen(["sleep", "30"])
        os.write(2, b"said\n")
        ended = time.monotonic()
    try:
        assert time.monotonic() - ended < 1.5
    finally:
        server.kill()
        server.wait()


def run(code: str, **options: Any) -> subprocess.Popen[bytes]:
    """Start a process that has the module as ``c``."""
    words = [sys.executable, "-c", "from pyo3_features_backend.build import compiler_output as c\n" + code]
    return subprocess.Popen(words, **options)


WRITES = (
    "import os, subprocess, sys\nwith c.kept() as said:\n    subprocess.run([sys.executable, '-c', {!r}], check=True)"
)


def test_a_reader_that_leaves_does_not_stop_the_compiler() -> None:
    writes = "import os\nfor _ in range(100): assert os.write(2, b'x' * 10000) == 10000"
    process = run(WRITES.format(writes) + "\nprint(len(said.data))", stdout=subprocess.PIPE, stderr=subprocess.PIPE)
    assert process.stderr is not None
    process.stderr.close()
    assert (process.communicate()[0], process.returncode) == (b"1000000\n", 0)


def test_a_stderr_that_does_not_block_gets_all_of_it() -> None:
    ours, theirs = os.pipe()
    os.set_blocking(theirs, False)
    writes = "import os\nfor _ in range(30): assert os.write(2, b'x' * 10000) == 10000"
    process = run(WRITES.format(writes), stderr=theirs)
    os.close(theirs)
    time.sleep(0.5)  # meanwhile the pipe is full
    seen = b""
    while data := os.read(ours, 65536):
        seen += data
    os.close(ours)
    assert (process.wait(), seen) == (0, b"x" * 300_000)


def test_it_waits_for_a_slow_reader() -> None:
    """What follows, such as the error message, comes after it."""
    code = WRITES.format("import os; os.write(2, b'x' * 100_000)") + "\nprint('after', flush=True)"
    process = run(code, stdout=subprocess.PIPE, stderr=subprocess.PIPE)
    assert process.stdout is not None
    time.sleep(3)
    assert select.select([process.stdout], [], [], 0)[0] == []
    assert process.communicate() == (b"after\n", b"x" * 100_000)


@pytest.mark.parametrize("prepare", ["os.close(2)", "sys.stderr = None", "sys.stderr.close()", "limit(5)"])
def test_a_process_without_stderr_or_descriptors_builds_too(prepare: str) -> None:
    code = f"""
import os, sys
def limit(number):
    import resource
    resource.setrlimit(resource.RLIMIT_NOFILE, (number, number))
{prepare}
with c.kept() as said: print("built")
"""
    process = run(code, stdout=subprocess.PIPE, stderr=subprocess.PIPE)
    out, err = process.communicate()
    assert (out, err, process.returncode) == (b"built\n", b"", 0)


def test_two_threads_leave_stderr_as_it_was(capfd: pytest.CaptureFixture[str]) -> None:
    import threading

    before = os.fstat(2).st_ino
    first, second = compiler_output.kept(), compiler_output.kept()
    first.__enter__()
    thread = threading.Thread(target=second.__enter__)
    thread.start()
    thread.join()
    first.__exit__(None, None, None)
    second.__exit__(None, None, None)
    os.write(2, b"after\n")
    assert os.fstat(2).st_ino == before
    assert capfd.readouterr().err == "after\n"


def test_no_descriptor_is_left(capfd: pytest.CaptureFixture[str]) -> None:
    def descriptors() -> int:
        return sum(1 for number in range(256) if _is_open(number))

    before = descriptors()
    for _ in range(3):
        with compiler_output.kept():
            server = subprocess.Popen(["sleep", "30"])
        server.kill()
        server.wait()
    time.sleep(0.5)
    assert descriptors() == before


def _is_open(number: int) -> bool:
    try:
        os.fstat(number)
    except OSError:
        return False
    return True


@pytest.mark.skipif(sys.platform == "win32", reason="there are no terminals like that")
def test_a_terminal_that_changes_its_size_does_so_for_the_compiler() -> None:
    import fcntl
    import struct
    import termios

    ours, theirs = os.openpty()
    code = """import os, sys, time
with c.kept():
    os.write(2, b'ready')
    sys.stdin.readline()
    os.write(2, b'drawn')
    time.sleep(0.3)
    print(os.get_terminal_size(2).columns)"""
    process = run(code, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=theirs)
    os.close(theirs)
    seen = b""
    while b"ready" not in seen:
        seen += os.read(ours, 100)
    fcntl.ioctl(ours, termios.TIOCSWINSZ, struct.pack("HHHH", 20, 61, 0, 0))
    out, _ = process.communicate(b"\n")
    os.close(ours)
    assert out == b"61\n"
