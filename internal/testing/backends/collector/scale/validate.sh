#!/bin/sh
# Build a Collector that has what docs/scale.md's configurations need into DIR (once; some minutes), and have it
# validate them.
#   validate.sh DIR
set -eu
HERE=$(cd "$(dirname "$0")" && pwd)
DIR=${1:?usage: validate.sh DIR}
mkdir -p "$DIR/queue"; DIR=$(cd "$DIR" && pwd)
if [ ! -x "$DIR/build/collector" ]; then
  GOBIN="$DIR" GOWORK=off go install go.opentelemetry.io/collector/cmd/builder@v0.161.0 >&2
  ( cd "$DIR" && GOWORK=off ./builder --config "$HERE/builder.yaml" ) >&2
fi
for name in collector balancer; do
  QUEUE_DIR="$DIR/queue" "$DIR/build/collector" validate --config "$HERE/$name.yaml"
  echo "$name.yaml is valid"
done
