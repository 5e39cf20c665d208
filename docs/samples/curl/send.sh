#!/bin/sh
# Sends one text: CAUSEWAY_API_KEY=… ./send.sh <bot> <text> [user|user…]
set -eu

if [ $# -lt 2 ] || [ -z "${CAUSEWAY_API_KEY:-}" ]; then
  echo 'usage: CAUSEWAY_API_KEY=… send.sh <bot> <text> [user|user…]' >&2
  exit 2
fi
base=${CAUSEWAY_URL:-http://127.0.0.1:8080}

# A text as a JSON string: backslash, quote, tab and line end are what a shell's argument can hold of what JSON forbids.
json() {
  printf '%s' "$1" | sed -e 's/\\/\\\\/g' -e 's/"/\\"/g' -e 's/	/\\t/g' | awk '{ printf "%s%s", (NR > 1 ? "\\n" : ""), $0 }'
}
to=''
if [ $# -ge 3 ]; then to="\"touser\":\"$(json "$3")\","; fi
# One key for all attempts: curl repeats after a broken connection or a 5xx, and the message still leaves once.
id=$(od -An -N16 -tx1 /dev/urandom | tr -d ' \n')

# The key goes in by a pipe: arguments are visible to every user of the machine.
printf 'header = "authorization: Bearer %s"\n' "$CAUSEWAY_API_KEY" |
  curl --silent --show-error --fail-with-body --max-time 15 --retry 2 --retry-connrefused --config - \
    --header 'content-type: application/json' --header "idempotency-key: $id" \
    --data-binary "{${to}\"msgtype\":\"text\",\"text\":{\"content\":\"$(json "$2")\"},\"split\":true}" \
    "${base%/}/api/bots/$1/messages"
echo
