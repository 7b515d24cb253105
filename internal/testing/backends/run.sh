#!/bin/sh
# Install and start the backends under DIR, run the tests against them, have docs/scale.md's configurations validated,
# stop the backends. Fails if a test does, or if a backend does not start. Where a registry is missing, the backend is
# left out: that is said aloud, here and by its tests, and is no failure.
#   run.sh [DIR]          DIR: where installations are kept, to be cached (default: .backends beside this script)
set -u
HERE=$(cd "$(dirname "$0")" && pwd)
DIR=${1:-$HERE/.backends}
mkdir -p "$DIR"; DIR=$(cd "$DIR" && pwd)
PIDS= FAILED=0
trap 'stop' EXIT
trap 'exit 1' INT TERM

stop() { # and wait, so that the next run finds the ports free
  for pid in $PIDS; do kill "$pid" 2>/dev/null; done
  for pid in $PIDS; do
    i=0
    while kill -0 "$pid" 2>/dev/null && [ $i -lt 100 ]; do i=$((i + 1)); sleep 0.1; done
    kill -9 "$pid" 2>/dev/null
  done
}

start() { # start NAME PORT
  "$HERE/$1/start.sh" "$DIR/$1" "$2" >"$DIR/$1.pid"; echo $? >"$DIR/$1.rc"
}

started() { # started NAME VARIABLE
  rc=$(cat "$DIR/$1.rc")
  case $rc in
  0) PIDS="$PIDS $(cat "$DIR/$1.pid")"; export "$2=$(cat "$DIR/$1/url")" ;;
  75) echo "*** NOT CHECKED: $1, whose registry is missing: its tests are SKIPPED ***" >&2 ;;
  *) echo "*** $1 did not start ***" >&2; FAILED=1 ;;
  esac
}

start collector 24318 & start phoenix 26006 & start mlflow 25000 & # each takes its time
wait
started collector MUTAGENT_TEST_COLLECTOR
started phoenix MUTAGENT_TEST_PHOENIX
started mlflow MUTAGENT_TEST_MLFLOW
export MUTAGENT_TEST_COLLECTOR_DIR="$DIR/collector"
[ -z "${MUTAGENT_TEST_COLLECTOR:-}" ] || "$HERE/collector/scale/validate.sh" "$DIR/collector" || FAILED=1
cd "$HERE" && GOWORK=off timeout 1200 go test -count=1 -timeout 15m -v ./... || FAILED=1
exit $FAILED
