package serve

import (
	"bufio"
	"crypto/hmac"
	"crypto/rand"
	"crypto/sha256"
	"crypto/subtle"
	"encoding/base64"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/http"
	"net/netip"
	"net/url"
	"strconv"
	"strings"
	"time"
)

// Roles is a set of roles: what a request may do beyond public reads.
type Roles uint8

const (
	RoleReader   Roles = 1 << iota // public reads, as anybody
	RoleEditor                     // curation, topics, drafts, coverage, rebuilds
	RolePipeline                   // items, topics, events of publishing, rebuilds
	AllRoles     = RoleReader | RoleEditor | RolePipeline
)

// Public is what a route takes that anybody may call, from any origin.
const Public Roles = 0

// String returns the roles as a token file spells them.
func (r Roles) String() string {
	var names []string
	for _, n := range roleNames {
		if r&n.role != 0 {
			names = append(names, n.name)
		}
	}
	return strings.Join(names, ",")
}

var roleNames = [...]struct {
	name string
	role Roles
}{{"reader", RoleReader}, {"editor", RoleEditor}, {"pipeline", RolePipeline}}

// ParseRoles reads role names, separated by commas.
func ParseRoles(s string) (Roles, error) {
	var all Roles
next:
	for name := range strings.SplitSeq(s, ",") {
		for _, n := range roleNames {
			if n.name == name {
				all |= n.role
				continue next
			}
		}
		return 0, fmt.Errorf("role %q is none of reader, editor, pipeline", name)
	}
	return all, nil
}

// Tokens are secrets that give roles. Only hashes of the secrets are kept. The
// zero value and nil hold none. Tokens are not changed once they are in use.
type Tokens struct {
	list []token
}

type token struct {
	name  string
	roles Roles
	hash  [sha256.Size]byte // of the secret
}

// ParseTokens reads a token file: a line for each token, empty lines and lines
// that start with # left out, in the form
//
//	NAME ROLE[,ROLE...] sha256:HEX
//
// where NAME is 1 to 64 letters, digits, dots, hyphens and underscores that
// occur once in the file, and HEX the SHA-256 hash of the secret. [NewToken]
// makes a line. Errors name the line.
func ParseTokens(r io.Reader) (*Tokens, error) {
	t := &Tokens{}
	sc := bufio.NewScanner(r)
	for n := 1; sc.Scan(); n++ {
		line := strings.TrimSpace(sc.Text())
		if line == "" || line[0] == '#' {
			continue
		}
		tok, err := parseToken(line)
		if err == nil {
			err = t.add(tok)
		}
		if err != nil {
			return nil, fmt.Errorf("tokens: line %d: %w", n, err)
		}
	}
	if err := sc.Err(); err != nil {
		return nil, fmt.Errorf("tokens: %w", err)
	}
	return t, nil
}

func parseToken(line string) (token, error) {
	f := strings.Fields(line)
	if len(f) != 3 {
		return token{}, fmt.Errorf("has %d words, want NAME ROLES sha256:HEX", len(f))
	}
	roles, err := ParseRoles(f[1])
	if err != nil {
		return token{}, err
	}
	t := token{name: f[0], roles: roles}
	digits, ok := strings.CutPrefix(f[2], "sha256:")
	if n, err := hex.Decode(t.hash[:], []byte(digits[:min(len(digits), 2*sha256.Size)])); !ok || err != nil || n != sha256.Size || len(digits) != 2*n {
		return token{}, errors.New("hash is not sha256: and 64 hexadecimal digits") // which it does not repeat: it may be a secret
	}
	return t, nil
}

func (t *Tokens) add(tok token) error {
	if tok.name == "" || len(tok.name) > 64 || strings.Trim(tok.name, nameBytes) != "" {
		return fmt.Errorf("name %q is not 1 to 64 letters, digits, dots, hyphens and underscores", tok.name)
	}
	for _, have := range t.list {
		if have.name == tok.name {
			return fmt.Errorf("name %q is given twice", tok.name)
		}
	}
	t.list = append(t.list, tok)
	return nil
}

const nameBytes = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789._-"

// Add adds a token of a secret that is known, as AKIN_TOKEN is.
func (t *Tokens) Add(name, secret string, roles Roles) error {
	if secret == "" {
		return fmt.Errorf("token %q is empty", name)
	}
	return t.add(token{name, roles, sha256.Sum256([]byte(secret))})
}

// NewToken makes a secret of 256 random bits and the line of a token file that
// accepts it.
func NewToken(name string, roles Roles) (secret, line string, err error) {
	var b [32]byte
	_, _ = rand.Read(b[:]) // never fails
	secret = "akin_" + base64.RawURLEncoding.EncodeToString(b[:])
	if err := new(Tokens).Add(name, secret, roles); err != nil {
		return "", "", err
	}
	if roles == 0 {
		return "", "", fmt.Errorf("token %q has no role", name)
	}
	hash := sha256.Sum256([]byte(secret))
	return secret, fmt.Sprintf("%s %s sha256:%x", name, roles, hash), nil
}

