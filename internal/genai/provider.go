package genai

import (
	"log/slog"
	"net/url"
	"strings"
)

// A provider is a service that people call: the facts by which its calls are known.
// Each has a file, which also holds the protocols that nobody else has.
type provider struct {
	name     string   // OpenTelemetry's gen_ai.provider.name, if it has one; empty: that of the protocol's inventor
	hosts    []string // domains and all below them; * stands for anything; ":80" is a port
	paths    []path   // of its own
	anywhere []path   // that others have, too: they are looked for at every host

	reasoningApart  bool // the output of its usage leaves reasoning out
	reasoningWithin bool // it does not, however much reasoning there is
}

// A path is how the path of a call ends. {model} stands for the model. An empty end is
// that of an address without a path.
type path struct {
	end      string
	protocol *protocol
}

// providers are all that are known.
var providers []*provider

// provide makes a provider known.
func provide(p provider) *provider {
	providers = append(providers, &p)
	return &p
}

// Recognise returns a call of the service at u, as far as the address tells, or
// nil if it tells of none. The request's body has the last word.
func Recognise(u *url.URL) *Call {
	at := strings.TrimRight(u.Path, "/")
	host := providerAt(u)
	of, found, model := host, path{}, ""
	if host != nil {
		found, model = longest(at, host.paths)
	}
	if found.protocol == nil {
		of, found, model = anybody(at)
	}
	if found.protocol == nil && host == nil {
		return nil
	}
	c := &Call{host: host, Provider: nameOf(host, of), Asked: model, address: u.Host, path: at, named: model}
	if found.protocol == nil {
		c.other()
		return c
	}
	c.Stream = strings.Contains(strings.ToLower(found.end), "stream")
	c.speak(found.protocol)
	if model == "" {
		c.Asked = deployment(at)
	}
	if c.Asked == "" && strings.Contains(u.RawQuery, "model=") {
		c.Asked = u.Query().Get("model") // at Deepgram
	}
	return c
}

// anybody looks for a path that is not of one provider alone. The longest end of
// all is meant.
func anybody(at string) (of *provider, found path, model string) {
	for _, p := range providers {
		if f, m := longest(at, p.anywhere); len(f.end) > len(found.end) {
			of, found, model = p, f, m
		}
	}
	return of, found, model
}

// nameOf returns the name of who has the host, or else of who invented the path. A
// gateway without a name speaks as OpenAI does.
func nameOf(host, of *provider) string {
	for _, p := range []*provider{host, of} {
		if p != nil && p.name != "" {
			return p.name
		}
	}
	return "openai"
}

// longest returns the longest end that a path has, and the model that it names.
func longest(at string, ends []path) (found path, model string) {
	for _, end := range ends {
		if m, ok := end.match(at); ok && (found.protocol == nil || len(end.end) > len(found.end)) {
			found, model = end, m
		}
	}
	return found, model
}

func (p path) match(at string) (model string, ok bool) {
	before, after, named := strings.Cut(p.end, "{model}")
	switch {
	case p.end == "":
		return "", at == ""
	case !named:
		return "", strings.HasSuffix(at, p.end)
	}
	at, ok = strings.CutSuffix(at, after)
	i := strings.LastIndex(at, before)
	if !ok || i < 0 {
		return "", false
	}
	model = at[i+len(before):]
	return model, model != ""
}

// providerAt returns whose service is at u, or nil.
func providerAt(u *url.URL) *provider {
	host, port := strings.ToLower(u.Hostname()), u.Port()
	for _, p := range providers {
		for _, h := range p.hosts {
			if belongs(host, h) || port != "" && h == ":"+port {
				return p
			}
		}
	}
	return nil
}

// belongs reports whether a host is of a domain. Google has its regions before a
// hyphen.
func belongs(host, domain string) bool {
	if before, after, wild := strings.Cut(domain, "*"); wild {
		return strings.HasPrefix(host, before) && strings.HasSuffix(host, after) && len(host) > len(before)+len(after)
	}
	prefix, ok := strings.CutSuffix(host, domain)
	return ok && (prefix == "" || strings.HasSuffix(prefix, ".") || strings.HasSuffix(prefix, "-"))
}

// deployment is what Azure's paths have in place of a model.
func deployment(at string) string {
	_, rest, _ := strings.Cut(at, "/openai/deployments/")
	name, _, _ := strings.Cut(rest, "/")
	return name
}

// Other lets the call be one of which nothing is known but whose service it is. It
// reports whether that is known.
func (c *Call) Other() bool {
	if c.host == nil {
		return false
	}
	c.other()
	return true
}

func (c *Call) other() {
	c.speak(anything)
	c.attr(slog.String("http.request.method", "POST"))
	c.attr(slog.String("url.path", c.path))
}
