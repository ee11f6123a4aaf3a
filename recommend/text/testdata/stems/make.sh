#!/bin/sh
# Writes, beside this script, every word of the vocabulary with its stem by
# Snowball 2.2. It needs stemwords, of Debian's libstemmer-tools.
set -eu
cd "$(dirname "$0")"
words=$(mktemp)
trap 'rm -f "$words" "$words.stems"' EXIT
for list in ../../vocabulary/??.txt; do
	lang=$(basename "$list" .txt)
	tr -s ' ' '\n' <"$list" >"$words"
	stemwords -l "$lang" -c UTF_8 -i "$words" -o "$words.stems"
	paste "$words" "$words.stems" >"$lang.txt"
done
