package remote

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"

	"akin/recommend/store"
)

const (
	chunkBytes = 8 << 20 // of transactions after which a call of Apply goes on in another request
	chunkKeys  = 1024    // that one request of Get asks for
	idleConns  = 16      // connections that are kept
)

// A Store is a store that another process has open. Beside what every store does
// it carries on what the store there can do: tell its version, make snapshots
// and copies; and what its users share. It is safe for concurrent use.
type Store struct {
	path     string // of the file, for errors
	version  string
	at       string // the socket
	client   *http.Client
	session  string
	limits   store.Limits
	snapshot bool
	life     context.Context // of the session, for calls that have none of their own
	end      context.CancelFunc
	over     chan struct{} // closed when the session has ended

	known atomic.Pointer[uint64] // the version of a snapshot, which stays
	turns sync.Mutex             // held while this process has its turn
}

var _ store.Store = (*Store)(nil)

// Dial begins to use the store in the file path, which another process serves to
// programs of this version. If none does, the error wraps [ErrNotServed].
func Dial(ctx context.Context, path, version string) (*Store, error) {
	at, err := address(path)
	if err != nil {
		return nil, fmt.Errorf("%w: %w", ErrNotServed, err)
	}
	return dial(ctx, path, at, version, false)
}

// Snapshot begins to use the store as it is now. Reading and writing go on
// meanwhile, and the snapshot does not change; writing to it is an error. One
// that is not read for two minutes is lost. It has to be closed, too.
func (s *Store) Snapshot(ctx context.Context) (*Store, error) {
	return dial(ctx, s.path, s.at, s.version, true)
}

func dial(ctx context.Context, path, at, version string, snapshot bool) (*Store, error) {
	s := &Store{path: path, version: version, at: at, snapshot: snapshot, over: make(chan struct{})}
	s.client = &http.Client{Transport: &http.Transport{
		DialContext: func(ctx context.Context, _, _ string) (net.Conn, error) {
			return new(net.Dialer).DialContext(ctx, "unix", at)
		},
		DisableCompression: true, MaxIdleConnsPerHost: idleConns,
		ReadBufferSize: 64 << 10, WriteBufferSize: 64 << 10,
	}}
	q := url.Values{"protocol": {strconv.Itoa(protocol)}, "version": {version}}
	if snapshot {
		q.Set("snapshot", "1")
	}
	// The session outlives ctx, which ends no more than its beginning.
	life, end := context.WithCancel(context.WithoutCancel(ctx))
	stop := context.AfterFunc(ctx, end)
	body, g, err := s.begin(life, q)
	if !stop() || err != nil {
		end()
		s.client.CloseIdleConnections()
		if ctx.Err() != nil {
			return nil, ctx.Err()
		}
		return nil, err
	}
	s.session, s.limits, s.life, s.end = g.Session, g.Limits, life, end
	go func() {
		defer close(s.over)
		defer body.Close()
		_, _ = io.Copy(io.Discard, body) // nothing comes until one side ends
	}()
	return s, nil
}

// begin asks for a session and returns the rest of its answer.
func (s *Store) begin(ctx context.Context, q url.Values) (io.ReadCloser, *greeting, error) {
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, "http://akin"+pathSession+"?"+q.Encode(), nil)
	if err != nil {
		return nil, nil, err
	}
	resp, err := s.client.Do(req)
	var refused *net.OpError
	if errors.As(err, &refused) && refused.Op == "dial" {
		return nil, nil, fmt.Errorf("%s: %w", s.path, ErrNotServed)
	}
	if err != nil { // it ended just now
		return nil, nil, fmt.Errorf("%s: %w: %w", s.path, ErrNotServed, err)
	}
	g := &greeting{}
	lines := bufio.NewReader(resp.Body)
	line, err := lines.ReadBytes('\n')
	switch {
	case resp.StatusCode != http.StatusOK:
		err = fmt.Errorf("%s: is served by another version of akin, which answers %s; end that server, or use its program", s.path, resp.Status)
	case err != nil:
		err = fmt.Errorf("%s: %w: %w", s.path, ErrNotServed, err)
	default:
		if err = json.Unmarshal(line, g); err == nil {
			err = g.check(s.path, s.version)
		}
	}
	if err != nil {
		resp.Body.Close()
		return nil, nil, err
	}
	return resp.Body, g, nil
}

