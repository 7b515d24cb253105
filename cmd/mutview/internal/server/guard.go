package server

import (
	"crypto/sha256"
	"crypto/subtle"
	"net"
	"net/http"
	"net/url"
	"slices"
	"strings"
)

// guard rejects unauthorized requests. Prompts are private, and any page in a browser
// can reach a port on this machine:
//
//   - The Host header must be a loopback name, or a configured name. A page whose
//     name an attacker resolves to 127.0.0.1 (DNS rebinding) has another Host header.
//   - A request that a browser sends from another origin is rejected, whether it
//     reads or writes. Programs send neither Origin nor Sec-Fetch-Site.
//   - If a token is set, every request must have it.
func (v *Server) guard(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		h := w.Header()
		h.Set("X-Content-Type-Options", "nosniff")
		h.Set("Referrer-Policy", "no-referrer")
		h.Set("X-Frame-Options", "DENY")
		h.Set("Cross-Origin-Resource-Policy", "same-origin")
		h.Set("Cross-Origin-Opener-Policy", "same-origin")
		switch {
		case !v.knownHost(r.Host):
			fail(w, http.StatusMisdirectedRequest, "wrong_host", "this viewer does not answer to the host "+quote(r.Host)+"; name it with --host if it is yours")
		case !sameOrigin(r):
			fail(w, http.StatusForbidden, "cross_origin", "a web page of another origin may not use this viewer")
		case v.opts.Token != "" && !v.admitted(w, r):
			h.Set("WWW-Authenticate", "Bearer")
			fail(w, http.StatusUnauthorized, "unauthorized", "this viewer wants its token: the header x-api-key or Authorization: Bearer, or ?token= in the link that it printed")
		default:
			next.ServeHTTP(w, r)
		}
	})
}

func (v *Server) knownHost(host string) bool {
	name := host
	if h, _, err := net.SplitHostPort(host); err == nil {
		name = h
	}
	name = strings.Trim(name, "[]")
	if name == "localhost" || strings.HasSuffix(name, ".localhost") {
		return true
	}
	if ip := net.ParseIP(name); ip != nil && ip.IsLoopback() {
		return true
	}
	return slices.Contains(v.opts.Hosts, name) || slices.Contains(v.opts.Hosts, "*")
}

// sameOrigin accepts requests of programs, and requests of a browser from a page of
// this server. A link from another site to a page of this server is a navigation and is
// accepted.
func sameOrigin(r *http.Request) bool {
	switch r.Header.Get("Sec-Fetch-Site") {
	case "", "same-origin", "none":
	default:
		if r.Method != http.MethodGet || r.Header.Get("Sec-Fetch-Mode") != "navigate" || strings.HasPrefix(r.URL.Path, "/api/") {
			return false
		}
	}
	origin := r.Header.Get("Origin")
	if origin == "" {
		return true
	}
	u, err := url.Parse(origin)
	return err == nil && u.Host == r.Host && u.Host != ""
}

const cookie = "mutview_token"

// admitted checks the token. A token in a link is stored as a cookie, so that the
// page's own requests carry it.
func (v *Server) admitted(w http.ResponseWriter, r *http.Request) bool {
	bearer, _ := strings.CutPrefix(r.Header.Get("Authorization"), "Bearer ")
	if v.is(bearer) || v.is(r.Header.Get("X-Api-Key")) {
		return true
	}
	if c, err := r.Cookie(cookie); err == nil && v.is(c.Value) {
		return true
	}
	if r.Method == http.MethodGet && v.is(r.URL.Query().Get("token")) {
		http.SetCookie(w, &http.Cookie{Name: cookie, Value: v.opts.Token, Path: "/", HttpOnly: true, SameSite: http.SameSiteStrictMode})
		return true
	}
	return false
}

// is compares hashes, so that the time does not depend on the token.
func (v *Server) is(given string) bool {
	a, b := sha256.Sum256([]byte(given)), sha256.Sum256([]byte(v.opts.Token))
	return subtle.ConstantTimeCompare(a[:], b[:]) == 1
}

func quote(s string) string {
	if len(s) > 100 {
		s = s[:100] + "…"
	}
	return `"` + s + `"`
}
