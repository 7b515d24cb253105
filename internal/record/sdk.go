package record

// SDKName and SDKVersion identify this library to receivers of spans.
const (
	SDKName    = "mutagent-go"
	SDKVersion = "0.2.0"
)