// Owner returns the name under which this process takes leases on the store.
func (s *Store) Owner() string { return s.session }

// Limits returns those of the store.
func (s *Store) Limits() store.Limits { return s.limits }

// Close ends the session.
func (s *Store) Close() error {
	s.end()
	<-s.over
	s.client.CloseIdleConnections()
	return nil
}

// do sends a request and returns the answer.
func (s *Store) do(ctx context.Context, path string, body []byte) (*http.Response, error) {
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, "http://akin"+path, bytes.NewReader(body))
	if err != nil {
		return nil, err
	}
	req.Header.Set(sessionHeader, s.session)
	resp, err := s.client.Do(req)
	if err != nil {
		return nil, s.lost(ctx, err)
	}
	if resp.StatusCode != http.StatusOK {
		defer resp.Body.Close()
		if resp.StatusCode == http.StatusGone {
			return nil, s.lost(ctx, nil)
		}
		said, _ := io.ReadAll(io.LimitReader(resp.Body, 1000)) // only for the message
		return nil, fmt.Errorf("%s: the server answers: %s", s.path, strings.TrimSpace(string(said)))
	}
	return resp, nil
}

// lost returns the error of a request without an answer.
func (s *Store) lost(ctx context.Context, cause error) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	if cause == nil {
		return fmt.Errorf("%s: %w", s.path, ErrLost)
	}
	return fmt.Errorf("%s: %w (%w)", s.path, ErrLost, cause)
}

// call sends a message and returns the one that answers it, or its error.
func (s *Store) call(ctx context.Context, path string, body []byte) (*reader, error) {
	resp, err := s.do(ctx, path, body)
	if err != nil {
		return nil, err
	}
	defer resp.Body.Close()
	b, err := readBody(resp.Body, resp.ContentLength, 1<<62)
	if err != nil {
		return nil, s.lost(ctx, err)
	}
	r := &reader{b: b}
	if err := r.err(); err != nil {
		if ctx.Err() != nil {
			return nil, ctx.Err()
		}
		return nil, err
	}
	return r, nil
}

// whole returns an error unless all of an answer was understood.
func (s *Store) whole(r *reader) error {
	if err := r.end(); err != nil {
		return fmt.Errorf("%s: answer of the server: %w", s.path, err)
	}
	return nil
}

// Get answers as the store does, at most 1,024 keys from one snapshot.
func (s *Store) Get(ctx context.Context, c store.Consistency, keys ...store.Key) ([]store.Row, error) {
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	rows := make([]store.Row, 0, len(keys))
	for len(keys) > 0 {
		some := keys[:min(len(keys), chunkKeys)]
		keys = keys[len(some):]
		var w writer
		w.bool(bool(c))
		w.uint(uint64(len(some)))
		for _, k := range some {
			w.key(k)
		}
		r, err := s.call(ctx, pathGet, w.b)
		if err != nil {
			return nil, err
		}
		for _, k := range some {
			row := r.body(true)
			row.Key = k
			rows = append(rows, row)
		}
		if err := s.whole(r); err != nil {
			return nil, err
		}
	}
	return rows, nil
}

// Query answers as the store does, which ends an answer by its length.
func (s *Store) Query(ctx context.Context, c store.Consistency, q store.Range) ([]store.Row, bool, error) {
	var w writer
	w.bool(bool(c))
	w.string(q.Part)
	w.string(q.From)
	w.string(q.To)
	w.bool(q.Reverse)
	w.int(int64(q.Limit))
	r, err := s.call(ctx, pathQuery, w.b)
	if err != nil {
		return nil, false, err
	}
	more := r.bool()
	rows := make([]store.Row, 0, r.count(4))
	for range cap(rows) {
		sort := r.string()
		row := r.body(true)
		row.Key = store.Key{Part: q.Part, Sort: sort}
		rows = append(rows, row)
	}
	if err := s.whole(r); err != nil {
		return nil, false, err
	}
	return rows, more, nil
}

