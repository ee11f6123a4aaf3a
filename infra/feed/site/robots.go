package site

import (
	"bufio"
	"bytes"
	"strconv"
	"strings"
	"time"
)

// maxRobots is how many bytes of robots.txt count, as RFC 9309 has it.
const maxRobots = 500 * 1024

// agent is what akin calls itself.
const agent = "akin"

// A robots is what a site's robots.txt says to akin (RFC 9309), and to all where
// it says nothing to akin.
type robots struct {
	rules    []rule
	delay    time.Duration // Crawl-delay; 0: none
	sitemaps []string
}

type rule struct {
	pattern string
	allow   bool
}

func parseRobots(data []byte) *robots {
	mine, all := &robots{}, &robots{}
	var sitemaps []string
	named := false // akin
	var current []*robots
	begun := false // rules have come since the last User-agent
	lines := bufio.NewScanner(bytes.NewReader(bytes.TrimPrefix(data[:min(len(data), maxRobots)], []byte("\xef\xbb\xbf"))))
	lines.Buffer(nil, maxRobots+1)
	for lines.Scan() {
		line, _, _ := strings.Cut(lines.Text(), "#")
		key, value, ok := strings.Cut(line, ":")
		if !ok {
			continue
		}
		value = strings.TrimSpace(value)
		switch strings.ToLower(strings.TrimSpace(key)) {
		case "user-agent":
			if begun {
				current, begun = nil, false
			}
			name, _, _ := strings.Cut(strings.ToLower(value), "/")
			switch name {
			case agent:
				current, named = append(current, mine), true
			case "*":
				current = append(current, all)
			}
		case "allow", "disallow":
			begun = true
			for _, r := range current {
				if value != "" {
					r.rules = append(r.rules, rule{value, strings.EqualFold(strings.TrimSpace(key), "allow")})
				}
			}
		case "crawl-delay":
			begun = true
			if s, err := strconv.ParseFloat(value, 64); err == nil && s > 0 && s < 3600 {
				for _, r := range current {
					r.delay = time.Duration(s * float64(time.Second))
				}
			}
		case "sitemap":
			sitemaps = append(sitemaps, value)
		}
	}
	r := all
	if named {
		r = mine
	}
	r.sitemaps = sitemaps
	return r
}

// allows says whether a path, with its query, may be asked for: the longest rule
// that fits decides, of equals the one that allows.
func (r *robots) allows(path string) bool {
	longest, allow := -1, true
	for _, rule := range r.rules {
		if n := len(rule.pattern); n < longest || n == longest && !rule.allow || !fits(rule.pattern, path) {
			continue
		}
		longest, allow = len(rule.pattern), rule.allow
	}
	return allow
}

// fits says whether a path begins as a pattern says, in which * stands for
// anything and $ for the end.
func fits(pattern, path string) bool {
	pattern, end := strings.CutSuffix(pattern, "$")
	parts := strings.Split(pattern, "*")
	if !strings.HasPrefix(path, parts[0]) {
		return false
	}
	rest := path[len(parts[0]):]
	for i, part := range parts[1:] {
		if end && i == len(parts)-2 {
			return strings.HasSuffix(rest, part)
		}
		at := strings.Index(rest, part)
		if at < 0 {
			return false
		}
		rest = rest[at+len(part):]
	}
	return !end || rest == ""
}
