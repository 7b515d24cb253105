// Package sdktest holds tests against clients that no integration depends on: older
// versions of the official ones, and in the folders below, those of other makers.
// It is a module of its own, because the clients are.
package sdktest
