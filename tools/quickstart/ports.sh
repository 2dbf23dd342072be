# shellcheck shell=bash disable=SC2034
# Ports on loopback: chosen at the first run, kept in $DATA/ports, so that addresses stay what they were.

port_is_taken() { (exec 3<>"/dev/tcp/127.0.0.1/$1") 2>/dev/null; }

# free_port WISH: the first one from there on that nobody listens on.
free_port() {
    local port=$1
    while port_is_taken "$port"; do port=$((port + 1)); done
    echo "$port"
}

# choose_ports: what the environment sets, else what an earlier run chose, else free ones. Sets the three variables.
choose_ports() {
    local wish_page=${FLEETMAN_PORT:-} wish_store=${S3_PORT:-} wish_service=${SERVICE_PORT:-}
    # shellcheck source=/dev/null
    [[ ! -e $DATA/ports ]] || . "$DATA/ports"
    FLEETMAN_PORT=${wish_page:-${FLEETMAN_PORT:-$(free_port 3000)}}
    S3_PORT=${wish_store:-${S3_PORT:-$(free_port 9000)}}
    SERVICE_PORT=${wish_service:-${SERVICE_PORT:-$(free_port 8080)}}
    printf '%s=%s\n' FLEETMAN_PORT "$FLEETMAN_PORT" S3_PORT "$S3_PORT" SERVICE_PORT "$SERVICE_PORT" >"$DATA/ports"
    FLEETMAN_URL=http://127.0.0.1:$FLEETMAN_PORT
    S3_ENDPOINT=http://127.0.0.1:$S3_PORT
    SERVICE_URL=http://127.0.0.1:$SERVICE_PORT/
}
