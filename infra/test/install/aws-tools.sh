#!/bin/bash
# Installs what the tests of the AWS side run, into .cache: cfn-lint, the SAM
# translator and moto (Python), asl-validator (npm). What is there already at
# the pinned version is left alone; a tool that cannot be had is an error that
# says so.
set -euo pipefail
cd "$(dirname "$0")/../../.."
pins=infra/test/tools/requirements.txt

has_pins() { # has_pins PYTHON: whether it has every pinned package
	"$1" - "$pins" <<-'PY' 2>/dev/null
		import importlib.metadata, sys
		for line in open(sys.argv[1]):
		    name, _, version = line.strip().partition("==")
		    if version and importlib.metadata.version(name.partition("[")[0]) != version:
		        sys.exit(1)
	PY
}

if has_pins .cache/python/bin/python3 || has_pins python3; then
	echo "python packages: present"
elif python3 -m venv .cache/python && .cache/python/bin/pip install --quiet --disable-pip-version-check -r "$pins"; then
	echo "python packages: installed"
else
	echo "aws-tools.sh: could not install these with pip; the tests of the AWS side need them:" >&2
	cat "$pins" >&2
	exit 1
fi

asl=$(sed -n 's/.*"asl-validator": "\([^"]*\)".*/\1/p' infra/test/tools/package.json)
have=.cache/node/node_modules/asl-validator/package.json
if [ -f "$have" ] && grep -q "\"version\": \"$asl\"" "$have"; then
	echo "asl-validator $asl: present"
else
	mkdir -p .cache/node
	cp infra/test/tools/package.json .cache/node/package.json
	if ! npm install --prefix .cache/node --no-audit --no-fund --loglevel=error >/dev/null; then
		echo "aws-tools.sh: npm could not install asl-validator $asl; the test of the state machine needs it" >&2
		exit 1
	fi
	echo "asl-validator $asl: installed"
fi
