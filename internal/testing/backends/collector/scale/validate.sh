#!/bin/sh
# Have a Collector that is built into DIR (see ../build.sh) validate docs/scale.md's configurations.
#   validate.sh DIR
set -eu
HERE=$(cd "$(dirname "$0")" && pwd)
DIR=${1:?usage: validate.sh DIR}
"$HERE/../build.sh" "$DIR"
mkdir -p "$DIR/queue"
for name in collector balancer; do
  QUEUE_DIR="$DIR/queue" timeout 60 "$DIR/build/collector" validate --config "$HERE/$name.yaml"
  echo "$name.yaml is valid"
done
