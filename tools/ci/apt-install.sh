#!/usr/bin/env bash
# Installs packages of Debian. apt-get refuses to run twice at the same time, so whoever comes second waits.
# Usage: bash tools/ci/apt-install.sh PACKAGE ...
set -eu
exec 9>/tmp/invertible-apt.lock
flock 9
apt="apt-get -qq -o Acquire::Retries=3"
$apt update
$apt install --yes --no-install-recommends "$@"
