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
// A zero [Recorder] takes traces over HTTP instead, for demonstrations, and for
// tests of a program that makes its own client:
//
//	rec := new(mutest.Recorder)
//	server := httptest.NewServer(rec)
//	client, err := mutagent.New(&mutagent.Options{APIKey: "mt_test", Endpoint: server.URL})
package mutest
