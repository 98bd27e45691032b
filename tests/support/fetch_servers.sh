#!/bin/sh
# Fetch Exim 4 and Postfix for the scenario tests, without installing them.
#
#   sh tests/support/fetch_servers.sh [FOLDER]
#
# As packages the two exclude each other, so both are unpacked into FOLDER/exim4 and
# FOLDER/postfix (default: $MAILMAN_TEST_SERVERS, else build/servers), with the shared
# libraries that this machine lacks.  Run by root, it also makes the system accounts
# that the servers and an installed Mailman insist on.
# Needs Debian or Ubuntu: apt-get, dpkg; `apt-get update` must have run once.
set -eu
cd "$(dirname "$0")/../.."
folder=${1:-${MAILMAN_TEST_SERVERS:-build/servers}}

fetch() {
    name=$1 program=$2
    shift 2
    if [ -x "$folder/$name/$program" ]; then
        echo "$name: $folder/$name is there"
        return
    fi
    # What apt would install here, so that only what is missing is fetched.
    wanted=$(apt-get -s -o Debug::NoLocking=true install --no-install-recommends "$@" |
        sed -n 's/^Inst \([^ ]*\).*/\1/p')
    packages=$(printf '%s\n' "$@" $wanted | sort -u)
    new=$folder/.$name.$$
    rm -rf "$new"
    mkdir -p "$new/packages"
    # shellcheck disable=SC2086  # a list of words
    (cd "$new/packages" && apt-get -qq -o APT::Sandbox::User=root download $packages)
    for package in "$new"/packages/*.deb; do
        dpkg -x "$package" "$new"
    done
    rm -rf "$new/packages" "${folder:?}/$name"
    # A set-user-id program would not look for its libraries where we have them.
    find "$new" -type f -perm /6000 -exec chmod ug-s {} +
    mv "$new" "$folder/$name"
    echo "$name: unpacked into $folder/$name"
}

account() {
    getent group "$1" >/dev/null || groupadd --system "$1"
    [ "$#" = 1 ] || getent passwd "$1" >/dev/null ||
        useradd --system --gid "$1" --home-dir /nonexistent --no-create-home \
            --shell /usr/sbin/nologin "$1"
}

mkdir -p "$folder"
fetch exim4 usr/sbin/exim4 exim4-daemon-light exim4-base exim4-config
# Where it is not part of Postfix itself.
lmdb=$(apt-cache pkgnames postfix-lmdb)
# shellcheck disable=SC2086
fetch postfix usr/sbin/postconf postfix $lmdb
if [ "$(id -u)" = 0 ]; then
    for name in mailman Debian-exim postfix; do
        account "$name" user
    done
    account postdrop
fi
