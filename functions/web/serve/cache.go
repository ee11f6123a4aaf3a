package serve

import (
	"crypto/sha256"
	"encoding/base64"
	"net/http"
	"strconv"
	"strings"
	"sync"
	"time"

	"github.com/klauspost/compress/gzip"
)

const (
	FreshFor = 30 * time.Second // caches may answer by themselves
	staleFor = 30 * time.Second // and then once more while they ask
)

const (
	NoStore  = "no-store"          // answers to writes and errors
	Private  = "private, no-store" // depends on who asks
	AskAgain = "no-cache"          // kept, but never used without asking
)

// CacheControl returns how long caches may use a public answer that may change
// by itself at until, which is zero if it cannot.
func CacheControl(now, until time.Time) string {
	fresh, stale := FreshFor, staleFor
	if !until.IsZero() {
		left := max(0, until.Sub(now)).Truncate(time.Second)
		fresh = min(fresh, left)
		stale = min(stale, left-fresh)
	}
	s := "public, max-age=" + strconv.Itoa(int(fresh/time.Second))
	if stale > 0 {
		s += ", stale-while-revalidate=" + strconv.Itoa(int(stale/time.Second))
	}
	return s
}

// ContentTag returns the strong entity tag of body.
func ContentTag(body []byte) string {
	sum := sha256.Sum256(body)
	return `"` + base64.RawURLEncoding.EncodeToString(sum[:15]) + `"`
}

// NotModified sets the entity tag of an answer, and answers 304 if the client
// has it already.
func NotModified(w http.ResponseWriter, r *http.Request, tag string) bool {
	h := w.Header()
	h["Etag"] = []string{tag}
	if given := r.Header.Get("If-None-Match"); given == "" || !etagMatches(given, tag) {
		return false
	}
	h.Del("Content-Type")
	w.WriteHeader(http.StatusNotModified)
	return true
}

// etagMatches tells whether an If-None-Match header holds tag, weakly, also as
// that of the compressed body.
func etagMatches(header, tag string) bool {
	for t := range strings.SplitSeq(PlainTags(header), ",") {
		if t = strings.TrimSpace(t); t == "*" || strings.TrimPrefix(t, "W/") == strings.TrimPrefix(tag, "W/") {
			return t != ""
		}
	}
	return false
}

// gzipTag marks the tag of a compressed body, which is another representation
// and so needs a tag of its own.
const gzipTag = `-gzip"`

// PlainTags returns the tags of a conditional header as they were before
// compression.
func PlainTags(header string) string { return strings.ReplaceAll(header, gzipTag, `"`) }

const gzipFrom = 1024 // bytes of a body that is worth compressing

// gzipWriters are those that are not in use. Level 5 is about as small as the
// default and twice as fast.
var gzipWriters = sync.Pool{New: func() any {
	w, err := gzip.NewWriterLevel(nil, 5)
	if err != nil {
		panic(err) // no such level
	}
	return w
}}

// A sender writes an answer, compressed if the client takes that and the
// answer is worth it, and remembers what it sent.
type sender struct {
	http.ResponseWriter
	takesGzip bool
	status    int // 0: nothing sent yet
	bytes     int64
	gzip      *gzip.Writer
}

// Unwrap lets an [http.ResponseController] reach the connection.
func (w *sender) Unwrap() http.ResponseWriter { return w.ResponseWriter }

func (w *sender) WriteHeader(status int) {
	if w.status != 0 {
		return
	}
	w.status = status
	h := w.Header()
	if may := mayCompress(h, status); may || status == http.StatusNotModified {
		h.Add("Vary", "Accept-Encoding")
		if may && w.takesGzip {
			h.Set("Content-Encoding", "gzip")
			h.Del("Content-Length")
			if tag := h.Get("ETag"); strings.HasPrefix(tag, `"`) {
				h.Set("ETag", strings.TrimSuffix(tag, `"`)+gzipTag)
			}
			w.gzip = gzipWriters.Get().(*gzip.Writer)
			w.gzip.Reset(w.ResponseWriter)
		}
	}
	w.ResponseWriter.WriteHeader(status)
}

func (w *sender) Write(b []byte) (int, error) {
	if w.status == 0 {
		w.WriteHeader(http.StatusOK)
	}
	w.bytes += int64(len(b))
	if w.gzip != nil {
		return w.gzip.Write(b)
	}
	return w.ResponseWriter.Write(b)
}

// close ends the compressed body. An aborted answer is not closed, so that the
// client sees that it is not whole.
func (w *sender) close() {
	if w.gzip != nil {
		_ = w.gzip.Close() // the client may have gone
		gzipWriters.Put(w.gzip)
		w.gzip = nil
	}
}

// mayCompress tells whether an answer with header h is worth compressing: text
// that is not known to be short.
func mayCompress(h http.Header, status int) bool {
	if status < 200 || status == http.StatusNoContent || status == http.StatusNotModified || h.Get("Content-Encoding") != "" {
		return false
	}
	if n, err := strconv.Atoi(h.Get("Content-Length")); err == nil && n < gzipFrom {
		return false
	}
	kind, _, _ := strings.Cut(h.Get("Content-Type"), ";")
	return strings.HasPrefix(kind, "text/") && kind != "text/event-stream" || strings.HasSuffix(kind, "json") || strings.HasSuffix(kind, "jsonl") ||
		strings.HasSuffix(kind, "xml") || kind == "text/javascript"
}

// acceptsGzip tells whether an Accept-Encoding header takes gzip.
func acceptsGzip(header string) bool {
	for part := range strings.SplitSeq(header, ",") {
		name, params, _ := strings.Cut(part, ";")
		if name = strings.TrimSpace(name); !strings.EqualFold(name, "gzip") && name != "*" {
			continue
		}
		_, q, given := strings.Cut(strings.ReplaceAll(params, " ", ""), "q=")
		if !given {
			return true
		}
		weight, err := strconv.ParseFloat(q, 64)
		return err == nil && weight > 0
	}
	return false
}
