#!/bin/sh
# Build an OpenTelemetry Collector into DIR (see build.sh), start it on loopback, wait until it listens, print its pid
# on stdout. What it gets, it writes to DIR/out.jsonl, one request a line. Everything else goes to stderr.
#   start.sh DIR [PORT]          OTLP: http://127.0.0.1:PORT. Stop: kill PID.
set -eu
HERE=$(cd "$(dirname "$0")" && pwd)
DIR=${1:?usage: start.sh DIR [PORT]}; PORT=${2:-24318}
"$HERE/build.sh" "$DIR"
DIR=$(cd "$DIR" && pwd)
cat >"$DIR/config.yaml" <<YAML
receivers: {otlp: {protocols: {http: {endpoint: "127.0.0.1:$PORT"}}}}
exporters: {file: {path: "$DIR/out.jsonl", flush_interval: 100ms}}
service:
  telemetry: {metrics: {level: none}}
  pipelines:
    traces: {receivers: [otlp], exporters: [file]}
    logs: {receivers: [otlp], exporters: [file]}
YAML
nohup "$DIR/build/collector" --config "$DIR/config.yaml" >"$DIR/log" 2>&1 </dev/null &
PID=$!
echo "$PID" >"$DIR/pid"; echo "http://127.0.0.1:$PORT" >"$DIR/url"
i=0
until curl -s -o /dev/null "http://127.0.0.1:$PORT/"; do
  kill -0 "$PID" 2>/dev/null || { tail -20 "$DIR/log" >&2; exit 1; }
  i=$((i + 1)); [ $i -lt 300 ] || { echo "not ready after 60 s" >&2; kill "$PID"; exit 1; }
  sleep 0.2
done
echo "$PID"
