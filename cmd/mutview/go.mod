module github.com/mutagent-io/mutagent-go/cmd/mutview

go 1.26.0

require (
	github.com/ncruces/go-sqlite3 v0.36.0
	go.opentelemetry.io/proto/otlp v1.11.1
	google.golang.org/protobuf v1.36.12
)

require (
	github.com/ncruces/go-sqlite3-wasm/v6 v6.4.35401 // indirect
	github.com/ncruces/julianday v1.0.0 // indirect
	golang.org/x/sys v0.49.0 // indirect
)
