# shellcheck shell=bash
# The JSON API by curl. $FLEETMAN_URL is the controller.

# api METHOD PATH [CURL OPTION…]: prints the answer; fails with what the controller said when it refuses.
api() {
    local method=$1 path=$2 answer
    shift 2
    if ! answer=$(curl --silent --show-error --fail-with-body --max-time 100 -X "$method" "$FLEETMAN_URL/api/v1$path" "$@"); then
        echo "$method $path was refused: $answer" >&2
        return 1
    fi
    printf '%s\n' "$answer"
}

# api_json METHOD PATH BODY: the body as JSON, or @FILE.
api_json() {
    api "$1" "$2" -H 'Content-Type: application/json' -d "$3"
}

# api_upload PATH FILE
api_upload() {
    api PUT "$1" -H 'Content-Type: application/octet-stream' --data-binary "@$2"
}

# api_has PATH: whether it exists; any answer but 200 and 404 ends the step.
api_has() {
    local status
    status=$(curl --silent --show-error --max-time 30 -o /dev/null -w '%{http_code}' "$FLEETMAN_URL/api/v1$1") || exit 1
    case $status in
        200) return 0 ;;
        404) return 1 ;;
        *) echo "GET $1 answered $status" >&2; exit 1 ;;
    esac
}
