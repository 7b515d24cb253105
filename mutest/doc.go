// Package mutest records traces in memory for tests:
//
//	func TestAgent(t *testing.T) {
//		rec := mutest.New(t)
//		answer(rec.Context(t.Context()), "Where is order 7?")
//
//		tool := rec.Span("orders")
//		if tool.Status != mutagent.StatusOK {
//			t.Errorf("the tool failed: %s", tool.StatusMessage)
//		}
//		rec.Golden("testdata/answer.tree")
//	}
//
// Nothing leaves the process, and the default client is not used. Tests may run in
// parallel and in testing/synctest bubbles.
//
// A [Server] tests what is sent over HTTP. It validates each request against MutagenT's
// published contract, and answers as that contract says.
//
//	srv := mutest.NewServer(t)
//	client, err := mutagent.New(&mutagent.Options{APIKey: "mt_test", Endpoint: srv.URL})
//
// A zero [Recorder] receives traces over HTTP outside of tests, for demonstrations:
//
//	rec := new(mutest.Recorder)
//	server := httptest.NewServer(rec)
package mutest
