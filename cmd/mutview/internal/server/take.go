package server

import (
	"compress/gzip"
	"errors"
	"fmt"
	"io"
	"mime"
	"net/http"
	"time"

	"google.golang.org/protobuf/encoding/protowire"

	"github.com/mutagent-io/mutagent-go/cmd/mutview/internal/intake"
)

const (
	maxBody   = 64 << 20  // as sent
	maxPlain  = 128 << 20 // after decompression
	maxTraces = 100       // in a request of the MutagenT API
	// maxTaking is the number of large bodies read at a time. It limits the memory that
	// hostile senders can occupy.
	maxTaking  = 4
	maxSending = time.Minute // time limit for reading a body
)

// limit limits the size of bodies, and how many are read at a time.
func limit(next http.Handler) http.Handler {
	taking := make(chan struct{}, maxTaking)
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.Method != http.MethodPost {
			next.ServeHTTP(w, r)
			return
		}
		if r.ContentLength > maxBody {
			tooLarge(w)
			return
		}
		http.NewResponseController(w).SetReadDeadline(time.Now().Add(maxSending))
		r.Body = &gate{ReadCloser: http.MaxBytesReader(w, r.Body, maxBody), turn: taking}
		defer r.Body.Close()
		next.ServeHTTP(w, r)
	})
}

// gate waits for its turn when a body turns out to be large. Small bodies need no turn,
// so a slow sender blocks nobody.
type gate struct {
	io.ReadCloser
	turn chan struct{}
	seen int
	in   bool
}

const smallBody = 1 << 20

func (g *gate) Read(p []byte) (int, error) {
	n, err := g.ReadCloser.Read(p)
	if g.seen += n; !g.in && g.seen > smallBody {
		g.turn <- struct{}{}
		g.in = true
	}
	return n, err
}

func (g *gate) Close() error {
	if g.in {
		<-g.turn
		g.in = false
	}
	return g.ReadCloser.Close()
}

func tooLarge(w http.ResponseWriter) {
	fail(w, http.StatusRequestEntityTooLarge, "too_large",
		fmt.Sprintf("a request may have %d MiB, %d MiB once unpacked: send fewer spans at a time", maxBody>>20, maxPlain>>20))
}

// body reads the request. If that fails, it answers and returns false.
func body(w http.ResponseWriter, r *http.Request) ([]byte, bool) {
	var in io.Reader = r.Body
	switch enc := r.Header.Get("Content-Encoding"); enc {
	case "", "identity":
	case "gzip":
		z, err := gzip.NewReader(r.Body)
		if err != nil {
			fail(w, http.StatusBadRequest, "bad_request", "the body is not gzip: "+err.Error())
			return nil, false
		}
		in = z
	default:
		fail(w, http.StatusUnsupportedMediaType, "unsupported", "content encoding "+quote(enc)+" is not known: send gzip or none")
		return nil, false
	}
	b, err := io.ReadAll(io.LimitReader(in, maxPlain+1))
	var over *http.MaxBytesError
	switch {
	case errors.As(err, &over) || len(b) > maxPlain:
		tooLarge(w)
		return nil, false
	case err != nil:
		fail(w, http.StatusBadRequest, "bad_request", "the body broke off: "+err.Error())
		return nil, false
	}
	return b, true
}

func (v *Server) takeBatch(w http.ResponseWriter, r *http.Request) {
	b, ok := body(w, r)
	if !ok {
		return
	}
	batch, err := intake.Vendor(b)
	if err != nil {
		fail(w, http.StatusBadRequest, "bad_request", err.Error())
		return
	}
	v.keepBatch(w, r, batch)
}

func (v *Server) keepBatch(w http.ResponseWriter, r *http.Request, batch intake.Batch) {
	if len(batch.TraceIDs) > maxTraces {
		fail(w, http.StatusBadRequest, "bad_request", fmt.Sprintf("%d traces in a request, at most %d are allowed", len(batch.TraceIDs), maxTraces))
		return
	}
	if err := v.store.Add(r.Context(), batch.Spans, batch.Logs); err != nil {
		v.failStore(w, r, err)
		return
	}
	// The answer has the fields of both API versions: each allows unknown fields.
	reply := map[string]any{
		"accepted": len(batch.Spans), "rejected": batch.Rejected,
		"success": true, "count": len(batch.TraceIDs), "traceIds": batch.TraceIDs,
	}
	if batch.TraceIDs == nil {
		reply["traceIds"] = []string{}
	}
	if batch.Note != "" {
		reply["note"] = batch.Note
	}
	answer(w, http.StatusOK, reply)
}

// takeTrace accepts one trace in the form of 0.1, or a batch sent to the same path.
func (v *Server) takeTrace(w http.ResponseWriter, r *http.Request) {
	b, ok := body(w, r)
	if !ok {
		return
	}
	batch, err := intake.Vendor(b)
	if err != nil {
		batch, err = intake.VendorOne(b)
	}
	if err != nil {
		fail(w, http.StatusBadRequest, "bad_request", err.Error())
		return
	}
	v.keepBatch(w, r, batch)
}

func (v *Server) takeOTLPTraces(w http.ResponseWriter, r *http.Request) {
	v.takeOTLP(w, r, intake.OTLPTraces, "rejectedSpans")
}

func (v *Server) takeOTLPLogs(w http.ResponseWriter, r *http.Request) {
	v.takeOTLP(w, r, intake.OTLPLogs, "rejectedLogRecords")
}

func (v *Server) takeOTLP(w http.ResponseWriter, r *http.Request, read func([]byte, intake.Encoding) (intake.Batch, error), rejected string) {
	mediaType, _, _ := mime.ParseMediaType(r.Header.Get("Content-Type"))
	enc := intake.Protobuf
	switch mediaType {
	case "application/x-protobuf", "application/protobuf":
	case "application/json":
		enc = intake.JSON
	default:
		fail(w, http.StatusUnsupportedMediaType, "unsupported", "content type "+quote(mediaType)+" is not OTLP's: application/x-protobuf or application/json")
		return
	}
	b, ok := body(w, r)
	if !ok {
		return
	}
	batch, err := read(b, enc)
	if err != nil {
		fail(w, http.StatusBadRequest, "bad_request", err.Error())
		return
	}
	if err := v.store.Add(r.Context(), batch.Spans, batch.Logs); err != nil {
		v.failStore(w, r, err)
		return
	}
	answerOTLP(w, enc, batch, rejected)
}

// answerOTLP reports rejected spans, in the encoding of the request.
func answerOTLP(w http.ResponseWriter, enc intake.Encoding, batch intake.Batch, rejected string) {
	if enc == intake.JSON {
		reply := map[string]any{}
		if batch.Rejected > 0 {
			reply["partialSuccess"] = map[string]any{rejected: fmt.Sprint(batch.Rejected), "errorMessage": batch.Note}
		}
		answer(w, http.StatusOK, reply)
		return
	}
	w.Header().Set("Content-Type", "application/x-protobuf")
	if batch.Rejected > 0 {
		partial := protowire.AppendVarint(protowire.AppendTag(nil, 1, protowire.VarintType), uint64(batch.Rejected))
		partial = protowire.AppendString(protowire.AppendTag(partial, 2, protowire.BytesType), batch.Note)
		w.Write(protowire.AppendBytes(protowire.AppendTag(nil, 1, protowire.BytesType), partial))
	}
}
