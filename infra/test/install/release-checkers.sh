#!/bin/sh
# Installs what releases are checked with, by apt: the shells whose completions akin
# prints, mandoc for its manual page, and systemd for its unit. Does nothing where
# they are there.
set -eu
missing=
for package in bash:bash zsh:zsh fish:fish mandoc:mandoc systemd-analyze:systemd; do
	command -v "${package%:*}" >/dev/null || missing="$missing ${package#*:}"
done
[ -n "$missing" ] || exit 0
sudo=
[ "$(id -u)" = 0 ] || sudo=sudo
$sudo apt-get update -qq
DEBIAN_FRONTEND=noninteractive $sudo apt-get install -y -qq --no-install-recommends $missing
