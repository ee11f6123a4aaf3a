package engine

import (
	"slices"
	"testing"

	"akin/recommend/store"
)

// LegacyAddress is where older versions of akin kept an address.
func LegacyAddress(site, address string) store.Key { return aliasKey(normalAddress(site, address)) }

// FormerAddress is where versions of akin after those kept an address.
func FormerAddress(address string) store.Key { return aliasKey(formerPage(address)) }

// ExactAddress is where an address of which a site may say that it is another
// page's has a row of its own.
func ExactAddress(address string) store.Key { return aliasKey(exactPage(address)) }

func TestPageOf(t *testing.T) {
	for _, tt := range []struct{ name, address, want string }{
		{"absolute", "https://example.org/works/rents", "//example.org/works/rents"},
		{"scheme, www, case of the host", "http://WWW.EXAMPLE.ORG/works/rents", "//example.org/works/rents"},
		{"default ports", "https://example.org:443/a", "//example.org/a"},
		{"default port of http", "http://example.org:80/a", "//example.org/a"},
		{"another port", "http://example.org:8080/a", "//example.org:8080/a"},
		{"dot behind the host", "https://example.org./a", "//example.org/a"},
		{"host in letters", "https://münchen.example/a", "//xn--mnchen-3ya.example/a"},
		{"host in ASCII", "https://xn--mnchen-3ya.example/a", "//xn--mnchen-3ya.example/a"},
		{"relative", "/works/rents", "/works/rents"},
		{"slashes at the end", "/works/rents//", "/works/rents"},
		{"fragment", "/works/rents#notes", "/works/rents"},
		{"parameters that track", "/a?UTM_source=x&fbclid=1&gclid=2&mc_cid=3&mc_eid=4&msclkid=5", "/a"},
		{"other parameters stay, in order", "/works?id=3&a=1&utm_medium=y", "/works?a=1&id=3"},
		{"escaped letters", "/caf%C3%A9", "/café"},
		{"case of the path matters", "/Works/Rents", "/Works/Rents"},
		{"the home page", "https://example.org", "//example.org"},
		{"the home page with a slash", "https://example.org/", "//example.org"},
		{"spaces around", "  https://example.org/rents ", "//example.org/rents"},
		{"a former id", "node-17", "node-17"},
		{"file of a folder", "https://example.org/works/index.html", "//example.org/works"},
		{"file of the root", "https://example.org/index.php?p=3", "//example.org?p=3"},
		{"file of a folder, in capitals", "/Works/Default.aspx", "/Works"},
		{"a work called index", "/works/index", "/works/index"},
		{"slashes and dots that lead nowhere", "https://example.org//works/./x/../rents", "//example.org/works/rents"},
		{"letters in parts", "/cafe%CC%81", "/café"},
		{"no scheme", "example.org/works/rents", "//example.org/works/rents"},
		{"no scheme, www", "www.example.org/", "//example.org"},
		{"a session", "/works?PHPSESSID=1&id=2", "/works?id=2"},
		{"another form of the page", "/works/rents?amp=1&srsltid=AfmB", "/works/rents"},
		{"no address", "https://[broken", "https://[broken"},
	} {
		if got := pageOf(tt.address); got != tt.want {
			t.Errorf("%s: pageOf(%q) = %q, want %q", tt.name, tt.address, got, tt.want)
		}
	}
}

// What the forms of older versions were does not change: their stores keep
// addresses under them.
func TestFormerPage(t *testing.T) {
	for address, want := range map[string]string{
		"https://www.example.org/works//index.html?amp=1&utm_source=x": "//example.org/works//index.html?amp=1",
		"/cafe%CC%81/":            "/cafe\u0301",
		"example.org/works/rents": "example.org/works/rents",
	} {
		if got := formerPage(address); got != want {
			t.Errorf("formerPage(%q) = %q, want %q", address, got, want)
		}
	}
}

func TestHolders(t *testing.T) {
	for _, ids := range [][]string{{"a"}, {"a", "b"}, {"x.y~z", "1", "-"}} {
		if got := unpackHolders(packHolders(ids)); !slices.Equal(got, ids) {
			t.Errorf("holders %q come back as %q", ids, got)
		}
	}
	if got := unpackHolders([]byte("rents")); !slices.Equal(got, []string{"rents"}) { // as older versions wrote it
		t.Errorf("holders %q", got)
	}
}
