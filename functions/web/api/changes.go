package api

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/danielgtaylor/huma/v2"

	"akin/functions/web/serve"
	"akin/recommend"
	"akin/recommend/engine"
)

// Receipts say what changed of what is published. An [engine.Receipts] does.
type Receipts interface {
	Last(ctx context.Context) (uint64, error)
	After(ctx context.Context, since uint64, limit int, wait time.Duration) ([]recommend.Receipt, error)
	Live() bool            // one can wait for them
	Done() <-chan struct{} // closed when nobody is to wait any more; nil: never
	Of(id string, version int64, since uint64) (lists, topics []string, known bool)
}

const (
	eventStream = "text/event-stream"
	maxWait     = 55                // seconds, less than proxies mostly wait
	heartbeat   = 20 * time.Second  // of a stream in which nothing happens
	streamLimit = 100               // receipts that a stream reads at a time
	streamWrite = 2 * heartbeat     // for a client to take what is sent
	eventID     = "Last-Event-ID"   // by which a browser goes on
	eventRetry  = "retry: 5000\n\n" // milliseconds until it does
	eventGone   = "event: gone\ndata: "
)

type changesInput struct {
	Since  string `query:"since" pattern:"^[0-9]{1,18}$" doc:"Cursor: receipts after it are answered. If absent, none are, and next says where things stand"`
	Limit  int    `query:"limit" minimum:"1" maximum:"100" default:"20" doc:"Receipts at most"`
	Wait   int    `query:"wait" minimum:"0" maximum:"55" doc:"Seconds to wait where there are none yet"`
	LastID string `header:"Last-Event-ID" pattern:"^[0-9]{1,18}$" doc:"Cursor of a stream that goes on"`
}

type changesAnswer struct {
	Receipts []recommend.Receipt `json:"receipts" doc:"Oldest first"`
	Next     string              `json:"next" doc:"Cursor to ask from next"`
}

// A namedChanges says what a write changed of what is published.
type namedChanges struct {
	Since  string   `json:"since" doc:"Cursor of /v1/changes from before the write: it tells what else changed, and what is not named here"`
	Lists  []string `json:"lists,omitempty" doc:"Ids of the items whose lists of six changed"`
	Topics []string `json:"topics,omitempty" doc:"Slugs of the topics whose pages changed"`
	Named  bool     `json:"named" doc:"All are named"`
}

// A changesReply is a page of receipts, or a stream.
type changesReply struct {
	Body   changesAnswer
	lines  bool
	stream func(*serve.Call)
}

func (c *changesReply) reply() reply {
	if c.stream != nil {
		return reply{status: http.StatusOK, stream: c.stream}
	}
	r := reply{status: http.StatusOK, header: [3][2]string{{"Cache-Control", serve.NoStore}}, body: c.Body}
	if c.lines {
		var b bytes.Buffer
		for _, receipt := range c.Body.Receipts {
			b.Write(append(mustMarshal(receipt), '\n'))
		}
		r.body, r.contentType = b.Bytes(), lineKinds
	}
	return r
}

func mustMarshal(r recommend.Receipt) []byte {
	b, err := json.Marshal(r)
	if err != nil {
		panic(err) // strings, numbers and a time
	}
	return b
}

func (s *routes) routeChanges(api *router) {
	handle(s, api, huma.Operation{
		OperationID: "changes", Method: http.MethodGet, Path: "/v1/changes", Tags: []string{"state"},
		Summary: "Which lists and which pages of topics changed, in order",
		Description: "Receipts after a cursor, each at least once. Accept: application/x-ndjson answers a line each, the cursor being its number; " +
			"text/event-stream a stream that goes on by Last-Event-ID; 406 on AWS, where receipts are events of EventBridge, and nobody waits longer than 20 seconds. " +
			"410 where the cursor is older than what is kept, which is 30 days: read everything anew, and go on from the cursor that a call without since answers. " +
			"404 where no receipts are made.",
		Errors: []int{http.StatusNotFound, http.StatusNotAcceptable, http.StatusGone},
	}, serve.RoleEditor|serve.RolePipeline, s.changes)
	ok := api.doc.Paths["/v1/changes"].Get.Responses["200"]
	line := api.doc.Components.Schemas.Map()["Receipt"]
	ok.Content[lineKinds] = &huma.MediaType{Schema: line}
	ok.Content[eventStream] = &huma.MediaType{Schema: &huma.Schema{Type: huma.TypeString}}
}

