package schematest

import (
	"bytes"
	"os"
	"testing"

	"github.com/santhosh-tekuri/jsonschema/v6"
	"github.com/stretchr/testify/require"

	"github.com/mutagent-io/mutagent-go/internal/testing/contract"
)

// A generation is one published version of the API: its schema, and the hand-written
// checks that tests of other modules use instead.
type generation struct {
	name    string
	checks  contract.Generation
	request *jsonschema.Schema
}

func generations(t testing.TB) []generation {
	return []generation{
		{"0.1", contract.V01, compile(t, "../testdata/api-0.1/ingest-batch.schema.json")},
		{"0.5", contract.V05, compile(t, "../testdata/api-0.5/ingest-batch.schema.json")},
	}
}

func compile(t testing.TB, path string) *jsonschema.Schema {
	text, err := os.ReadFile(path)
	require.NoError(t, err)
	schema, err := decode(text)
	require.NoError(t, err, path)
	c := jsonschema.NewCompiler()
	c.AssertFormat()
	require.NoError(t, c.AddResource(path, schema))
	compiled, err := c.Compile(path)
	require.NoError(t, err)
	return compiled
}

func decode(text []byte) (any, error) { return jsonschema.UnmarshalJSON(bytes.NewReader(text)) }
