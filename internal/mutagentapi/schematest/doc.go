// Package schematest validates the requests of this module, and the checks of its test
// server, against the JSON Schemas that MutagenT has published. It is a separate
// module, because the SDK must not depend on the validator. The cache of go test does
// not watch files outside of a module: after a change of a schema alone, run it with
// -count=1.
package schematest
