# shellcheck shell=bash
# Where the tools are that the checks need besides Cargo, and what to do if one is missing. Scripts in ci/
# source this. Only ci/install installs anything.

target=$(realpath -m "${CARGO_TARGET_DIR:-target}")
lint_tools=$target/lint-tools
lint_requirements=ci/lint.d/requirements.txt
browser_tools=$target/browser-tools
client_tools=$target/client-tools
go_tools=$target/go-tools
# Checks run what `cargo test` has compiled; with CHECK_PROFILE=release, what the documents tell users to run.
profile=${CHECK_PROFILE:-dev}
case $profile in
dev) export built=$target/debug ;;
*) export built=$target/$profile ;;
esac
export CHROMIUM=${CHROMIUM:-/usr/bin/chromium}

# The first tool that `ci/lint` is missing, or nothing.
missing_for_lint() {
    cmp -s "$lint_requirements" "$lint_tools/requirements.txt" || echo "ci/lint.d/requirements.txt"
}

# The first tool that `ci/browser/run` is missing, or nothing.
missing_for_browser() {
    if [[ ! -x $CHROMIUM ]]; then
        echo "Chromium"
    elif ! command -v node >/dev/null; then
        echo "Node.js"
    elif ! cmp -s ci/browser/package-lock.json "$browser_tools/package-lock.json"; then
        echo "ci/browser/package.json"
    fi
}

# missing_for_client NAME: the first tool that this client of ci/clients/run is missing, or nothing.
missing_for_client() {
    if ! command -v python3 >/dev/null; then
        echo "Python"
        return
    fi
    case $1 in
    redis-cli | redis-benchmark) command -v "$1" >/dev/null || echo "$1" ;;
    redis-py-*) missing_of_clients python/requirements.txt ;;
    ioredis | node-redis)
        if command -v node >/dev/null; then missing_of_clients node/package-lock.json; else echo "Node.js"; fi
        ;;
    redis-rs) missing_of_clients rust/Cargo.lock ;;
    esac
}

# missing_of_clients FILE: that file of ci/clients, where what it names is not installed.
missing_of_clients() {
    cmp -s "ci/clients/$1" "$client_tools/$1" || echo "ci/clients/$1"
}

# The first tool that `ci/go-lab` is missing, or nothing.
missing_for_go() {
    cmp -s ci/go/requirements.txt "$go_tools/requirements.txt" || echo "ci/go/requirements.txt"
}

# The Go that is installed.
go_of_tools() {
    local found=("$go_tools"/lib/python3*/site-packages/go/bin/go)
    echo "${found[0]}"
}

# cargo-nextest, where it is missing.
missing_for_nextest() {
    command -v cargo-nextest >/dev/null || echo "cargo-nextest"
}

# skip_without WHAT MISSING: true if something is missing, after a message; in CI it is an error.
skip_without() {
    if [[ -z $2 ]]; then return 1; fi
    if [[ ${CI:-} == true ]]; then
        printf 'error: %s: %s is not installed; ci/install does that\n' "$1" "$2" >&2
        exit 1
    fi
    printf 'skipped: %s: %s is not installed; ci/install does that\n' "$1" "$2"
}
