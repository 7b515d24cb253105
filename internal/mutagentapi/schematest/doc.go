// Package schematest holds what this module sends, and what its test server accepts,
// against the JSON Schemas that MutagenT has published. It is a module of its own,
// because the validator is a dependency that the SDK does not have. The cache of go
// test does not watch files outside of a module: after a change of a schema alone, run
// it with -count=1.
package schematest
