#!/bin/sh
# Puts Amazon's DynamoDB Local into .cache/dynamodb-local, for tests, and a Java
# runtime onto the machine if there is none. Does nothing when all is there.
#
# DynamoDB Local comes out of an npm package that carries it whole. Its licence
# lets it be used for tests and not be passed on, so it is never committed.
set -eu

package=amplify-dynamodb-simulator
version=2.9.30
sha256=3503ffac19f183407909fecdacf4db51ab1fdad1da7b2f177016670b2d80e4b9

root=$(cd "$(dirname "$0")/../../.." && pwd)
cache=$root/.cache/dynamodb-local

# need COMMAND DEBIAN_PACKAGE installs what a command comes from.
need() {
	command -v "$1" >/dev/null 2>&1 && return
	if ! command -v apt-get >/dev/null 2>&1; then
		echo "dynamodb-local.sh: $1 is missing; install it (Debian: $2) and run this again" >&2
		exit 1
	fi
	sudo=
	[ "$(id -u)" -eq 0 ] || sudo=sudo
	$sudo apt-get install -y --no-install-recommends "$2" >&2 ||
		{ $sudo apt-get update >&2 && $sudo apt-get install -y --no-install-recommends "$2" >&2; }
}

need java default-jre-headless
if [ -f "$cache/DynamoDBLocal.jar" ] && [ "$(cat "$cache/version" 2>/dev/null)" = "$version" ]; then
	exit 0
fi
need npm npm

mkdir -p "$root/.cache"
tmp=$(mktemp -d "$root/.cache/dynamodb-local.XXXXXX")
trap 'rm -rf "$tmp"' EXIT
cd "$tmp"
npm pack --silent "$package@$version" >/dev/null
tarball=$package-$version.tgz
if ! echo "$sha256  $tarball" | sha256sum -c - >/dev/null; then
	echo "dynamodb-local.sh: $package@$version is not the package that this script was written for (sha256 differs)" >&2
	exit 1
fi
tar -xzf "$tarball" package/emulator
echo "$version" >package/emulator/version
rm -rf "$cache"
mv package/emulator "$cache"
echo "DynamoDB Local ($package@$version) is in $cache" >&2
