#!/bin/sh
# Installs what the browser tests drive: Chromium without windows, and fonts with
# the letters of the sample corpus. Does nothing where they are there, or the
# whole Chromium is; needs apt otherwise.
set -eu
if { command -v chromium-headless-shell || command -v chromium; } >/dev/null && fc-list 2>/dev/null | grep -q 'Noto Serif'; then
	exit 0
fi
sudo=
[ "$(id -u)" = 0 ] || sudo=sudo
$sudo apt-get update -qq
DEBIAN_FRONTEND=noninteractive $sudo apt-get install -y -qq --no-install-recommends \
	chromium-headless-shell fontconfig fonts-noto-core fonts-liberation
