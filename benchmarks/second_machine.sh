#!/usr/bin/env bash
# How much of a build a second, empty machine takes from the first one's sccache: two folders and one Redis server stand
# in for two machines and their shared store. On Linux, as root (each machine sees its folder as /machine).
#
#     benchmarks/second_machine.sh SCCACHE PYTHON maturin|ours
#
# SCCACHE is the program (cargo install sccache --no-default-features --features redis), PYTHON an interpreter with uv
# on PATH. Prints sccache's counts for the second machine: what missed there was compiled there.
set -eu
here=$(cd "$(dirname "$0")/.." && pwd)
sccache=$(realpath "$1") python=$(realpath "$2") variant=$3
work=$(mktemp -d)
port=$((20000 + RANDOM % 20000))
redis-server --port "$port" --save "" --daemonize no >"$work/redis.log" 2>&1 &
redis=$!
trap 'kill $redis; rm -rf "$work"' EXIT
"$python" -m pip wheel -q --no-deps -w "$work/links" "$here"
mkdir -p /machine
export RUSTUP_HOME=${RUSTUP_HOME:-$HOME/.rustup}
for machine in first second; do
    mkdir -p "$work/$machine/cargo" "$work/$machine/project/src"
    cp "$here/examples/hello/src/lib.rs" "$work/$machine/project/src/"
    cp "$here/examples/hello/Cargo.toml" "$work/$machine/project/"
    [ -e "$here/examples/hello/Cargo.lock" ] && cp "$here/examples/hello/Cargo.lock" "$work/$machine/project/"
    {
        echo '[build-system]'
        if [ "$variant" = ours ]; then
            printf 'requires = ["pyo3-features-backend[maturin]"]\nbuild-backend = "pyo3_features_backend"\n'
        else
            printf 'requires = ["maturin>=1.14"]\nbuild-backend = "maturin"\n'
        fi
        printf '[project]\nname = "hello-pyo3"\nversion = "0.1.0"\nrequires-python = ">=3.9"\n'
    } >"$work/$machine/project/pyproject.toml"
    unshare --mount bash -eu -c '
        mount --bind "$1" /machine
        cd /machine/project
        export CARGO_HOME=/machine/cargo HOME=/machine UV_CACHE_DIR=/machine/uv UV_FIND_LINKS="$2"
        export RUSTC_WRAPPER="$3" SCCACHE_REDIS_ENDPOINT="tcp://127.0.0.1:$4" SCCACHE_SERVER_PORT="$5"
        export CARGO_INCREMENTAL=0
        unset CARGO_TARGET_DIR CI
        "$3" --start-server >log 2>&1 || { cat log; exit 1; }
        uv build -q --wheel --python "$6" >log 2>&1 || { cat log; exit 1; }
        echo "$7:"
        "$3" --show-stats | grep -E "^Cache (hits|misses) |^Cache hits rate|^Non-cacheable (calls|compil)"
        "$3" --stop-server >/dev/null 2>&1
    ' _ "$work/$machine" "$work/links" "$sccache" "$port" "$((port + 1))" "$python" "$machine"
done
