package otlp

import (
	"fmt"
	"net/url"
	"strconv"
	"strings"
	"time"
)

// An Endpoint says where and how one signal is sent.
type Endpoint struct {
	URL     string
	Socket  string // path of a unix socket to dial instead of the host of URL, "" if none
	Headers map[string]string
	Gzip    bool
	JSON    bool
	Timeout time.Duration // of one request; 0 means none

	// PEM files: trusted certificates instead of the system's, and the client's key and
	// certificate. "" if none.
	Certificate, ClientKey, ClientCertificate string
}

// An Environment holds the settings of OpenTelemetry's standard variables for OTLP.
type Environment struct {
	Traces, Logs Endpoint
	// Given reports whether a variable sets an endpoint. If not, the endpoints are the
	// standard ones on this machine.
	Given bool
}

const (
	defaultEndpoint = "http://localhost:4318"
	defaultTimeout  = 10 * time.Second
)

// FromEnvironment reads OTEL_EXPORTER_OTLP_ENDPOINT, _HEADERS, _COMPRESSION, _PROTOCOL,
// _TIMEOUT, _CERTIFICATE, _CLIENT_KEY and _CLIENT_CERTIFICATE. The forms for one
// signal, such as OTEL_EXPORTER_OTLP_TRACES_ENDPOINT, take precedence. An empty
// variable counts as not set. Requests are compressed unless a variable says "none".
//
// The first bad value is an error that names its variable. It does not quote headers,
// because they hold keys.
func FromEnvironment(getenv func(string) string) (Environment, error) {
	var e Environment
	var err error
	if e.Traces, err = endpointFrom(getenv, "traces"); err != nil {
		return Environment{}, err
	}
	if e.Logs, err = endpointFrom(getenv, "logs"); err != nil {
		return Environment{}, err
	}
	for _, signal := range []string{"", "TRACES_", "LOGS_"} {
		e.Given = e.Given || getenv(variables+signal+"ENDPOINT") != ""
	}
	return e, nil
}

const variables = "OTEL_EXPORTER_OTLP_"

func endpointFrom(getenv func(string) string, signal string) (e Endpoint, err error) {
	// lookup returns the variable that takes precedence, and its value.
	lookup := func(suffix string) (name, value string) {
		own := variables + strings.ToUpper(signal) + "_" + suffix
		if value := strings.TrimSpace(getenv(own)); value != "" {
			return own, value
		}
		return variables + suffix, strings.TrimSpace(getenv(variables + suffix))
	}
	readers := []struct {
		suffix string
		read   func(e *Endpoint, value string) error
	}{
		{"HEADERS", readHeaders},
		{"COMPRESSION", readCompression},
		{"PROTOCOL", readProtocol},
		{"TIMEOUT", readTimeout},
	}
	e = Endpoint{Gzip: true, Timeout: defaultTimeout}
	for _, r := range readers {
		if name, value := lookup(r.suffix); value != "" {
			if err := r.read(&e, value); err != nil {
				return Endpoint{}, fmt.Errorf("%s %w", name, err)
			}
		}
	}
	name, value := lookup("ENDPOINT")
	switch {
	case value == "":
		e.URL, e.Socket, err = SignalURL(defaultEndpoint, signal)
	case name == variables+"ENDPOINT":
		e.URL, e.Socket, err = SignalURL(value, signal)
	default:
		e.URL, e.Socket, err = exactURL(value, signal)
	}
	if err != nil {
		return Endpoint{}, fmt.Errorf("%s %w", name, err)
	}
	_, e.Certificate = lookup("CERTIFICATE")
	keyName, key := lookup("CLIENT_KEY")
	certName, cert := lookup("CLIENT_CERTIFICATE")
	if (key == "") != (cert == "") {
		return Endpoint{}, fmt.Errorf("%s and %s belong together; set both or none", keyName, certName)
	}
	e.ClientKey, e.ClientCertificate = key, cert
	return e, nil
}

