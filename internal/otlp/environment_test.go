package otlp

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

// env returns a getenv for vars, whose names lack the common prefix.
func env(vars map[string]string) func(string) string {
	return func(name string) string {
		for short, value := range vars {
			if name == "OTEL_EXPORTER_OTLP_"+short {
				return value
			}
		}
		return ""
	}
}

func TestDefaultEnvironment(t *testing.T) {
	for name, vars := range map[string]map[string]string{
		"nothing set": nil,
		"set to nothing": {
			"ENDPOINT": "", "HEADERS": " ", "COMPRESSION": "", "PROTOCOL": "", "TIMEOUT": "", "TRACES_ENDPOINT": "", "CLIENT_KEY": "",
		},
	} {
		t.Run(name, func(t *testing.T) {
			e, err := FromEnvironment(env(vars))
			require.NoError(t, err)
			require.Equal(t, Environment{
				Traces: Endpoint{URL: "http://localhost:4318/v1/traces", Gzip: true, Timeout: 10 * time.Second},
				Logs:   Endpoint{URL: "http://localhost:4318/v1/logs", Gzip: true, Timeout: 10 * time.Second},
			}, e)
		})
	}
}

// TestEndpoints checks the specification's rules for paths.
func TestEndpoints(t *testing.T) {
	for _, c := range []struct {
		name                 string
		vars                 map[string]string
		traces, logs, socket string
	}{
		{"a base gets the path", map[string]string{"ENDPOINT": "http://c:4318"}, "http://c:4318/v1/traces", "http://c:4318/v1/logs", ""},
		{"also with a slash", map[string]string{"ENDPOINT": "http://c:4318/"}, "http://c:4318/v1/traces", "http://c:4318/v1/logs", ""},
		{"also below a path", map[string]string{"ENDPOINT": "https://c/otlp/"}, "https://c/otlp/v1/traces", "https://c/otlp/v1/logs", ""},
		{"a query stays", map[string]string{"ENDPOINT": "https://c/otlp?a=b"}, "https://c/otlp/v1/traces?a=b", "https://c/otlp/v1/logs?a=b", ""},
		{"a signal's own is taken as it is", map[string]string{"ENDPOINT": "http://c:4318", "TRACES_ENDPOINT": "http://t/insert/v1/traces/"}, "http://t/insert/v1/traces/", "http://c:4318/v1/logs", ""},
		{"and its root if it has no path", map[string]string{"TRACES_ENDPOINT": "http://t:4318"}, "http://t:4318/", "http://localhost:4318/v1/logs", ""},
		{"spaces around do not count", map[string]string{"ENDPOINT": " http://c:4318\n"}, "http://c:4318/v1/traces", "http://c:4318/v1/logs", ""},
		{"a socket", map[string]string{"ENDPOINT": "unix:///run/otlp.sock"}, "http://localhost/v1/traces", "http://localhost/v1/logs", "/run/otlp.sock"},
		{"a signal's socket", map[string]string{"TRACES_ENDPOINT": "unix:///run/otlp.sock"}, "http://localhost/v1/traces", "http://localhost:4318/v1/logs", "/run/otlp.sock"},
	} {
		t.Run(c.name, func(t *testing.T) {
			e, err := FromEnvironment(env(c.vars))
			require.NoError(t, err)
			require.True(t, e.Given)
			require.Equal(t, c.traces, e.Traces.URL)
			require.Equal(t, c.logs, e.Logs.URL)
			require.Equal(t, c.socket, e.Traces.Socket)
		})
	}
}

// TestSignalsGoFirst checks that a variable for one signal overrides the one for all,
// and does not affect the other signal.
func TestSignalsGoFirst(t *testing.T) {
	e, err := FromEnvironment(env(map[string]string{
		"HEADERS": "a=1,b=2", "COMPRESSION": "none", "PROTOCOL": "http/json", "TIMEOUT": "500",
		"CERTIFICATE": "ca.pem", "CLIENT_KEY": "key.pem", "CLIENT_CERTIFICATE": "cert.pem",
		"TRACES_HEADERS": "c=3", "TRACES_COMPRESSION": "gzip", "TRACES_PROTOCOL": "http/protobuf", "TRACES_TIMEOUT": "0",
		"LOGS_CERTIFICATE": "logs.pem", "LOGS_CLIENT_KEY": "logkey.pem",
	}))
	require.NoError(t, err)
	require.False(t, e.Given, "no endpoint was named")
	require.Equal(t, Endpoint{
		URL: "http://localhost:4318/v1/traces", Headers: map[string]string{"c": "3"}, Gzip: true,
		Certificate: "ca.pem", ClientKey: "key.pem", ClientCertificate: "cert.pem",
	}, e.Traces)
	require.Equal(t, Endpoint{
		URL: "http://localhost:4318/v1/logs", Headers: map[string]string{"a": "1", "b": "2"}, JSON: true, Timeout: 500 * time.Millisecond,
		Certificate: "logs.pem", ClientKey: "logkey.pem", ClientCertificate: "cert.pem",
	}, e.Logs)
}

