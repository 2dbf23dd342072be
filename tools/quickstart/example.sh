# shellcheck shell=bash
# examples/hello, published through the JSON API as an operator or a CI job would. Each part is made once: a second run
# finds it and leaves it alone.

readonly EXAMPLE=examples/hello VERSION=v1.0.0

create_bucket_connection() {
    api_has /buckets/local && return
    api_json POST /buckets "{
        \"name\": \"local\", \"bucket_name\": \"$S3_BUCKET\", \"endpoint\": \"$S3_ENDPOINT\", \"path_style\": true,
        \"access_key\": \"$S3_ACCESS_KEY\", \"secret_key\": \"$S3_SECRET_KEY\", \"prefix\": \"$S3_PREFIX\"}"
}

create_manifest() {
    api_has /manifests/hello || api_json POST /manifests "@$EXAMPLE/manifest.json"
}

create_version() {
    local versions=/manifests/hello/versions file
    api_has "$versions/$VERSION" || api_json POST "$versions" "{\"version\": \"$VERSION\"}"
    [[ $(api GET "$versions/$VERSION" | jq -r .state) == draft ]] || return 0
    for file in run.sh hello.py version.txt settings.ini cell.ini; do
        api_upload "$versions/$VERSION/files/$file" "$EXAMPLE/files/$file"
    done
    api POST "$versions/$VERSION/finalize"
}

# Of the finalized ones, by number.
newest_version() {
    api GET "/manifests/hello/versions?limit=1000" | jq -r '
        [.items[] | select(.state == "finalized") | .version] | max_by(ltrimstr("v") | split(".") | map(tonumber))'
}

create_cell() {
    api_has "/cells/$NODE/hello" ||
        api_json POST /cells "{\"node_id\": \"$NODE\", \"cell_id\": \"hello\", \"bucket\": \"local\", \"manifest\": \"hello\"}"
    api_has "/cells/$NODE/hello/overrides/settings.ini" && return
    sed "s/^port = .*/port = $SERVICE_PORT/" "$EXAMPLE/overrides/settings.ini" >"$DATA/settings.ini"
    api_upload "/cells/$NODE/hello/overrides/settings.ini" "$DATA/settings.ini"
}

# Only a cell that was never published: what an operator published since stays.
publish() {
    [[ $(api GET "/cells/$NODE/hello" | jq -r '.trigger_version') == null ]] || return 0
    api_json POST "/manifests/hello/versions/$VERSION/publish?wait=60" "{\"cells\": [\"$NODE/hello\"]}" |
        tee /dev/stderr | jq -e '.state == "succeeded"' >/dev/null
}

# agent_says FILTER: of a report by the agent that runs now, not of one before it.
agent_says() {
    api GET "/agents/$NODE" | jq -e --argjson since "$(stat -c %Y "$RUN_DIR/agent")" ".report_timestamp >= \$since and ($1)"
}
cell_runs() { agent_says 'any(.cells[]; .cell_id == "hello" and .running and .version != null)'; }
last_deployment_is() { api GET "/cells/$NODE/hello/status" | jq -e --arg status "$1" '.status == $status'; }
# What was rolled back has failed, and runs.
cell_settled() {
    { last_deployment_is success && cell_runs; } || { last_deployment_is failed && agent_says true; }
}
service_answers() { curl --silent --fail --max-time 2 "$SERVICE_URL"; }

wait_until_running() {
    wait_for 60 cell_settled || { echo 'the agent reports nothing' && show_end_of "$LOG_DIR/agent.log"; }
    if ! cell_runs; then
        api GET "/cells/$NODE/hello/status"
        show_end_of "$LOG_DIR/agent.log"
    fi
    wait_for 20 service_answers || { echo "$SERVICE_URL does not answer" && show_end_of "$DATA/services/hello/logs/stderr.log"; }
}
