#!/bin/sh
# Fetches what the page tests judge pages by, at pinned versions, into .cache/:
# axe-core (accessibility, runs in the page) and the Nu validator (HTML, CSS and
# SVG; needs Java 11 or later to run). Does nothing where they are there.
set -eu
cd "$(dirname "$0")/../../.."
mkdir -p .cache
fetch() { # package, file in it, name in .cache
	[ -s ".cache/$3" ] && return
	dir=$(mktemp -d .cache/fetch.XXXXXX)
	(cd "$dir" && npm pack --silent "$1" >/dev/null && tar -xzf ./*.tgz "package/$2")
	mv "$dir/package/$2" ".cache/$3"
	rm -rf "$dir"
}
fetch axe-core@4.10.3 axe.min.js axe-4.10.3.min.js
fetch vnu-jar@26.9.27 build/dist/vnu.jar vnu-26.9.27.jar
