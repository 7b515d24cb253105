// Package sdktest holds tests against versions of the official clients that the
// integrations do not use. It is a module of its own, because the clients are.
package sdktest
