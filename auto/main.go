package auto

import (
	"context"
	"log/slog"
	"time"

	"github.com/mutagent-io/mutagent-go"
	"github.com/mutagent-io/mutagent-go/mutllm"
)

// Main is called at the beginning of main. It links the default logger and the clients
// that use [http.DefaultTransport] to spans. The function it returns is deferred by main
// and delivers what was recorded. The client is made from the environment at the first
// span, unless the program calls [mutagent.Init] itself.
func Main() (end func()) {
	slog.SetDefault(slog.New(mutagent.NewHandler(slog.Default().Handler(), nil)))
	mutllm.InstrumentDefaultTransport()
	return shutdown
}

// shutdownTimeout is how long a program may take to end for its traces' sake.
const shutdownTimeout = 5 * time.Second

func shutdown() {
	ctx, cancel := context.WithTimeout(context.Background(), shutdownTimeout)
	defer cancel()
	// What could not be delivered is told by the client's logger, see mutagent.Options.
	_ = mutagent.Shutdown(ctx)
}
