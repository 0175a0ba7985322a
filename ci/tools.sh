# shellcheck shell=bash
# Where the tools of the checks live that Cargo does not bring, and what to do where one is missing: for
# the scripts in ci/ to source. Only ci/install installs anything.

target=$(realpath -m "${CARGO_TARGET_DIR:-target}")
lint_tools=$target/lint-tools
lint_requirements=ci/lint.d/requirements.txt
browser_tools=$target/browser-tools
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

# cargo-nextest, where it is missing.
missing_for_nextest() {
    command -v cargo-nextest >/dev/null || echo "cargo-nextest"
}

# skip_without WHAT MISSING: true where something is missing, which is said, and is an error in CI.
skip_without() {
    if [[ -z $2 ]]; then return 1; fi
    if [[ ${CI:-} == true ]]; then
        printf 'error: %s: %s is not installed; ci/install does that\n' "$1" "$2" >&2
        exit 1
    fi
    printf 'skipped: %s: %s is not installed; ci/install does that\n' "$1" "$2"
}
