// Package backends sends traces to real backends of OTLP, none of them ours, and reads
// them back by the backends' own interfaces.
//
// run.sh installs and starts the backends and runs the tests. A test whose backend is
// not running is skipped, and says so.
package backends
