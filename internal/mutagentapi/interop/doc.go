// Package interop has the vendor's own Python client as a witness: what it sends must
// be acceptable to mutest.Server, or the server's idea of the contract is wrong. The
// script beside this file, vendor-client, installs the client and runs the test.
package interop
