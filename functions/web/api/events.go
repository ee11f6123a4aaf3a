package api

import (
	"context"
	"hash/maphash"
	"net"
	"net/http"
	"strings"
	"sync"
	"time"

	"github.com/danielgtaylor/huma/v2"

	"akin/functions/web/serve"
	"akin/recommend"
)

// A Counter counts what readers saw of related lists and what they followed. A
// [engine.Counter] is one.
type Counter interface {
	Count(ctx context.Context, b recommend.Beacon) error
}

// MaxBeacon bounds a beacon's JSON in bytes: fifty entries with long ids.
const MaxBeacon = 16 << 10

// asText is what browsers call the body of a beacon, so that they need not ask
// first whether it may be sent.
const asText = "text/plain"

// routeEvents registers the route of what widgets tell, from any origin. It is
// answered alike whether a beacon is counted or left out, since whoever sent it
// need not know.
func (s *routes) routeEvents(api *router) {
	seen := newRepeats()
	handle(s, api, huma.Operation{
		OperationID: "events", Method: http.MethodPost, Path: "/v1/events", Tags: []string{"state"},
		Summary:     "Report impressions and clicks of related lists, without cookies or identifiers",
		Description: "Counts are kept by day, tier and position. Robots, repeats within half a minute, unknown items and lists of old generations are not counted; the answer does not say so.",
		RequestBody: jsonBody[recommend.Beacon](api, asText, serve.AsJSON),
		Errors:      bodyErrors(http.StatusNotFound),
	}, serve.Public, func(ctx context.Context, _ *struct{}) (*done, error) {
		c := serve.CallOf(ctx)
		c.Quiet = true
		if s.Events == nil {
			return nil, serve.NewProblem(http.StatusNotFound, "events are not counted here")
		}
		b, err := c.Body(MaxBeacon, asText, serve.AsJSON)
		if err != nil {
			return nil, err
		}
		beacon, err := recommend.DecodeBeacon(b)
		if err != nil {
			return nil, err
		}
		if isRobot(c.Request.Header) || seen.before(c.Request, b, s.Now()) {
			return &done{}, nil
		}
		return &done{}, s.Events.Count(context.WithoutCancel(ctx), beacon)
	})
}

// robotMarks are what programs that no person looks at say of themselves, or of
// the browser that they drive, in User-Agent.
const robotMarks = "bot crawl spider slurp scrape headless phantomjs puppeteer playwright selenium webdriver " +
	"lighthouse pagespeed preview monitor validator archiver facebookexternalhit curl/ wget/ python " +
	"java/ okhttp go-http-client libwww node-fetch axios httpclient"

// isRobot tells whether a request says that it comes from no reader: a robot,
// or a browser that loads a page which nobody looks at yet. One that says
// nothing of itself is not a browser.
func isRobot(h http.Header) bool {
	for _, name := range []string{"Sec-Purpose", "Purpose", "X-Purpose", "X-Moz"} {
		if v := strings.ToLower(h.Get(name)); strings.Contains(v, "prefetch") || strings.Contains(v, "prerender") || strings.Contains(v, "preview") {
			return true
		}
	}
	agent := strings.ToLower(h.Get("User-Agent"))
	if agent == "" {
		return true
	}
	for mark := range strings.FieldsSeq(robotMarks) {
		if strings.Contains(agent, mark) {
			return true
		}
	}
	return false
}

const (
	repeatFor  = 30 * time.Second
	maxRepeats = 1 << 15 // remembered at a time, twice over
)

// A repeats remembers beacons for 30 to 60 seconds, less if there are more than
// 32,768 in that time, to know one that is sent again. It holds hashes only, under
// a key that is drawn when the process starts and that nobody is told.
type repeats struct {
	seed maphash.Seed

	mu     sync.Mutex
	now    map[uint64]struct{}
	old    map[uint64]struct{}
	turned time.Time // when now became so
}

func newRepeats() *repeats {
	return &repeats{seed: maphash.MakeSeed(), now: map[uint64]struct{}{}}
}

// before tells whether the same body came from the same browser, as far as one
// can tell them apart by address and headers, and remembers it.
func (p *repeats) before(r *http.Request, body []byte, at time.Time) bool {
	var h maphash.Hash
	h.SetSeed(p.seed)
	host, _, err := net.SplitHostPort(r.RemoteAddr)
	if err != nil {
		host = r.RemoteAddr
	}
	for _, s := range []string{host, r.Header.Get("X-Forwarded-For"), r.Header.Get("User-Agent"), r.Header.Get("Accept-Language")} {
		h.WriteString(s)
		h.WriteByte(0)
	}
	h.Write(body)
	sum := h.Sum64()
	p.mu.Lock()
	defer p.mu.Unlock()
	if age := at.Sub(p.turned); age >= repeatFor || len(p.now) >= maxRepeats {
		p.old = p.now
		if age >= 2*repeatFor {
			p.old = nil
		}
		p.now, p.turned = map[uint64]struct{}{}, at
	}
	_, now := p.now[sum]
	_, old := p.old[sum]
	p.now[sum] = struct{}{}
	return now || old
}
