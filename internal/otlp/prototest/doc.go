// Package prototest checks the encoder of internal/otlp against the official messages
// of OTLP. It decodes the encoded spans with them, and compares the result with the
// intended content. It is a separate module, so that the SDK does not depend on
// protobuf.
package prototest
