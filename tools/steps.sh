# shellcheck shell=bash
# Progress, a line for each step with its time. What a step prints goes to $LOG_DIR/NAME.log and is shown, its end,
# when the step fails.

# seconds_since EPOCH: "12.3"; both are $EPOCHREALTIME, with a point (LC_ALL=C).
seconds_since() {
    local now=${EPOCHREALTIME/./} then=${1/./}
    local tenths=$(((now - then) / 100000))
    echo "$((tenths / 10)).$((tenths % 10))"
}

# step NAME TITLE FUNCTION [ARGUMENT…]: runs the function in a subshell that ends at its first error, so what it
# leaves behind are files and processes, never variables. Not to be called in a condition, which would undo `set -e`.
step() {
    local name=$1 title=$2 began=$EPOCHREALTIME status
    local log=$LOG_DIR/$name.log
    shift 2
    printf '  %-58s' "$title"
    set +e
    (
        set -e
        "$@"
    ) >"$log" 2>&1
    status=$?
    set -e
    printf '%8s s\n' "$(seconds_since "$began")"
    ((status == 0)) || step_failed "$name" "$log"
}

step_failed() {
    {
        printf '\nThe step "%s" failed. %s ends:\n\n' "$1" "$2"
        tail -n 30 "$2" | sed 's/^/    /'
    } >&2
    exit 1
}
