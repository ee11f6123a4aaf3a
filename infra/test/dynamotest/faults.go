package dynamotest

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"math/rand/v2"
	"net"
	"net/http"
	"os"
	"slices"
	"strings"
	"sync"

	"akin/infra/dynamo"
)

// A Kind is a way in which a request to DynamoDB fails.
type Kind uint8

const (
	None        Kind = iota
	Throttled        // refused as there are too many
	Conflict         // refused as a transaction is at the same row; single writes and transactions only
	ServerError      // answered 500, though it may have happened
	TimedOut         // never arrived
	Lost             // happened, and the answer got lost
	Unprocessed      // done in part, perhaps not at all; batches only
)

// Faults makes requests of a client fail, by chance from a seed and at a chosen
// request. The zero value injects nothing and counts. Exported fields do not
// change once Transport was called.
type Faults struct {
	Seed    uint64
	Chances map[Kind]float64 // each 0 to 1, together 1 at most

	// At is the request, counted from 1, that meets a fault of the kind Kind if
	// its operation knows that; 0: none.
	At   int
	Kind Kind

	Base http.RoundTripper // nil: the connection of programs

	mu       sync.Mutex
	rand     *rand.Rand
	requests []string // operations, in order
	injected map[Kind]int
	healed   bool
}

// Requests returns the operations ("PutItem") of all requests so far in the order
// in which they were made, those that failed included.
func (f *Faults) Requests() []string {
	f.mu.Lock()
	defer f.mu.Unlock()
	return slices.Clone(f.requests)
}

// Injected returns the number of faults of the given kind so far.
func (f *Faults) Injected(k Kind) int {
	f.mu.Lock()
	defer f.mu.Unlock()
	return f.injected[k]
}

// Heal ends all faults by chance.
func (f *Faults) Heal() {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.healed = true
}

// Transport returns the connection of programs with f's faults.
func (f *Faults) Transport() http.RoundTripper {
	if f.Base != nil {
		return &transport{f, f.Base}
	}
	return &transport{f, dynamo.HTTPClient().GetTransport()}
}

// draw counts a request and returns the fault it meets and two random numbers
// that shape it.
func (f *Faults) draw(op string) (kind Kind, shape [2]float64) {
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.rand == nil {
		f.rand = rand.New(rand.NewPCG(f.Seed, 0x64796e61))
		f.injected = make(map[Kind]int)
	}
	f.requests = append(f.requests, op)
	at := f.rand.Float64()
	shape = [2]float64{f.rand.Float64(), f.rand.Float64()}
	if len(f.requests) == f.At {
		kind = f.Kind
	} else if !f.healed {
		for k := Throttled; k <= Unprocessed; k++ {
			if at -= f.Chances[k]; at < 0 {
				kind = k
				break
			}
		}
	}
	if !kind.Fits(op) {
		kind = None
	}
	if kind != None {
		f.injected[kind]++
	}
	return kind, shape
}

// Fits says whether requests of the operation can meet faults of the kind.
func (k Kind) Fits(op string) bool {
	switch op {
	case "PutItem", "DeleteItem", "TransactWriteItems":
		return k != Unprocessed
	case "BatchWriteItem", "BatchGetItem":
		return k != Conflict
	case "GetItem", "Query":
		return k != Conflict && k != Unprocessed
	}
	return false // work on tables is left alone
}

type transport struct {
	f    *Faults
	base http.RoundTripper
}

func (t *transport) RoundTrip(r *http.Request) (*http.Response, error) {
	var body []byte
	if r.Body != nil {
		var err error
		body, err = io.ReadAll(r.Body)
		if closeErr := r.Body.Close(); err != nil || closeErr != nil {
			return nil, fmt.Errorf("read request: %w, %w", err, closeErr)
		}
	}
	_, op, _ := strings.Cut(r.Header.Get("X-Amz-Target"), ".")
	kind, shape := t.f.draw(op)
	switch kind {
	case Throttled:
		if op == "TransactWriteItems" && shape[0] < 0.5 {
			return cancelled(r, body, "ThrottlingError", shape[1])
		}
		return failure(r, http.StatusBadRequest, "ProvisionedThroughputExceededException", nil), nil
	case Conflict:
		if op == "TransactWriteItems" {
			return cancelled(r, body, "TransactionConflict", shape[1])
		}
		return failure(r, http.StatusBadRequest, "TransactionConflictException", nil), nil
	case TimedOut:
		return nil, broken()
	case ServerError, Lost:
		if kind == Lost || shape[0] < 0.5 {
			answer, err := t.send(r, body)
			if err != nil {
				return nil, err
			}
			if err := answer.Body.Close(); err != nil {
				return nil, err
			}
		}
		if kind == Lost {
			return nil, broken()
		}
		return failure(r, http.StatusInternalServerError, "InternalServerError", nil), nil
	case Unprocessed:
		return t.inPart(r, op, body, shape[0])
	}
	return t.send(r, body)
}