func (t *Tokens) Empty() bool { return t == nil || len(t.list) == 0 }

// find returns the token of a secret. Its time tells nothing about how much of
// a wrong secret is right.
func (t *Tokens) find(secret string) (token, bool) {
	hash := sha256.Sum256([]byte(secret))
	found := -1
	for i := range t.list {
		if subtle.ConstantTimeCompare(hash[:], t.list[i].hash[:]) == 1 {
			found = i
		}
	}
	if found < 0 {
		return token{}, false
	}
	return t.list[found], true
}

func (t *Tokens) named(name string) (token, bool) {
	for _, have := range t.list {
		if have.name == name {
			return have, true
		}
	}
	return token{}, false
}

// auth tells who made a request.
type auth struct {
	Tokens    *Tokens
	authorize func(*http.Request) (string, Roles)
	key       []byte
	secure    bool // cookies over HTTPS only
	now       func() time.Time
}

// New returns what the requests of one handler pass. A nil c.SessionKey is
// replaced by a random one.
func New(c Config) *Front {
	a := &auth{Tokens: c.Tokens, authorize: c.Authorize, key: c.SessionKey, secure: c.HTTPS, now: c.Now}
	if a.now == nil {
		a.now = time.Now
	}
	if len(a.key) == 0 {
		a.key = make([]byte, 32)
		_, _ = rand.Read(a.key) // never fails
	}
	f := &Front{auth: a, Changed: c.Changed, Now: a.now, Logger: c.Logger}
	if f.Logger == nil {
		f.Logger = slog.Default()
	}
	return f
}

// An Identity is who made a request and what they may do.
type Identity struct {
	Name   string
	Roles  Roles
	Cookie string // that of a page's session, which needs a CSRF token to write; empty: none
}

// open tells whether this machine's own requests are trusted, since nobody
// gave a way to tell others apart.
func (a *auth) open() bool { return a.Tokens.Empty() && a.authorize == nil }

// Identify returns who made r. Credentials that are wrong are a 401 even where
// none are needed; no credentials are an identity without roles.
func (a *auth) Identify(r *http.Request) (Identity, error) {
	if a.open() {
		if isLocal(r) {
			return Identity{Name: "local", Roles: AllRoles}, nil
		}
		return Identity{}, nil
	}
	if a.authorize != nil {
		if name, roles := a.authorize(r); roles != 0 {
			return Identity{Name: name, Roles: roles}, nil
		}
	}
	if a.Tokens.Empty() {
		return Identity{}, nil
	}
	if h := r.Header.Get("Authorization"); h != "" {
		scheme, secret, _ := strings.Cut(h, " ")
		if t, ok := a.Tokens.find(strings.TrimSpace(secret)); ok && strings.EqualFold(scheme, "Bearer") {
			return Identity{Name: t.name, Roles: t.roles}, nil
		}
		return Identity{}, NewProblem(http.StatusUnauthorized, "the token is not known here")
	}
	if c, err := r.Cookie(a.cookieName(r)); err == nil {
		if t, ok := a.session(c.Value); ok {
			return Identity{Name: t.name, Roles: t.roles, Cookie: c.Value}, nil
		}
	}
	return Identity{}, nil
}

// Require returns who made r if they hold any of the wanted roles.
func (a *auth) Require(r *http.Request, wanted Roles) (Identity, error) {
	who, err := a.Identify(r)
	switch {
	case err != nil:
		return who, err
	case who.Roles&wanted == 0 && a.open():
		return who, NewProblem(http.StatusForbidden, "without tokens this is for requests of this machine only; start the server with AKIN_TOKEN or --tokens")
	case who.Roles == 0:
		return who, NewProblem(http.StatusUnauthorized, "a token is needed: Authorization: Bearer TOKEN")
	case who.Roles&wanted == 0:
		return who, NewProblem(http.StatusForbidden, fmt.Sprintf("%s may not do this; it takes one of the roles %s", who.Name, wanted))
	}
	if r.Method != http.MethodGet && r.Method != http.MethodHead && !a.checkCSRF(who, r.Header.Get("X-CSRF-Token")) {
		return who, errCSRF
	}
	return who, nil
}

var errCSRF = NewProblem(http.StatusForbidden, "the form is too old; load the page again and repeat")

// isLocal tells whether r was made on this machine by something that is no
// other site's page: from a loopback address, to a loopback name (so no DNS
// rebinding), not through a proxy, and without an Origin but its own.
func isLocal(r *http.Request) bool {
	peer, err := netip.ParseAddrPort(r.RemoteAddr)
	if err != nil || !peer.Addr().Unmap().IsLoopback() || !isLoopbackHost(r.Host) || forwarded(r) {
		return false
	}
	switch r.Header.Get("Sec-Fetch-Site") {
	case "", "same-origin", "none":
	default:
		return false
	}
	return ownOrigin(r)
}

// ownOrigin tells whether r has no Origin, or that of the address it went to.
func ownOrigin(r *http.Request) bool {
	values := r.Header["Origin"]
	if len(values) == 0 {
		return true
	}
	scheme := "http"
	if HTTPS(r) {
		scheme = "https"
	}
	return len(values) == 1 && strings.EqualFold(values[0], scheme+"://"+r.Host)
}

