// Package tracecontext runs the tests of W3C Trace Context, level 2, that its authors
// publish (https://github.com/w3c/trace-context): a program of theirs calls a service
// that is traced by muthttp, and checks the headers of the requests that the service
// makes.
//
// run fetches what is needed and runs them. The tests are a build of their own, because
// without that they cannot run.
package tracecontext
