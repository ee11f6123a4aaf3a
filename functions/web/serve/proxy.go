package serve

import (
	"fmt"
	"net"
	"net/http"
	"net/netip"
	"net/url"
	"strings"
)

// Proxies are the addresses of those whose word on a request counts: for whom,
// to which host and by which scheme they pass it on. None is the zero value.
type Proxies []netip.Prefix

// ParseProxies reads addresses (192.0.2.1) and ranges of them (10.0.0.0/8, fd00::/8).
func ParseProxies(addresses []string) (Proxies, error) {
	var p Proxies
	for _, s := range addresses {
		prefix, err := netip.ParsePrefix(s)
		if a, single := netip.ParseAddr(s); single == nil && a.Zone() == "" {
			prefix, err = netip.PrefixFrom(a.Unmap(), a.Unmap().BitLen()), nil
		}
		if err != nil {
			return nil, fmt.Errorf("%q is no address like 127.0.0.1 and no range like 10.0.0.0/8", s)
		}
		p = append(p, prefix.Masked())
	}
	return p, nil
}

func (p Proxies) has(a netip.Addr) bool {
	for _, prefix := range p {
		if prefix.Contains(a) {
			return true
		}
	}
	return false
}

// Behind returns h for requests that may come through proxies. From one of p, the
// request is that of the last address in X-Forwarded-For that is none of p, with the
// last host of X-Forwarded-Host and the last scheme of X-Forwarded-Proto; what those
// before them wrote, anybody could have. From any other, the three say nothing.
//
// H sees of all that only X-Forwarded-Proto, with what is true. It is on every request
// that was passed on, whoever says so, since such a request is nobody's of this machine.
func (p Proxies) Behind(h http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if !forwarded(r) {
			h.ServeHTTP(w, r)
			return
		}
		r = r.Clone(r.Context())
		scheme := "http"
		if r.TLS != nil {
			scheme = "https"
		}
		if peer, err := netip.ParseAddrPort(r.RemoteAddr); err == nil && p.has(peer.Addr().Unmap()) {
			if s := last(r, "X-Forwarded-Proto"); s == "https" || s == "http" {
				scheme = s
			}
			if host := last(r, "X-Forwarded-Host"); isHost(host) {
				r.Host = host
			}
			if client := p.client(r); client.IsValid() {
				r.RemoteAddr = net.JoinHostPort(client.String(), "0") // the port is not told
			}
		}
		for name := range r.Header {
			if isForwarding(name) {
				delete(r.Header, name)
			}
		}
		r.Header.Set("X-Forwarded-Proto", scheme)
		h.ServeHTTP(w, r)
	})
}

// client returns whom r is passed on for: the last address that is no proxy's, or
// that which the first proxy names. It is not valid if the proxies name none.
func (p Proxies) client(r *http.Request) (client netip.Addr) {
	hops := strings.Split(strings.Join(r.Header.Values("X-Forwarded-For"), ","), ",")
	for i := len(hops) - 1; i >= 0; i-- {
		hop := strings.TrimSpace(hops[i])
		a, err := netip.ParseAddr(strings.Trim(hop, "[]"))
		if withPort, e := netip.ParseAddrPort(hop); e == nil {
			a, err = withPort.Addr(), nil
		}
		if err != nil {
			return client
		}
		if client = a.Unmap(); !p.has(client) {
			return client
		}
	}
	return client
}

// last returns the last value of a header that lists some.
func last(r *http.Request, name string) string {
	all := strings.Join(r.Header.Values(name), ",")
	return strings.TrimSpace(all[strings.LastIndexByte(all, ',')+1:])
}

// isHost tells whether s may stand as the host of an address.
func isHost(s string) bool {
	u, err := url.Parse("http://" + s)
	return err == nil && s != "" && u.Host == s && u.Hostname() != "" && !strings.ContainsAny(s, `"'<>\`)
}

// forwarded tells whether r says that it comes through a proxy.
func forwarded(r *http.Request) bool {
	for name := range r.Header {
		if isForwarding(name) {
			return true
		}
	}
	return false
}

func isForwarding(name string) bool {
	return name == "Forwarded" || name == "X-Real-Ip" || strings.HasPrefix(name, "X-Forwarded-")
}

// HTTPS tells whether the one who asks does so by HTTPS, as far as this machine or
// the proxies in front of it, the first of which counts, can tell.
func HTTPS(r *http.Request) bool {
	first, _, _ := strings.Cut(r.Header.Get("X-Forwarded-Proto"), ",")
	return r.TLS != nil || strings.EqualFold(strings.TrimSpace(first), "https")
}
