#!/bin/sh
# Install and start the backends under DIR, run the tests against them, stop them. A backend that cannot be installed,
# for want of a registry, is left out, and its test says so.
#   run.sh [DIR]          DIR: where installations are kept, to be cached (default: .backends beside this script)
set -u
HERE=$(cd "$(dirname "$0")" && pwd)
DIR=${1:-$HERE/.backends}
PIDS=
trap 'for pid in $PIDS; do kill "$pid"; done' EXIT

start() { # start NAME VARIABLE [PORT…]
  name=$1 variable=$2; shift 2
  if pid=$("$HERE/$name/start.sh" "$DIR/$name" "$@"); then
    PIDS="$PIDS $pid"
    export "$variable=$(cat "$DIR/$name/url")"
  else
    echo "*** $name did not start: its tests are SKIPPED ***" >&2
  fi
}

start collector MUTAGENT_TEST_COLLECTOR 24318
start phoenix MUTAGENT_TEST_PHOENIX 26006
start mlflow MUTAGENT_TEST_MLFLOW 25000
export MUTAGENT_TEST_COLLECTOR_DIR="$DIR/collector"
cd "$HERE" && GOWORK=off go test -count=1 -v ./...
