#!/bin/sh
# Builds the same page with React, Vue, Svelte, Astro and Eleventy, at the exact
# versions of package.json, around the npm package that the first argument names,
# into .cache/frameworks. Also checks the package's types.
set -eu
cd "$(dirname "$0")/../../.."
package=$(realpath "$1")
dir=$PWD/.cache/frameworks
mkdir -p "$dir"
cp -r infra/test/frameworks/. "$dir"
cd "$dir"
npm install --no-audit --no-fund --loglevel=error
rm -rf node_modules/akin-related
mkdir node_modules/akin-related
tar -xzf "$package" -C node_modules/akin-related --strip-components 1 # as npm does, but for its cache of a version
for app in react vue svelte; do
	(cd "$app" && rm -rf dist && npx vite build --logLevel warn)
done
(cd astro && rm -rf dist && ASTRO_TELEMETRY_DISABLED=1 npx astro build --silent)
(cd eleventy && rm -rf dist && npx eleventy --quiet)
npx tsc --noEmit --strict --jsx react-jsx --module nodenext --skipLibCheck false types.tsx
