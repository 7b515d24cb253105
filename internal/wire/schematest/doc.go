// Package schematest holds what the SDK sends against docs/wire.schema.json. It
// is a module of its own, because the validator is a dependency that the SDK does
// not have. The cache of go test does not watch files outside of a module: after a
// change of the schema alone, run it with -count=1.
package schematest
