package contract

var batch05 = shape{
	need("traces", list(0, MaxTraces, trace05.check)),
}

var trace05 = shape{
	need("traceId", text(1, 128)),
	need("startTime", anyText),
	allow("endTime", anyText),
	allow("name", text(0, 512)),
	allow("sessionId", text(0, 256)),
	allow("source", text(0, 128)),
	allow("status", text(0, 64)),
	allow("metadata", object),
	allow("spans", list(0, 0, span05.check)),
}

var span05 = shape{
	need("spanId", text(1, 128)),
	need("name", text(0, 1024)),
	need("startTime", anyText),
	allow("endTime", anyText),
	allow("parentSpanId", orNull(text(0, 128))),
	allow("kind", text(0, 128)),
	allow("status", text(0, 64)),
	allow("input", anyText),
	allow("output", anyText),
	allow("metadata", object),
}
