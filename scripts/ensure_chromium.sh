#!/bin/sh
# Find Chromium for the browser tests, or install the system's package where we may.
for name in "${ERDAO_GEO_CHROMIUM:-}" chromium chromium-browser google-chrome google-chrome-stable; do
    [ -n "$name" ] && command -v "$name" >/dev/null && exit 0
done
if [ "$(id -u)" = 0 ] && command -v apt-get >/dev/null; then
    echo "Installing Chromium for the browser tests" >&2
    apt-get update -qq && apt-get install -y -qq chromium >/dev/null && exit 0
fi
echo "No Chromium: the browser tests will be SKIPPED. Install it, or set ERDAO_GEO_CHROMIUM." >&2
exit 0
