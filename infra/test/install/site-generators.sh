#!/bin/sh
# Installs the generators of static sites that folders of Markdown are compared
# with, and that docs/static-sites.md has recipes for: Hugo and Jekyll by apt,
# Eleventy and Astro by npm into .cache/. Does nothing where they are there.
set -eu
cd "$(dirname "$0")/../../.."
if [ ! -x .cache/eleventy/node_modules/.bin/eleventy ]; then
	npm install --silent --no-audit --no-fund --prefix .cache/eleventy @11ty/eleventy@3.1.2
fi
if [ ! -x .cache/astro/node_modules/.bin/astro ]; then
	npm install --silent --no-audit --no-fund --prefix .cache/astro astro@5.18.2
fi
if command -v hugo >/dev/null && command -v jekyll >/dev/null; then
	exit 0
fi
sudo=
[ "$(id -u)" = 0 ] || sudo=sudo
$sudo apt-get update -qq
DEBIAN_FRONTEND=noninteractive $sudo apt-get install -y -qq --no-install-recommends hugo jekyll
