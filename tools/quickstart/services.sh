# shellcheck shell=bash
# The three processes of a quickstart: the controller with its embedded store, a private supervisord, one agent. Their
# configurations are written here, under $DATA; addresses and keys come from the variables of ports.sh and keys.

S3_BUCKET=fleetman S3_PREFIX=quickstart NODE=node01

random_word() { od -An -N"$1" -tx1 /dev/urandom | tr -d ' \n'; }

# The store's credentials, made at the first run.
choose_keys() {
    if [[ ! -e $DATA/keys ]]; then
        (umask 077 && printf '%s=%s\n' S3_ACCESS_KEY "QUICKSTART$(random_word 5)" S3_SECRET_KEY "$(random_word 20)" >"$DATA/keys")
    fi
    # shellcheck source=/dev/null
    . "$DATA/keys"
}

# The controller edits this file itself: once it is there only the addresses are brought up to date, and only while no
# controller runs.
write_controller_config() {
    local config=$DATA/controller_config.yaml
    ! running controller >/dev/null || return 0
    if [[ -e $config ]]; then
        sed -i -E -e "s#127\.0\.0\.1:$(<"$DATA/store-port")\b#127.0.0.1:$S3_PORT#" \
            -e "/^web_console:/,/^[^ ]/s#^( +port: ).*#\1$FLEETMAN_PORT#" "$config"
    else
        (umask 077 && cat >"$config") <<YAML
web_console:
  bind: 127.0.0.1
  port: $FLEETMAN_PORT
embedded_store:
  listen: 127.0.0.1:$S3_PORT
  data_dir: "$DATA/store"
  access_key: "$S3_ACCESS_KEY"
  secret_key: "$S3_SECRET_KEY"
  buckets: [$S3_BUCKET]
buckets: {}
manifests: {}
cells: {}
YAML
    fi
    echo "$S3_PORT" >"$DATA/store-port"
}

write_supervisor_config() {
    mkdir -p "$DATA/supervisor/conf.d"
    # %(here)s is the folder of this file, so a % or a blank in its path does no harm.
    local socket='%(here)s/socket' folder
    if ((${#DATA} > 80)); then # a socket's whole path has 107 bytes, unix(7)
        folder=/tmp/fleetman-$EUID-$(cksum <<<"$DATA" | cut -d' ' -f1)
        [[ -d $folder ]] || mkdir -m 0700 "$folder"
        [[ -O $folder ]] || { echo "$folder belongs to someone else" && return 1; }
        socket=$folder/socket
    fi
    cat >"$DATA/supervisor/supervisord.conf" <<INI
[supervisord]
nodaemon = true
logfile = %(here)s/supervisord.log
pidfile = %(here)s/supervisord.pid
[unix_http_server]
file = $socket
chmod = 0700
[rpcinterface:supervisor]
supervisor.rpcinterface_factory = supervisor.rpcinterface:make_main_rpcinterface
[supervisorctl]
serverurl = unix://$socket
[include]
files = conf.d/*.conf
INI
}

write_agent_config() {
    mkdir -p "$DATA/services" "$DATA/deployed" "$DATA/agent"
    (umask 077 && cat >"$DATA/agent_config.yaml") <<YAML
global:
  node_id: $NODE
  base_dir: "$DATA/agent"
  check_interval_ms: 1000
  verify_window_ms: 2000
  heartbeat_interval_ms: 2000
object_storage:
  endpoint: $S3_ENDPOINT
  access_key: "$S3_ACCESS_KEY"
  secret_key: "$S3_SECRET_KEY"
  bucket: $S3_BUCKET
  path_style: true
  prefix: $S3_PREFIX
supervisor:
  conf_d_folder: "$DATA/supervisor/conf.d"
  service_folder: "$DATA/services"
  config_file: "$DATA/supervisor/supervisord.conf"
deploy:
  target_folder: "$DATA/deployed"
YAML
    if [[ $WITH_SYSTEMD == yes ]]; then
        mkdir -p "$DATA/systemd-services"
        units systemctl start # what --stop has stopped
        cat >>"$DATA/agent_config.yaml" <<YAML
systemd:
  service_folder: /etc/systemd/system
  working_directory: "$DATA/systemd-services"
YAML
    fi
}

# show_end_of LOG: for a process that did not come up.
show_end_of() {
    echo "the end of $1:"
    tail -n 20 "$1"
    return 1
}

controller_answers() { curl --silent --fail --max-time 2 "$FLEETMAN_URL/healthz"; }
supervisorctl() { /usr/bin/supervisorctl -c "$DATA/supervisor/supervisord.conf" "$@"; }
supervisord_answers() { supervisorctl pid; }
programs_settled() { [[ $(supervisorctl status) != *STARTING* ]]; }

# up NAME CHECK PROGRAM [ARGUMENT…]: starts a process unless it runs already, and waits until the check succeeds; gives
# up at once when the process ends. A process older than its program is started anew.
up() {
    local name=$1 check=$2
    shift 2
    [[ ! $1 -nt $RUN_DIR/$name ]] || stop_process "$name"
    running "$name" >/dev/null || start_process "$name" "$LOG_DIR/$name.log" "$@"
    wait_for 20 answers_or_ended "$name" "$check" || { echo "$name does not answer" && show_end_of "$LOG_DIR/$name.log"; }
    running "$name" >/dev/null || { echo "$name ended" && show_end_of "$LOG_DIR/$name.log"; }
}
answers_or_ended() { ended "$1" || "$2"; }

start_controller() {
    write_controller_config
    up controller controller_answers "$BIN/fleetman/fleetman" serve --refresh-ms 500 --config "$DATA/controller_config.yaml"
}

start_supervisord() {
    write_supervisor_config
    up supervisord supervisord_answers /usr/bin/supervisord -c "$DATA/supervisor/supervisord.conf"
}

# What supervisord starts by itself has started before the agent looks, so that its first report says so.
start_agent() {
    write_agent_config
    wait_for 5 programs_settled || true
    up agent true "$BIN/fleetagent/fleetagent" run --config "$DATA/agent_config.yaml"
}

# units COMMAND…: runs it with each unit that the agent has installed for systemd, with --systemd.
units() {
    local folder
    for folder in "$DATA"/systemd-services/fleetman-*; do
        [[ ! -e $folder ]] || "$@" "$(basename "$folder").service"
    done
}

remove_unit() {
    systemctl disable --quiet "$1"
    rm -f "/etc/systemd/system/$1"
}

remove_units() {
    units remove_unit
    [[ ! -d $DATA/systemd-services ]] || systemctl daemon-reload
}

stop_all() {
    stop_process agent
    units systemctl stop
    stop_process supervisord # which stops the service
    stop_process controller
}
