// Package mutest records traces in memory, so that a test can look at them:
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
// Nothing leaves the process, tests may run in parallel and in the bubbles of
// testing/synctest, and the default client is not touched.
//
// A [Server] is for tests of what is sent: over HTTP, and held against MutagenT's published
// contract, which it also answers by.
//
//	srv := mutest.NewServer(t)
//	client, err := mutagent.New(&mutagent.Options{APIKey: "mt_test", Endpoint: srv.URL})
//
// A zero [Recorder] takes traces over HTTP without a test, for demonstrations:
//
//	rec := new(mutest.Recorder)
//	server := httptest.NewServer(rec)
package mutest
