# shellcheck shell=bash disable=SC2034
# Ports on loopback: chosen at the first run, kept in $DATA/ports, so that addresses stay what they were.

port_is_taken() { (exec 3<>"/dev/tcp/127.0.0.1/$1") 2>/dev/null; }

# free_port WISH: the first one from there on that nobody listens on.
free_port() {
    local port=$1
    while port_is_taken "$port"; do port=$((port + 1)); done
    echo "$port"
}

# refuse_port NAME WISH NOW WHO ADVICE
refuse_port() {
    [[ -z $2 || -z $3 || $2 == "$3" ]] || { echo "$1=$2: $4 has port $3. $5" >&2 && exit 2; }
}

# choose_ports: what the environment sets, else what an earlier run chose, else free ones. Sets the three variables.
# Refuses to move what runs, and the service, whose port is in what was published.
choose_ports() {
    local wish_page=${FLEETMAN_PORT:-} wish_store=${S3_PORT:-} wish_service=${SERVICE_PORT:-}
    unset FLEETMAN_PORT S3_PORT SERVICE_PORT
    # shellcheck source=/dev/null
    [[ ! -e $DATA/ports ]] || . "$DATA/ports"
    refuse_port SERVICE_PORT "$wish_service" "${SERVICE_PORT:-}" "the published service" \
        'Publish a version with another override of settings.ini, or begin anew: ./quickstart --reset'
    if running controller >/dev/null; then
        refuse_port FLEETMAN_PORT "$wish_page" "${FLEETMAN_PORT:-}" "the controller runs and" 'First: ./quickstart --stop'
        refuse_port S3_PORT "$wish_store" "${S3_PORT:-}" "the store runs and" 'First: ./quickstart --stop'
    fi
    FLEETMAN_PORT=${wish_page:-${FLEETMAN_PORT:-$(free_port 3000)}}
    S3_PORT=${wish_store:-${S3_PORT:-$(free_port 9000)}}
    SERVICE_PORT=${wish_service:-${SERVICE_PORT:-$(free_port 8080)}}
    printf '%s=%s\n' FLEETMAN_PORT "$FLEETMAN_PORT" S3_PORT "$S3_PORT" SERVICE_PORT "$SERVICE_PORT" >"$DATA/ports"
    FLEETMAN_URL=http://127.0.0.1:$FLEETMAN_PORT
    S3_ENDPOINT=http://127.0.0.1:$S3_PORT
    SERVICE_URL=http://127.0.0.1:$SERVICE_PORT/
}
