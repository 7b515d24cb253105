package genai

// samplingParams are those that most providers have the same names for.
var samplingParams = []param{
	{"temperature", "gen_ai.request.temperature"},
	{"top_p", "gen_ai.request.top_p"},
	{"top_k", "gen_ai.request.top_k"},
}
