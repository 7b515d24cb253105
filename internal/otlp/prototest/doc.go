// Package prototest holds the encoder of internal/otlp against the official messages
// of OTLP: what it writes is decoded with them, and has to be what was meant. It is a
// module of its own, so that the SDK depends on no protobuf.
package prototest
