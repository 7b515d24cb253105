// Package layers tests every integration that records model calls together with
// OpenTelemetry: whichever of the two is the outer layer, a call is one model span.
package layers
