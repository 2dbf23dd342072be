# shellcheck shell=bash
# Processes that outlive the shell that started them, each recorded in $RUN_DIR/NAME as "pid start-time". A recorded
# process is ours only while a process of that pid has that start time, so a pid used again is never signalled.

# read_start_time PID: into REPLY, in clock ticks since boot, field 22 of proc(5)'s stat. Fails for a zombie. It forks
# nothing: bash 5.2 can lose a Ctrl-C that comes while it waits for a command substitution.
read_start_time() {
    local stat
    { read -r stat <"/proc/$1/stat"; } 2>/dev/null || return 1
    read -ra stat <<<"${stat##*) }"
    [[ ${stat[0]} != Z ]] && REPLY=${stat[19]}
}

start_time_of() { read_start_time "$1" && echo "$REPLY"; }

# start_process NAME LOG COMMAND…: in a session of its own, so that a terminal's Ctrl-C reaches us alone.
start_process() {
    local name=$1 log=$2
    shift 2
    trap : INT TERM # not between its start and its record
    setsid "$@" </dev/null >>"$log" 2>&1 9>&- &
    echo "$! $(start_time_of $!)" >"$RUN_DIR/$name"
    trap - INT TERM
}

# running NAME: prints the pid of a recorded process, or fails when it has ended.
running() {
    local pid started
    read -r pid started 2>/dev/null <"$RUN_DIR/$1" || return 1
    read_start_time "$pid" && [[ $REPLY == "$started" ]] && echo "$pid"
}

ended() { ! running "$1"; }

# stop_process NAME: asks it to end, and kills it when it has not done so in 20 s.
stop_process() {
    local pid
    if pid=$(running "$1"); then
        kill -TERM "$pid" 2>/dev/null
        if ! wait_for 20 ended "$1"; then
            echo "$1 (pid $pid) did not end in 20 s and is killed" >&2
            kill -KILL "$pid" 2>/dev/null
            wait_for 5 ended "$1" || return 1
        fi
    fi
    rm -f "$RUN_DIR/$1"
}

# wait_for SECONDS COMMAND…: until the command succeeds; fails when it never did.
wait_for() {
    local deadline=$((SECONDS + $1))
    shift
    until "$@" >/dev/null 2>&1; do
        ((SECONDS < deadline)) || return 1
        sleep 0.05
    done
}