func TestHeadersFromEnvironment(t *testing.T) {
	for text, want := range map[string]map[string]string{
		"x-key=abc":                            {"x-key": "abc"},
		" a = 1 , b=2,":                        {"a": "1", "b": "2"},
		"authorization=Basic%20dTpw==":         {"authorization": "Basic dTpw=="},
		"authorization=Bearer a b":             {"authorization": "Bearer a b"},
		"empty=":                               {"empty": ""},
		"comma=a%2Cb,x-mlflow-experiment-id=0": {"comma": "a,b", "x-mlflow-experiment-id": "0"},
	} {
		e, err := FromEnvironment(env(map[string]string{"HEADERS": text}))
		require.NoError(t, err, text)
		require.Equal(t, want, e.Traces.Headers, text)
	}
}

// TestBadVariables checks that an error names the variable and says what to do, and
// never quotes a key.
func TestBadVariables(t *testing.T) {
	for _, c := range []struct{ name, value, says string }{
		{"ENDPOINT", "localhost:4318", `is "localhost:4318"; it must begin with http://, https:// or unix:///`},
		{"ENDPOINT", "c", `is "c"; it must begin with`},
		{"ENDPOINT", "http://", `is "http:"; it must begin with`},
		{"ENDPOINT", "ftp://c/", `it must begin with`},
		{"ENDPOINT", "http://c:port", `is no URL`},
		{"ENDPOINT", "unix://run/otlp.sock", `with three slashes`},
		{"ENDPOINT", "unix:///", `with three slashes`},
		{"TRACES_ENDPOINT", "c:4318", `it must begin with`},
		{"LOGS_ENDPOINT", "c:4318", `it must begin with`},
		{"HEADERS", "secret", `has no header's name and = at entry 1`},
		{"HEADERS", "a=1,=secret", `at entry 2`},
		{"HEADERS", "a b=secret", `at entry 1`},
		{"HEADERS", "a=secret%zz", `has a bad value for header "a"`},
		{"LOGS_HEADERS", "a=secret%0d%0ax: y", `has a bad value for header "a"`},
		{"COMPRESSION", "zstd", `is "zstd"; set it to gzip or none`},
		{"PROTOCOL", "grpc", `is grpc, which is not spoken here; set it to http/protobuf`},
		{"TRACES_PROTOCOL", "http", `is "http"; set it to http/protobuf or http/json`},
		{"TIMEOUT", "10s", `is "10s"; set it to a number of milliseconds`},
		{"TIMEOUT", "-1", `is "-1"`},
		{"TIMEOUT", "9223372036854775807", `set it to a number of milliseconds`},
		{"CLIENT_KEY", "key.pem", `belong together`},
		{"TRACES_CLIENT_CERTIFICATE", "cert.pem", `belong together`},
	} {
		t.Run(c.name+"="+c.value, func(t *testing.T) {
			e, err := FromEnvironment(env(map[string]string{c.name: c.value}))
			require.ErrorContains(t, err, "OTEL_EXPORTER_OTLP_"+c.name)
			require.ErrorContains(t, err, c.says)
			require.NotContains(t, err.Error(), "secret")
			require.Zero(t, e)
		})
	}
}

// TestPasswordsAreNotTold checks that an error does not quote a password in an
// endpoint.
func TestPasswordsAreNotTold(t *testing.T) {
	_, err := FromEnvironment(env(map[string]string{"ENDPOINT": "htps://user:secret@c/"}))
	require.ErrorContains(t, err, "htps://user:xxxxx@c/")
	_, err = FromEnvironment(env(map[string]string{"ENDPOINT": "http://user:secret@c:port/"}))
	require.NotContains(t, err.Error(), "secret")
}

func FuzzFromEnvironment(f *testing.F) {
	f.Add("http://localhost:4318", "a=1,b=%20", "10000")
	f.Add("unix:///run/x", "=", "-")
	f.Fuzz(func(t *testing.T, endpoint, headers, timeout string) {
		e, err := FromEnvironment(env(map[string]string{"ENDPOINT": endpoint, "HEADERS": headers, "LOGS_TIMEOUT": timeout}))
		if err != nil {
			require.Contains(t, err.Error(), "OTEL_EXPORTER_OTLP_")
			return
		}
		require.NotEmpty(t, e.Traces.URL)
		require.GreaterOrEqual(t, e.Logs.Timeout, time.Duration(0))
	})
}
