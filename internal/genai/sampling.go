package genai

// samplingParams are parameters with the same names at most providers.
var samplingParams = []param{
	{"temperature", "gen_ai.request.temperature"},
	{"top_p", "gen_ai.request.top_p"},
	{"top_k", "gen_ai.request.top_k"},
}
