// Package sdktest tests clients that no integration depends on: older versions of the
// official ones, and in the folders below, clients of other makers. It is a separate
// module, because it depends on these clients.
package sdktest