// broken is the error of a connection that yields no answer.
func broken() error {
	return &net.OpError{Op: "read", Net: "tcp", Err: os.ErrDeadlineExceeded}
}

// send makes the request r with the given body.
func (t *transport) send(r *http.Request, body []byte) (*http.Response, error) {
	r = r.Clone(r.Context())
	r.Body = io.NopCloser(bytes.NewReader(body))
	r.ContentLength = int64(len(body))
	r.Header.Del("Content-Length")
	return t.base.RoundTrip(r)
}

// failure returns DynamoDB's answer of an error.
func failure(r *http.Request, status int, code string, more map[string]any) *http.Response {
	content := map[string]any{"__type": "com.amazonaws.dynamodb.v20120810#" + code, "message": "injected"}
	for k, v := range more {
		content[k] = v
	}
	return answer(r, status, content)
}

func answer(r *http.Request, status int, content any) *http.Response {
	b, err := json.Marshal(content)
	if err != nil {
		panic(err) // only maps and strings come here
	}
	return &http.Response{
		StatusCode:    status,
		Status:        http.StatusText(status),
		Proto:         "HTTP/1.1",
		ProtoMajor:    1,
		ProtoMinor:    1,
		Header:        http.Header{"Content-Type": {"application/x-amz-json-1.0"}},
		Body:          io.NopCloser(bytes.NewReader(b)),
		ContentLength: int64(len(b)),
		Request:       r,
	}
}

// cancelled returns the answer of a transaction of which one operation failed for
// the given reason.
func cancelled(r *http.Request, body []byte, reason string, which float64) (*http.Response, error) {
	var request struct{ TransactItems []json.RawMessage }
	if err := json.Unmarshal(body, &request); err != nil {
		return nil, err
	}
	reasons := make([]map[string]string, len(request.TransactItems))
	for i := range reasons {
		reasons[i] = map[string]string{"Code": "None"}
	}
	reasons[int(which*float64(len(reasons)))] = map[string]string{"Code": reason, "Message": "injected"}
	return failure(r, http.StatusBadRequest, "TransactionCanceledException", map[string]any{"CancellationReasons": reasons}), nil
}

// inPart passes the first of a batch's requests on, a fraction of them below 1,
// and answers that the rest was not processed.
func (t *transport) inPart(r *http.Request, op string, body []byte, fraction float64) (*http.Response, error) {
	var request map[string]json.RawMessage
	if err := json.Unmarshal(body, &request); err != nil {
		return nil, err
	}
	// A table's part is a list of writes, or an object with a list of keys.
	var tables map[string]json.RawMessage
	if err := json.Unmarshal(request["RequestItems"], &tables); err != nil {
		return nil, err
	}
	list, rest := "UnprocessedItems", make(map[string]any)
	some := false
	for table, content := range tables {
		var object map[string]json.RawMessage
		entries := content
		if op == "BatchGetItem" {
			list = "UnprocessedKeys"
			if err := json.Unmarshal(content, &object); err != nil {
				return nil, err
			}
			entries = object["Keys"]
		}
		var all []json.RawMessage
		if err := json.Unmarshal(entries, &all); err != nil {
			return nil, err
		}
		n := int(fraction * float64(len(all)))
		some = some || n > 0
		if object == nil {
			tables[table], rest[table] = raw(all[:n]), all[n:]
			continue
		}
		object["Keys"] = raw(all[n:])
		rest[table] = raw(object)
		object["Keys"] = raw(all[:n])
		tables[table] = raw(object)
	}
	if !some {
		return answer(r, http.StatusOK, map[string]any{list: rest}), nil
	}
	request["RequestItems"] = raw(tables)
	response, err := t.send(r, raw(request))
	if err != nil || response.StatusCode != http.StatusOK {
		return response, err
	}
	defer response.Body.Close()
	var content map[string]json.RawMessage
	if err := json.NewDecoder(response.Body).Decode(&content); err != nil {
		return nil, err
	}
	content[list] = raw(rest)
	return answer(r, http.StatusOK, content), nil
}

func raw(v any) json.RawMessage {
	b, err := json.Marshal(v)
	if err != nil {
		panic(err) // it was JSON before
	}
	return b
}