func (s *routes) changes(ctx context.Context, in *changesInput) (*changesReply, error) {
	if s.Receipts == nil {
		return nil, serve.NewProblem(http.StatusNotFound, engine.ErrNoReceipts.Error())
	}
	last, err := s.Receipts.Last(ctx)
	if err != nil {
		return nil, receiptProblem(err)
	}
	given := in.Since
	if in.LastID != "" {
		given = in.LastID
	}
	since := last
	if given != "" {
		if since, err = strconv.ParseUint(given, 10, 64); err != nil {
			return nil, serve.FieldProblem(http.StatusBadRequest, "since", "is no cursor")
		}
	}
	c := serve.CallOf(ctx)
	accept := c.Request.Header.Get("Accept")
	if streams := strings.Contains(accept, eventStream); streams && !s.Receipts.Live() && !strings.Contains(accept, "json") {
		return nil, serve.NewProblem(http.StatusNotAcceptable, "receipts are not streamed here; ask for application/json or application/x-ndjson, with wait")
	} else if streams && s.Receipts.Live() {
		if _, err := s.Receipts.After(ctx, since, 1, 0); err != nil {
			return nil, receiptProblem(err)
		}
		return &changesReply{stream: func(c *serve.Call) { s.stream(ctx, c, since) }}, nil
	}
	wait := time.Duration(in.Wait) * time.Second
	if wait > 0 {
		_ = http.NewResponseController(c.Writer).SetWriteDeadline(time.Now().Add(wait + time.Minute)) // no connection, no deadline
	}
	var all []recommend.Receipt
	if given != "" || wait > 0 {
		if all, err = s.Receipts.After(ctx, since, in.Limit, wait); err != nil {
			return nil, receiptProblem(err)
		}
	}
	if n := len(all); n > 0 {
		since = all[n-1].Number
	}
	return &changesReply{Body: changesAnswer{orEmpty(all), strconv.FormatUint(since, 10)}, lines: strings.Contains(accept, lineKinds)}, nil
}

func receiptProblem(err error) error {
	switch {
	case errors.Is(err, engine.ErrGone):
		return serve.NewProblem(http.StatusGone, engine.ErrGone.Error())
	case errors.Is(err, engine.ErrNoReceipts):
		return serve.NewProblem(http.StatusNotFound, engine.ErrNoReceipts.Error())
	}
	return err
}

// stream sends receipts as events until the client or the program ends.
func (s *routes) stream(ctx context.Context, c *serve.Call, since uint64) {
	h := c.Writer.Header()
	h.Set("Content-Type", eventStream)
	h.Set("Cache-Control", serve.NoStore)
	h.Set("X-Accel-Buffering", "no") // of nginx
	control := http.NewResponseController(c.Writer)
	send := func(text string) bool {
		_ = control.SetWriteDeadline(time.Now().Add(streamWrite)) // no connection, no deadline
		_, err := c.Writer.Write([]byte(text))
		return err == nil && control.Flush() == nil
	}
	if !send(eventRetry) {
		return
	}
	for {
		all, err := s.Receipts.After(ctx, since, streamLimit, heartbeat)
		if errors.Is(err, engine.ErrGone) {
			send(eventGone + err.Error() + "\n\n")
		}
		if err != nil {
			return
		}
		var b strings.Builder
		for _, r := range all {
			fmt.Fprintf(&b, "id: %d\nevent: receipt\ndata: %s\n\n", r.Number, mustMarshal(r))
			since = r.Number
		}
		if len(all) == 0 {
			b.WriteString(": still here\n\n")
		}
		select {
		case <-s.Receipts.Done():
			return
		default:
		}
		if !send(b.String()) {
			return
		}
	}
}

// before returns the cursor before a write; empty where no receipts are made.
func (s *routes) before(ctx context.Context) string {
	if s.Receipts == nil {
		return ""
	}
	last, err := s.Receipts.Last(ctx)
	if err != nil {
		return "" // which must not keep anybody from writing
	}
	return strconv.FormatUint(last, 10)
}

// named says what the publish of a version changed; nil where no receipts are made.
func (s *routes) named(since string, r recommend.Result) *namedChanges {
	if since == "" {
		return nil
	}
	n := &namedChanges{Since: since}
	if last, err := strconv.ParseUint(since, 10, 64); err == nil && s.CatchUp != nil {
		n.Lists, n.Topics, n.Named = s.Receipts.Of(r.ID, r.Version, last)
	}
	slices.Sort(n.Lists)
	slices.Sort(n.Topics)
	n.Lists, n.Topics = slices.Compact(n.Lists), slices.Compact(n.Topics)
	return n
}