func isLoopbackHost(host string) bool {
	name := host
	if h, _, err := net.SplitHostPort(host); err == nil {
		name = h
	}
	if strings.EqualFold(name, "localhost") {
		return true
	}
	ip, err := netip.ParseAddr(strings.Trim(name, "[]"))
	return err == nil && ip.Unmap().IsLoopback()
}

const sessionTime = 12 * time.Hour

// overHTTPS tells whether the maker of r sees an https address: the public one
// is, or r came by TLS to this program or to the proxy in front of it, which says so.
func (a *auth) overHTTPS(r *http.Request) bool {
	return a.secure || HTTPS(r)
}

// cookieName returns the name of a session's cookie. Over HTTPS it is one that
// browsers take from this very host only, not from a neighbour in its domain.
func (a *auth) cookieName(r *http.Request) string {
	if a.overHTTPS(r) {
		return "__Host-akin_session"
	}
	return "akin_session"
}

// SignIn starts a session for the owner of secret. It returns false for a
// secret that is not known.
func (a *auth) SignIn(w http.ResponseWriter, r *http.Request, secret string) bool {
	if a.Tokens.Empty() {
		return false
	}
	t, ok := a.Tokens.find(secret)
	if !ok {
		return false
	}
	until := strconv.FormatInt(a.now().Add(sessionTime).Unix(), 10)
	a.setCookie(w, r, t.name+"|"+until+"|"+a.seal("session", t.name, until, string(t.hash[:])), int(sessionTime/time.Second))
	return true
}

// SignOut ends the session in this browser.
func (a *auth) SignOut(w http.ResponseWriter, r *http.Request) { a.setCookie(w, r, "", -1) }

func (a *auth) setCookie(w http.ResponseWriter, r *http.Request, value string, age int) {
	http.SetCookie(w, &http.Cookie{
		Name: a.cookieName(r), Value: value, Path: "/", MaxAge: age,
		HttpOnly: true, SameSite: http.SameSiteStrictMode, Secure: a.overHTTPS(r),
	})
}

// session returns the token that a cookie was given for, if that is still
// known and the session not over.
func (a *auth) session(cookie string) (token, bool) {
	f := strings.Split(cookie, "|")
	if len(f) != 3 {
		return token{}, false
	}
	t, ok := a.Tokens.named(f[0])
	until, err := strconv.ParseInt(f[1], 10, 64)
	if !ok || err != nil || !hmac.Equal([]byte(f[2]), []byte(a.seal("session", f[0], f[1], string(t.hash[:])))) {
		return token{}, false
	}
	return t, a.now().Unix() < until
}

// CSRF returns what a form of who must send along as the field "csrf", or a
// script as X-CSRF-Token; empty where the request itself tells, by its Origin
// or a token that no browser adds of its own.
func (a *auth) CSRF(who Identity) string {
	if who.Cookie == "" {
		return ""
	}
	return a.seal("csrf", who.Cookie)
}

func (a *auth) checkCSRF(who Identity, got string) bool {
	return who.Cookie == "" || hmac.Equal([]byte(got), []byte(a.seal("csrf", who.Cookie)))
}

// OwnForm reads a form of at most limit bytes that a page of this site sent, and
// refuses those that other sites send.
func OwnForm(w http.ResponseWriter, r *http.Request, limit int64) error {
	if err := http.NewCrossOriginProtection().Check(r); err != nil {
		return err
	}
	r.Body = http.MaxBytesReader(w, r.Body, limit)
	if strings.HasPrefix(r.Header.Get("Content-Type"), "multipart/form-data") {
		return r.ParseMultipartForm(limit)
	}
	return r.ParseForm()
}

// RequireForm is require for a form that a page sent: its CSRF token is in the
// field "csrf". The caller has limited and parsed the form.
func (a *auth) RequireForm(r *http.Request, wanted Roles) (Identity, error) {
	if got := r.PostForm.Get("csrf"); got != "" && r.Header.Get("X-CSRF-Token") == "" {
		r.Header.Set("X-CSRF-Token", got)
	}
	return a.Require(r, wanted)
}

// seal returns a keyed hash of parts, none of which can be shifted into the
// next.
func (a *auth) seal(parts ...string) string {
	m := hmac.New(sha256.New, a.key)
	for _, p := range parts {
		_, _ = fmt.Fprintf(m, "%d:%s", len(p), p)
	}
	return base64.RawURLEncoding.EncodeToString(m.Sum(nil))
}

// SafeNext returns the address within the site that a sign-in leads to:
// next, if it is one, otherwise the start page.
func SafeNext(next string) string {
	u, err := url.Parse(next)
	if err != nil || u.IsAbs() || u.Host != "" || !strings.HasPrefix(next, "/") || strings.HasPrefix(next, "//") || strings.ContainsAny(next, "\\\r\n\t") {
		return "/"
	}
	return next
}
