package mutprice

import "github.com/mutagent-io/mutagent-go/internal/price"

// Dimensions are what a kind of price says of what it is for. A kind is beneath
// another if it says all that the other does, and more: cached audio is beneath cached
// input, that beneath input.
type dimensions uint16

const (
	input dimensions = 1 << iota
	output
	audio
	image
	video
	cached
	written
	hour
	reasoning
	citation
	web
	files
	request
)

// Units are the kinds of price that are counted, by upstream's names of them, what is
// beneath others first.
var units = [...]struct {
	key       string
	attribute string // that tells the rate
	per       float64
	of        dimensions
}{
	{"cache_write_1h_mtok", "mutagent.cost.rates.cache_write_1h_mtok", 1e6, input | written | hour},
	{"cache_audio_read_mtok", "mutagent.cost.rates.cache_audio_read_mtok", 1e6, input | cached | audio},
	{"cache_image_read_mtok", "mutagent.cost.rates.cache_image_read_mtok", 1e6, input | cached | image},
	{"cache_read_mtok", "mutagent.cost.rates.cache_read_mtok", 1e6, input | cached},
	{"cache_write_mtok", "mutagent.cost.rates.cache_write_mtok", 1e6, input | written},
	{"input_audio_mtok", "mutagent.cost.rates.input_audio_mtok", 1e6, input | audio},
	{"input_image_mtok", "mutagent.cost.rates.input_image_mtok", 1e6, input | image},
	{"input_video_mtok", "mutagent.cost.rates.input_video_mtok", 1e6, input | video},
	{"output_audio_mtok", "mutagent.cost.rates.output_audio_mtok", 1e6, output | audio},
	{"output_image_mtok", "mutagent.cost.rates.output_image_mtok", 1e6, output | image},
	{"output_video_mtok", "mutagent.cost.rates.output_video_mtok", 1e6, output | video},
	{"output_reasoning_mtok", "mutagent.cost.rates.output_reasoning_mtok", 1e6, output | reasoning},
	{"output_citation_mtok", "mutagent.cost.rates.output_citation_mtok", 1e6, output | citation},
	{"input_mtok", "mutagent.cost.rates.input_mtok", 1e6, input},
	{"output_mtok", "mutagent.cost.rates.output_mtok", 1e6, output},
	{"web_searches_kcount", "mutagent.cost.rates.web_searches_kcount", 1e3, web},
	{"storage_searches_kcount", "mutagent.cost.rates.storage_searches_kcount", 1e3, files},
	{"requests_kcount", "mutagent.cost.rates.requests_kcount", 1e3, request},
}

const (
	cachedAudio  = 1
	cachedImage  = 2
	unitInput    = 13
	webSearches  = len(units) - 3
	fileSearches = len(units) - 2
	requestsUnit = len(units) - 1
)

// counts returns the number of each unit used.
func counts(u *price.Usage) [len(units)]int64 {
	return [...]int64{
		u.CacheWrite1h, u.CacheReadAudio, u.CacheReadImage, u.CacheRead, u.CacheWrite,
		u.InputAudio, u.InputImage, u.InputVideo, u.OutputAudio, u.OutputImage, u.OutputVideo,
		u.Reasoning, u.Citation, u.Input, u.Output, u.WebSearches, u.FileSearches, 1,
	}
}

// unitOf returns the index of a unit, or -1.
func unitOf(key string) int {
	for i := range units {
		if units[i].key == key {
			return i
		}
	}
	return -1
}
