#!/bin/sh
# Makes kg/web/static/vendor/ anew: `make vendor`.  It needs node (20 or newer) and npm.
#   sh .ci/vendor/refresh.sh            the versions of package-lock.json
#   sh .ci/vendor/refresh.sh --upgrade  the newest that package.json allows
# A test compares the files with the checksums of vendor.toml; nothing is loaded from elsewhere.
set -eu
cd "$(dirname "$0")"
out=../../kg/web/static/vendor
if [ "${1:-}" = --upgrade ]; then
    npm update --omit-lockfile-registry-resolved --ignore-scripts --no-audit --no-fund --silent
else
    npm ci --ignore-scripts --no-audit --no-fund --silent
fi
mkdir -p "$out"
node_modules/.bin/esbuild codemirror.js --bundle --minify --format=esm --target=es2022 \
    --legal-comments=none --log-level=warning --outfile="$out/codemirror.js"
node lock.mjs "$out"
