package api

import (
	"fmt"
	"net/http/httptest"
	"testing"
	"time"
)

// The same beacon from the same browser counts once within half a minute; from
// another browser, or later, it counts again. What is remembered is bounded.
func TestRepeatedEvents(t *testing.T) {
	p := newRepeats()
	at := time.Unix(1000, 0)
	before := func(body, addr string, headers ...string) bool {
		r := httptest.NewRequest("POST", "/v1/events", nil)
		for i := 0; i+1 < len(headers); i += 2 {
			r.Header.Add(headers[i], headers[i+1])
		}
		r.RemoteAddr = addr
		return p.before(r, []byte(body), at)
	}
	for _, step := range []struct {
		name, body, addr, agent string
		after                   time.Duration
		want                    bool
	}{
		{"first", "a", "192.0.2.1:1", "x", 0, false},
		{"again", "a", "192.0.2.1:2", "x", 29 * time.Second, true},
		{"another body", "b", "192.0.2.1:1", "x", 0, false},
		{"another address", "a", "192.0.2.2:1", "x", 0, false},
		{"another browser", "a", "192.0.2.1:1", "y", 0, false},
		{"again after half a minute, which it was sent in", "a", "192.0.2.1:1", "x", 2 * time.Second, true},
		{"a minute after", "a", "192.0.2.1:1", "x", 61 * time.Second, false},
	} {
		at = at.Add(step.after)
		if got := before(step.body, step.addr, "User-Agent", step.agent); got != step.want {
			t.Errorf("%s: sent before is %t, want %t", step.name, got, step.want)
		}
	}
	for i := range 3 * maxRepeats {
		before(fmt.Sprint(i), "192.0.2.1:1")
	}
	if n := len(p.now) + len(p.old); n > 2*maxRepeats {
		t.Errorf("%d beacons are remembered, want %d at most", n, 2*maxRepeats)
	}
}
