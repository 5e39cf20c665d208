#!/bin/sh
# Uploads a file and prints its media_id (curl 7.87 or later):
# CAUSEWAY_API_KEY=… ./upload.sh <bot> <file|image|voice|video> <path>
set -eu

if [ $# -ne 3 ] || [ -z "${CAUSEWAY_API_KEY:-}" ]; then
  echo 'usage: CAUSEWAY_API_KEY=… upload.sh <bot> <file|image|voice|video> <path>' >&2
  exit 2
fi
base=${CAUSEWAY_URL:-http://127.0.0.1:8080}

# The key goes in by a pipe: arguments are visible to every user of the machine.
printf 'header = "authorization: Bearer %s"\n' "$CAUSEWAY_API_KEY" |
  curl --silent --show-error --fail-with-body --max-time 60 --config - \
    --url-query "type=$2" --url-query "name=$(basename "$3")" \
    --header 'content-type: application/octet-stream' --data-binary "@$3" \
    "${base%/}/api/bots/$1/media"
echo
