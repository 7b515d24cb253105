package muteino

import (
	"testing"

	"github.com/cloudwego/eino/callbacks"
	"github.com/stretchr/testify/assert"

	"github.com/mutagent-io/mutagent-go/mutest"
)

// A long-running agent does not keep runs that have ended.
func TestParentForgets(t *testing.T) {
	rec := mutest.New(t)
	ctx, parent := handler{}.begin(rec.Context(t.Context()), &callbacks.RunInfo{Name: "agent"}, nil)
	_, child := handler{}.begin(ctx, &callbacks.RunInfo{Name: "tool"}, nil)
	assert.Len(t, parent.open, 1)
	child.finished("out")
	assert.Empty(t, parent.open)
	parent.finished("out")
}
