# shellcheck shell=bash disable=SC2034
# What the suites of ./check share. A suite is an executable of this folder: it runs from the top of the repository
# with the build done, prints what failed, ends with the line "N passed, N failed", and its exit code matches.

readonly BUILD=${FLEETMAN_BUILD:-build/release}
readonly JOBS=${FLEETMAN_JOBS:-$(nproc)}

# verdict PASSED FAILED: the last line of a suite. A suite that ran nothing has failed.
verdict() {
    local passed=$1 failed=$2
    ((passed + failed > 0)) || failed=1
    echo "$passed passed, $failed failed"
    ((failed == 0))
}

# each_file COMMAND… : runs the command once for every file named on standard input, $JOBS at a time, and counts; the
# output of those that failed is shown.
each_file() {
    local results passed failed
    results=$(mktemp -d)
    # shellcheck disable=SC2016
    xargs -r -P "$JOBS" -I '{}' bash -c '
        results=$1 file=$2
        shift 2
        log=$results/$(tr / _ <<<"$file")
        if "$@" "$file" >"$log.log" 2>&1; then touch "$log.passed"; else touch "$log.failed"; fi
    ' _ "$results" '{}' "$@"
    passed=$(find "$results" -name '*.passed' | wc -l)
    failed=$(find "$results" -name '*.failed' | wc -l)
    find "$results" -name '*.failed' | while read -r name; do cat "${name%.failed}.log"; done
    rm -rf "$results"
    verdict "$passed" "$failed"
}
