#!/bin/sh
# Puts what the test with a real WordPress runs onto the machine: PHP and the
# programs of MariaDB from Debian, and Debian's WordPress, unpacked into
# .cache/wordpress, with the one library that its editor wants beside it, in
# .cache/javascript. No server is started, and no service set up: the test starts
# its own in a temporary folder and ends them. Does nothing where all is there;
# needs apt otherwise.
set -eu

root=$(cd "$(dirname "$0")/../../.." && pwd)
site=$root/.cache/wordpress
config=$root/infra/test/wordpress/wp-config.php

sudo=
[ "$(id -u)" = 0 ] || sudo=sudo
has_php() { command -v php >/dev/null && php -m | grep -qx mysqli; }
has_mariadb() { [ -x /usr/sbin/mariadbd ] && [ -x /usr/bin/mariadb-install-db ] && [ -x /usr/bin/my_print_defaults ]; }

has_site() { [ -s "$site/wp-load.php" ] && [ -s "$site/wp-includes/js/underscore.js" ]; }

if ! has_php || ! has_mariadb || ! has_site; then
	if ! command -v apt-get >/dev/null; then
		echo "wordpress.sh: needs PHP with mysqli, MariaDB and WordPress, and there is no apt-get to install them with" >&2
		exit 1
	fi
	$sudo apt-get update -qq
fi
if ! has_php || ! has_mariadb; then
	DEBIAN_FRONTEND=noninteractive $sudo apt-get install -y -qq --no-install-recommends \
		php-cli php-mysql mariadb-server-core mariadb-client-core >/dev/null
fi
if ! has_site; then
	# The package would bring Apache along, and start it; its files are enough.
	mkdir -p "$root/.cache"
	tmp=$(mktemp -d "$root/.cache/wordpress.XXXXXX")
	trap 'rm -rf "$tmp"' EXIT
	chmod 755 "$tmp"
	(cd "$tmp" && apt-get download -qq wordpress libjs-underscore >/dev/null && for deb in *.deb; do dpkg-deb -x "$deb" .; done)
	rm -rf "$site" "$root/.cache/javascript"
	mv "$tmp/usr/share/wordpress" "$site"
	mv "$tmp/usr/share/javascript" "$root/.cache/javascript"
fi
if ! cmp -s "$config" "$site/wp-config.php"; then
	cp "$config" "$site/wp-config.php"
fi
echo "php, mariadb, wordpress: present"
