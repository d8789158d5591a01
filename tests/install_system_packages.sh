#!/bin/sh
# A browser and a PostgreSQL server for the tests, where the machine has none.
# With root and apt they come from the distribution; else the browser comes with
# Playwright, and the PostgreSQL tests say that they are skipped.
set -eu
bin=$1

missing=""
command -v chromium >/dev/null 2>&1 || command -v chromium-browser >/dev/null 2>&1 || missing="$missing chromium"
ls /usr/lib/postgresql/*/bin/initdb >/dev/null 2>&1 || command -v initdb >/dev/null 2>&1 || missing="$missing postgresql"
command -v pdftotext >/dev/null 2>&1 || missing="$missing poppler-utils"
[ -n "$missing" ] || exit 0

if [ "$(id -u)" = 0 ] && command -v apt-get >/dev/null 2>&1; then
  apt-get update -qq && DEBIAN_FRONTEND=noninteractive apt-get install -y -qq $missing >/dev/null && exit 0
fi
case "$missing" in
  *chromium*) "$bin/python" -m playwright install chromium ;;
esac