// Apply runs transactions as the store does. Those that take more than 8 MB
// together are run by several calls of it.
func (s *Store) Apply(ctx context.Context, txs ...store.Tx) []error {
	errs := s.limits.Check(txs)
	var places []int // of the transactions in w
	var w writer
	var failed error
	send := func() {
		if failed == nil && len(places) > 0 {
			failed = s.apply(ctx, w.b, places, errs)
		}
		if failed != nil {
			for _, i := range places {
				if errs[i] == nil {
					errs[i] = failed
				}
			}
		}
		places, w.b = places[:0], w.b[:0]
	}
	for i, tx := range txs {
		if errs[i] != nil {
			continue
		}
		w.tx(tx)
		if places = append(places, i); len(w.b) >= chunkBytes {
			send()
		}
	}
	send()
	return errs
}

// apply sends transactions, whose errors have the given places. An error of its
// own is of all of them.
func (s *Store) apply(ctx context.Context, body []byte, places []int, errs []error) error {
	r, err := s.call(ctx, pathApply, body)
	if err != nil {
		return err
	}
	answers := make([]error, len(places))
	for n := range places {
		answers[n] = r.err()
	}
	if err := s.whole(r); err != nil {
		return err
	}
	for n, i := range places {
		errs[i] = answers[n]
	}
	return nil
}

// Version returns that of the store, and false where it has none or cannot be
// asked.
func (s *Store) Version() (uint64, bool) {
	if known := s.known.Load(); known != nil {
		return *known, true
	}
	r, err := s.call(s.life, pathVersion, nil)
	if err != nil {
		return 0, false
	}
	n, settled := r.uint(), r.bool()
	if s.whole(r) != nil {
		return 0, false
	}
	if s.snapshot && settled {
		s.known.Store(&n)
	}
	return n, settled
}

// Gone reports whether nobody of that name uses the store any more, as
// [Server.Gone] does. Where that cannot be told, it is false.
func (s *Store) Gone(ctx context.Context, owner string) bool {
	var w writer
	w.string(owner)
	r, err := s.call(ctx, pathLiving, w.b)
	if err != nil {
		return false
	}
	living := r.bool()
	return s.whole(r) == nil && !living
}

// Turn waits for this process's turn to publish, as [Server.Turn] does, and
// returns the function that ends it.
func (s *Store) Turn(ctx context.Context) (over func(), err error) {
	s.turns.Lock()
	if _, err := s.call(ctx, pathTurn, nil); err != nil {
		s.turns.Unlock()
		return nil, err
	}
	return func() {
		defer s.turns.Unlock()
		// If that fails, it ends with the session, or after some seconds.
		_, _ = s.call(context.WithoutCancel(ctx), pathTurnOver, nil)
	}, nil
}

// CatchUp lets the server, which has the lists in memory, bring them up to date
// with every change, and returns how many there were.
func (s *Store) CatchUp(ctx context.Context) (int, error) {
	r, err := s.call(ctx, pathCatchUp, nil)
	if err != nil {
		return 0, err
	}
	n := r.uint()
	return int(n), s.whole(r)
}

// Backup writes a consistent copy of the store to w, as it is at the call, and
// returns its size in bytes. Close cuts it off.
func (s *Store) Backup(w io.Writer) (int64, error) {
	resp, err := s.do(s.life, pathBackup, nil)
	if err != nil {
		return 0, err
	}
	defer resp.Body.Close()
	n, err := io.Copy(w, resp.Body) // an answer that is cut off is an error
	if err != nil {
		return n, fmt.Errorf("%s: the copy was cut off: %w", s.path, err)
	}
	return n, nil
}
