#!/bin/sh
# Migrates, seeds the demo chain on first run, prints where to go, and serves.
set -eu
cd "$(dirname "$0")/.."

export PORT="${PORT:-8000}"
export PUBLIC_URL="${PUBLIC_URL:-http://127.0.0.1:$PORT}"
export FLASK_APP=wsgi

# SQLite has one writer, and the embedded job runner lives in the process.
case ${DATABASE_URL:-sqlite} in
    sqlite*) workers=1 ;;
    *) workers=${WEB_WORKERS:-2} ;;
esac

.venv/bin/python -m flask demo up
# exec: the server is the process that receives SIGTERM, so that it drains.
exec .venv/bin/python -m granian --interface wsgi --host 127.0.0.1 --port "$PORT" \
    --workers "$workers" --blocking-threads 16 \
    --workers-kill-timeout 30 --no-ws --log-level error wsgi:app
