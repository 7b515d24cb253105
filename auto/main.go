package auto

import (
	"context"
	"log/slog"
	"time"

	"github.com/mutagent-io/mutagent-go"
	"github.com/mutagent-io/mutagent-go/mutllm"
)

// Main is called at the beginning of main. It links the default logger and the clients
// that use [http.DefaultTransport] to spans. The program's main defers the returned
// function, which delivers the spans. The default client is created from the
// environment at the first span, unless the program calls [mutagent.Init] itself.
func Main() (end func()) {
	slog.SetDefault(slog.New(mutagent.NewHandler(slog.Default().Handler(), nil)))
	mutllm.InstrumentDefaultTransport()
	return shutdown
}

// shutdownTimeout is the maximum time that delivery may delay the exit of a program.
const shutdownTimeout = 5 * time.Second

func shutdown() {
	ctx, cancel := context.WithTimeout(context.Background(), shutdownTimeout)
	defer cancel()
	// The client's logger reports undelivered spans, see mutagent.Options.
	_ = mutagent.Shutdown(ctx)
}
