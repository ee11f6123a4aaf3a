package dynamotest

import (
	"encoding/json"
	"fmt"
	"io"
	"math/rand/v2"
	"net/http"
	"strings"
	"sync"
	"time"

	"akin/infra/dynamo"
)

// Overlap refuses what DynamoDB refuses and DynamoDB Local does not: writes of rows
// that a transaction is at. Each transaction is held open for a while; meanwhile
// another one that names one of its rows, were it only to check it, is cancelled for
// TransactionConflict, a single write of such a row is refused with
// TransactionConflictException, and one of a batch is not processed. Reads pass. It
// is shared by all clients of a table, and safe for concurrent use.
type Overlap struct {
	Shortest, Longest time.Duration // how long a transaction is held at least, besides what it takes, and at most
	Seed              uint64
	Base              http.RoundTripper // nil: the connection of programs

	once    sync.Once
	mu      sync.Mutex
	rand    *rand.Rand
	held    map[rowName]int // by transactions
	refused int
}

type rowName struct{ table, part, sort string }

// Refused returns how many requests met a transaction so far.
func (o *Overlap) Refused() int {
	o.mu.Lock()
	defer o.mu.Unlock()
	return o.refused
}

// RoundTrip makes Overlap the transport of a client.
func (o *Overlap) RoundTrip(r *http.Request) (*http.Response, error) {
	o.once.Do(func() {
		o.rand, o.held = rand.New(rand.NewPCG(o.Seed, 0x6f766572)), map[rowName]int{}
		if o.Base == nil {
			t := dynamo.HTTPClient().GetTransport()
			t.ResponseHeaderTimeout = time.Minute // DynamoDB Local does one thing after another, for all tests
			o.Base = t
		}
	})
	_, op, _ := strings.Cut(r.Header.Get("X-Amz-Target"), ".")
	switch op {
	case "TransactWriteItems", "PutItem", "DeleteItem", "BatchWriteItem":
	default:
		return o.Base.RoundTrip(r)
	}
	body, err := io.ReadAll(r.Body)
	if closeErr := r.Body.Close(); err != nil || closeErr != nil {
		return nil, fmt.Errorf("read request: %w, %w", err, closeErr)
	}
	pass := &transport{base: o.Base}
	switch op {
	case "TransactWriteItems":
		return o.transact(r, body, pass)
	case "BatchWriteItem":
		return o.batch(r, body, pass)
	}
	var w write
	if err := json.Unmarshal(body, &w); err != nil {
		return nil, err
	}
	o.mu.Lock()
	meets := o.held[w.row()] > 0
	if meets {
		o.refused++
	}
	o.mu.Unlock()
	if meets {
		return failure(r, http.StatusBadRequest, "TransactionConflictException", nil), nil
	}
	return pass.send(r, body)
}

// A write is the part of a request that names a row.
type write struct {
	TableName string
	Item, Key struct{ Pk, Sk struct{ S string } }
}

func (w *write) row() rowName {
	return rowName{w.TableName, w.Item.Pk.S + w.Key.Pk.S, w.Item.Sk.S + w.Key.Sk.S}
}

func (o *Overlap) transact(r *http.Request, body []byte, pass *transport) (*http.Response, error) {
	var request struct{ TransactItems []map[string]write }
	if err := json.Unmarshal(body, &request); err != nil {
		return nil, err
	}
	reasons := make([]map[string]string, len(request.TransactItems))
	var rows []rowName
	meets := false
	o.mu.Lock()
	for i, item := range request.TransactItems {
		reasons[i] = map[string]string{"Code": "None"}
		for _, w := range item {
			rows = append(rows, w.row())
			if o.held[w.row()] > 0 {
				meets = true
				reasons[i] = map[string]string{"Code": "TransactionConflict", "Message": "Transaction is ongoing for the item"}
			}
		}
	}
	if meets {
		o.refused++
		o.mu.Unlock()
		return failure(r, http.StatusBadRequest, "TransactionCanceledException", map[string]any{"CancellationReasons": reasons}), nil
	}
	for _, row := range rows {
		o.held[row]++
	}
	hold := o.Shortest
	if o.Longest > o.Shortest {
		hold += time.Duration(o.rand.Int64N(int64(o.Longest - o.Shortest)))
	}
	o.mu.Unlock()
	defer func() {
		o.mu.Lock()
		defer o.mu.Unlock()
		for _, row := range rows {
			if o.held[row]--; o.held[row] == 0 {
				delete(o.held, row)
			}
		}
	}()
	answer, err := pass.send(r, body)
	time.Sleep(hold)
	return answer, err
}

// batch passes on those writes of a batch that meet no transaction.
func (o *Overlap) batch(r *http.Request, body []byte, pass *transport) (*http.Response, error) {
	var request struct {
		RequestItems           map[string][]json.RawMessage
		ReturnConsumedCapacity string `json:",omitempty"`
	}
	if err := json.Unmarshal(body, &request); err != nil {
		return nil, err
	}
	rest := map[string][]json.RawMessage{}
	passed := false
	o.mu.Lock()
	for table, requests := range request.RequestItems {
		var free []json.RawMessage
		for _, raw := range requests {
			var kinds map[string]write
			if err := json.Unmarshal(raw, &kinds); err != nil {
				o.mu.Unlock()
				return nil, err
			}
			meets := false
			for _, w := range kinds {
				w.TableName = table
				meets = meets || o.held[w.row()] > 0
			}
			if meets {
				rest[table] = append(rest[table], raw)
			} else {
				free, passed = append(free, raw), true
			}
		}
		request.RequestItems[table] = free
	}
	if len(rest) > 0 {
		o.refused++
	}
	o.mu.Unlock()
	switch {
	case len(rest) == 0:
		return pass.send(r, body)
	case !passed:
		return answer(r, http.StatusOK, map[string]any{"UnprocessedItems": rest}), nil
	}
	response, err := pass.send(r, raw(request))
	if err != nil || response.StatusCode != http.StatusOK {
		return response, err
	}
	defer response.Body.Close()
	var content map[string]json.RawMessage
	if err := json.NewDecoder(response.Body).Decode(&content); err != nil {
		return nil, err
	}
	content["UnprocessedItems"] = raw(rest)
	return answer(r, http.StatusOK, content), nil
}
