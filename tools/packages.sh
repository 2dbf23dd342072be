# shellcheck shell=bash
# Debian packages: which of a list are missing, and how they get installed. Sourced by ./quickstart and ./check.

PACKAGE_LISTS=$(dirname "${BASH_SOURCE[0]}")/packages

# packages_of LIST…: the names in tools/packages/LIST.txt.
packages_of() {
    local list
    for list in "$@"; do
        grep -Ev '^(#|$)' "$PACKAGE_LISTS/$list.txt"
    done
}

# missing_packages NAME…: those that are not installed. Node is often installed from elsewhere, where npm is part of it and
# forbids Debian's.
missing_packages() {
    local name
    for name in "$@"; do
        [[ $name != npm && $name != nodejs ]] || ! command -v npm >/dev/null || continue
        [[ $(dpkg-query --show --showformat='${db:Status-Status}' "$name" 2>/dev/null) == installed ]] || echo "$name"
    done
}

# as_root COMMAND…: through sudo when we are not root.
as_root() {
    if ((EUID == 0)); then
        "$@"
    elif command -v sudo >/dev/null; then
        sudo "$@"
    else
        echo "not root, and there is no sudo; as root run: $*" >&2
        return 1
    fi
}

# install_packages NAME…: without what is merely recommended, and without letting a package start its daemon, now or at
# the next boot: invoke-rc.d(8) asks /usr/sbin/policy-rc.d, and 101 forbids; what a package enabled is disabled.
install_packages() {
    as_root bash -s -- "$@" <<'ROOT'
set -eu
policy=/usr/sbin/policy-rc.d
if [[ ! -e $policy ]]; then
    trap 'rm -f "$policy"' EXIT
    printf '#!/bin/sh\nexit 101\n' >"$policy"
    chmod 0755 "$policy"
fi
export DEBIAN_FRONTEND=noninteractive
apt-get update -q
apt-get install -q -y --no-install-recommends "$@"
if command -v systemctl >/dev/null; then
    dpkg-query --listfiles "$@" | sed -nE 's#^(/usr)?/lib/systemd/system/([^/@]+\.(service|target|timer|socket))$#\2#p' |
        sort -u | xargs -r systemctl disable || true
fi
ROOT
}