// SignalURL returns the URL of a signal, "traces" or "logs", for the endpoint of all
// signals: the endpoint's path and /v1/traces or /v1/logs. unix:///path/to/socket names
// a socket, whose path is returned too.
func SignalURL(endpoint, signal string) (address, socket string, err error) {
	u, err := parseEndpoint(endpoint)
	if err != nil {
		return "", "", err
	}
	if u.Scheme == "unix" {
		return "http://localhost/v1/" + signal, u.Path, nil
	}
	return u.JoinPath("v1", signal).String(), "", nil
}

// exactURL returns the URL of a signal with an endpoint of its own. Nothing is added to
// the path.
func exactURL(endpoint, signal string) (address, socket string, err error) {
	u, err := parseEndpoint(endpoint)
	if err != nil {
		return "", "", err
	}
	if u.Scheme == "unix" { // the path is that of the socket
		return "http://localhost/v1/" + signal, u.Path, nil
	}
	if u.Path == "" {
		u.Path = "/"
	}
	return u.String(), "", nil
}

func parseEndpoint(endpoint string) (*url.URL, error) {
	u, err := url.Parse(endpoint)
	if err != nil {
		return nil, fmt.Errorf("is no URL; it looks like http://localhost:4318")
	}
	switch {
	case (u.Scheme == "http" || u.Scheme == "https") && u.Host != "":
		return u, nil
	case u.Scheme == "unix" && u.Host == "" && strings.HasPrefix(u.Path, "/") && len(u.Path) > 1:
		return u, nil
	case u.Scheme == "unix":
		return nil, fmt.Errorf("is %q; a socket looks like unix:///run/otlp.sock, with three slashes", u.Redacted())
	}
	return nil, fmt.Errorf("is %q; it must begin with http://, https:// or unix:///", u.Redacted())
}

// readHeaders reads "key=value,key=value" with percent-encoded values.
func readHeaders(e *Endpoint, value string) error {
	e.Headers = map[string]string{}
	for i, pair := range strings.Split(value, ",") {
		if pair = strings.TrimSpace(pair); pair == "" {
			continue
		}
		key, text, ok := strings.Cut(pair, "=")
		key = strings.TrimSpace(key)
		if !ok || !isToken(key) {
			return fmt.Errorf("has no header's name and = at entry %d; it looks like key=value,key=value", i+1)
		}
		text, err := url.PathUnescape(strings.TrimSpace(text))
		if err != nil || strings.ContainsFunc(text, isControl) {
			return fmt.Errorf("has a bad value for header %q: %% begins two hex digits, and control characters cannot be sent", key)
		}
		e.Headers[key] = text
	}
	return nil
}

// isToken reports whether key is valid as the name of a header.
func isToken(key string) bool {
	return key != "" && !strings.ContainsFunc(key, func(r rune) bool {
		return r <= ' ' || r >= 0x7f || strings.ContainsRune(`"(),/:;<=>?@[\]{}`, r)
	})
}

func isControl(r rune) bool { return r < ' ' && r != '\t' || r == 0x7f }

func readCompression(e *Endpoint, value string) error {
	switch value {
	case "gzip", "none":
		e.Gzip = value == "gzip"
		return nil
	}
	return fmt.Errorf("is %q; set it to gzip or none", value)
}

func readProtocol(e *Endpoint, value string) error {
	switch value {
	case "http/protobuf", "http/json":
		e.JSON = value == "http/json"
		return nil
	case "grpc":
		return fmt.Errorf("is grpc, which is not spoken here; set it to http/protobuf, and the endpoint to the port for HTTP, usually 4318")
	}
	return fmt.Errorf("is %q; set it to http/protobuf or http/json", value)
}

func readTimeout(e *Endpoint, value string) error {
	ms, err := strconv.ParseInt(value, 10, 64)
	if err != nil || ms < 0 || ms > int64(time.Duration(1<<63-1)/time.Millisecond) {
		return fmt.Errorf("is %q; set it to a number of milliseconds, such as 10000", value)
	}
	e.Timeout = time.Duration(ms) * time.Millisecond
	return nil
}
