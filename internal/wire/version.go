package wire

// Version is this SDK's. It goes into every request.
const Version = "0.1.0"
