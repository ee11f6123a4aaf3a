package source

import (
	"context"
	"fmt"
	"net"
	"net/http"
	"net/netip"
	"syscall"
	"time"
)

// A privateError says that an address is not one of the public internet.
type privateError struct{ addr netip.Addr }

func (e *privateError) Error() string {
	return fmt.Sprintf("%s is not a public address; sources on AWS are read from the public internet only", e.addr)
}

// closed are the networks that are not the public internet, beside those that
// package netip knows (RFC 6890 and what came after it).
var closed = func() []netip.Prefix {
	var all []netip.Prefix
	for _, s := range []string{
		"0.0.0.0/8", "100.64.0.0/10", "192.0.0.0/24", "192.0.2.0/24", "192.88.99.0/24", "198.18.0.0/15", "198.51.100.0/24", "203.0.113.0/24", "240.0.0.0/4",
		"::/96", "64:ff9b:1::/48", "100::/64", "2001::/23", "2001:db8::/32", "3fff::/20", "5f00::/16", "fec0::/10",
	} {
		all = append(all, netip.MustParsePrefix(s))
	}
	return all
}()

var (
	nat64   = netip.MustParsePrefix("64:ff9b::/96")
	sixToIV = netip.MustParsePrefix("2002::/16")
)

// public says whether an address is one of the public internet. An IPv6 address
// that stands for one of IPv4 is judged by that.
func public(a netip.Addr) bool {
	a = a.Unmap().WithZone("")
	if a.Is6() {
		b := a.As16()
		switch {
		case nat64.Contains(a):
			return public(netip.AddrFrom4([4]byte(b[12:16])))
		case sixToIV.Contains(a):
			return public(netip.AddrFrom4([4]byte(b[2:6])))
		}
	}
	if !a.IsGlobalUnicast() || a.IsPrivate() || a.IsLoopback() || a.IsLinkLocalUnicast() {
		return false
	}
	for _, p := range closed {
		if p.Contains(a) {
			return false
		}
	}
	return true
}

// control refuses a connection to what is not the public internet. It sees the
// address after the name was resolved, at each connection anew: neither a name
// that answers differently the second time nor a redirect comes past it.
func control(_ context.Context, _, address string, _ syscall.RawConn) error {
	at, err := netip.ParseAddrPort(address)
	if err != nil {
		return fmt.Errorf("%q is not an address", address)
	}
	if !public(at.Addr()) {
		return &privateError{at.Addr()}
	}
	if p := at.Port(); p != 80 && p != 443 && p < 1024 {
		return fmt.Errorf("port %d is not a web port", p)
	}
	return nil
}

// guarded returns a client that reaches the public internet only, not through a
// proxy.
func guarded() *http.Client {
	dialer := &net.Dialer{Timeout: 10 * time.Second, ControlContext: control}
	return &http.Client{
		Timeout: fetchTime,
		Transport: &http.Transport{
			DialContext: dialer.DialContext, ForceAttemptHTTP2: true, TLSHandshakeTimeout: 10 * time.Second,
			ResponseHeaderTimeout: 30 * time.Second, IdleConnTimeout: 30 * time.Second, MaxIdleConns: 10, MaxResponseHeaderBytes: 1 << 20,
		},
	}
}
