package record

// SDKName and SDKVersion name this library to whoever receives its spans.
const (
	SDKName    = "mutagent-go"
	SDKVersion = "0.2.0"
)
