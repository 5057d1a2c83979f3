#!/bin/sh
# Make .venv with the given Python (3.11 or newer), installing Debian's venv package where we may.
set -eu
python="$1"
"$python" -c 'import sys; sys.exit(sys.version_info < (3, 11))' || {
    echo "erdao-geo needs Python 3.11 or newer; $python is $("$python" --version 2>&1). Name another: make PYTHON=python3.12" >&2
    exit 1
}
[ -x .venv/bin/pip ] && .venv/bin/python -c '' 2>/dev/null && exit 0
rm -rf .venv
"$python" -m venv .venv 2>/dev/null && exit 0
rm -rf .venv
if [ "$(id -u)" = 0 ] && command -v apt-get >/dev/null; then
    apt-get update -qq && apt-get install -y -qq python3-venv
    "$python" -m venv .venv && exit 0
fi
echo "$python cannot make a virtual environment; install its venv module (Debian: apt install python3-venv)" >&2
exit 1
