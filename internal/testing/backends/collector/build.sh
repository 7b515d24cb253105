#!/bin/sh
# Build an OpenTelemetry Collector as builder.yaml has it into DIR/build (once for each builder.yaml; some minutes).
# Says on stderr what is missing and ends with 75 where the Go module proxy cannot be reached.
#   build.sh DIR
set -eu
HERE=$(cd "$(dirname "$0")" && pwd)
DIR=${1:?usage: build.sh DIR}
BUILDER=go.opentelemetry.io/collector/cmd/builder@v0.161.0
mkdir -p "$DIR"; DIR=$(cd "$DIR" && pwd)
if [ -x "$DIR/build/collector" ] && cmp -s "$HERE/builder.yaml" "$DIR/built.yaml"; then exit 0; fi
export GOWORK=off GOFLAGS=-mod=mod
rm -rf "$DIR/build" "$DIR/built.yaml"
( cd "$DIR" && timeout 120 go mod download "$BUILDER" ) >&2 || { echo "MISSING: $BUILDER cannot be had" >&2; exit 75; }
GOBIN="$DIR" timeout 600 go install "$BUILDER" >&2
( cd "$DIR" && timeout 1500 ./builder --config "$HERE/builder.yaml" ) >&2
cp "$HERE/builder.yaml" "$DIR/built.yaml"
