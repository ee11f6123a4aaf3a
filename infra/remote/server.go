package remote

import (
	"bytes"
	"context"
	"crypto/rand"
	"encoding/json"
	"errors"
	"io"
	"net"
	"net/http"
	"os"
	"strconv"
	"sync"
	"sync/atomic"
	"time"

	"akin/recommend/store"
)

const (
	turnTime     = 5 * time.Second  // how long others wait for a publisher that has its turn
	snapshotIdle = 2 * time.Minute  // how long a snapshot stays that nobody reads
	drainTime    = 10 * time.Second // for requests when the server ends
)

// What a store may have beside the methods of [store.Store].
type (
	versioned interface{ Version() (uint64, bool) }
	backuper  interface {
		Backup(io.Writer) (int64, error)
	}
	snapshotter interface {
		Snapshot() (store.Store, error)
	}
)

// A Server offers a store to other processes of the same user. It is safe for
// concurrent use.
type Server struct {
	store   store.Store
	version string
	owner   string
	catchUp func(context.Context) (int, error)
	writes  atomic.Uint64
	turn    chan struct{} // holds a token while a publisher has its turn

	http    *http.Server
	remove  func() error
	path    string
	file    os.FileInfo   // as the socket was opened; nil: not known
	ended   chan struct{} // closed at the end
	running sync.WaitGroup

	mu       sync.Mutex
	sessions map[string]*session
	closed   bool
}

// A session is a client that lives.
type session struct {
	id       string
	store    store.Store // what it reads
	snapshot bool
	calls    sync.WaitGroup

	mu    sync.Mutex
	ended bool
	last  time.Time // of the last call
	busy  int       // calls under way
	over  func()    // ends its turn; nil: it has none
}

// NewServer returns a server of s for programs of the given version. Nobody
// reaches it before [Server.Listen].
func NewServer(s store.Store, version string) *Server {
	return &Server{
		store: s, version: version, owner: rand.Text(), turn: make(chan struct{}, 1),
		ended: make(chan struct{}), sessions: map[string]*session{},
	}
}

// Owner returns the name under which the server's own process takes leases.
func (s *Server) Owner() string { return s.owner }

// Gone reports whether nobody of that name, as Owner and [Store.Owner] return
// it, lives any more. Who has the file open knows all who use it.
func (s *Server) Gone(_ context.Context, owner string) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	return owner != s.owner && s.sessions[owner] == nil
}

// Writes returns how many calls of clients wrote something so far.
func (s *Server) Writes() uint64 { return s.writes.Load() }

// Turn waits until no other publisher, in whatever process, has its turn, and
// returns the function that ends this one's. Whoever came first is first. A turn
// of more than five seconds ends by itself; it is a courtesy, and what is written
// is held by conditions.
func (s *Server) Turn(ctx context.Context) (over func(), err error) {
	select {
	case s.turn <- struct{}{}:
	case <-ctx.Done():
		return nil, ctx.Err()
	}
	var once sync.Once
	release := func() { once.Do(func() { <-s.turn }) }
	timer := time.AfterFunc(turnTime, release)
	return func() {
		timer.Stop()
		release()
	}, nil
}

// Listen begins to answer on the socket beside the store's file path, which the
// process must hold the lock of. CatchUp brings the lists up to date, for
// clients that ask for it.
func (s *Server) Listen(path string, catchUp func(context.Context) (int, error)) error {
	l, remove, err := listen(path)
	if err != nil {
		return err
	}
	s.catchUp, s.remove, s.path = catchUp, remove, path
	s.file, _ = os.Stat(path)
	mux := http.NewServeMux()
	mux.HandleFunc("POST "+pathSession, s.greet)
	for p, f := range map[string]func(*session, *http.Request, *reader, *writer){
		pathGet: s.get, pathQuery: s.query, pathApply: s.apply, pathVersion: s.versionOf, pathLiving: s.living,
		pathTurn: s.takeTurn, pathTurnOver: s.turnOver, pathCatchUp: s.catch,
	} {
		mux.HandleFunc("POST "+p, s.call(f))
	}
	mux.HandleFunc("POST "+pathBackup, s.backup)
	s.http = &http.Server{Handler: s.counted(mux), ReadHeaderTimeout: drainTime}
	go s.serve(l)
	return nil
}

func (s *Server) serve(l net.Listener) { _ = s.http.Serve(l) } // ends with Close

// Close ends all sessions and the socket, once calls under way are answered.
// Nothing uses the store any more when it returns.
func (s *Server) Close() error {
	if s.http == nil {
		return nil
	}
	s.mu.Lock()
	if !s.closed {
		close(s.ended)
	}
	s.closed = true
	s.mu.Unlock()
	err := s.remove()
	ctx, cancel := context.WithTimeout(context.Background(), drainTime)
	defer cancel()
	if s.http.Shutdown(ctx) != nil {
		err = errors.Join(err, s.http.Close())
	}
	s.running.Wait()
	return err
}

// counted lets Close wait for handlers, which [http.Server.Close] does not.
func (s *Server) counted(h http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		s.mu.Lock()
		closed := s.closed
		if !closed {
			s.running.Add(1)
		}
		s.mu.Unlock()
		if closed {
			panic(http.ErrAbortHandler)
		}
		defer s.running.Done()
		h.ServeHTTP(w, r)
	})
}

// greet begins a session, which lasts as long as its answer does.
func (s *Server) greet(w http.ResponseWriter, r *http.Request) {
	g := greeting{Protocol: protocol, Version: s.version, Limits: s.store.Limits()}
	q := r.URL.Query()
	n, _ := strconv.Atoi(q.Get("protocol")) // 0 is none
	e := json.NewEncoder(w)
	if n != protocol || q.Get("version") != s.version {
		_ = e.Encode(g) // the client says what is wrong
		return
	}
	se, err := s.begin(q.Get("snapshot") != "")
	if err != nil {
		g.Error = err.Error()
		_ = e.Encode(g)
		return
	}
	defer s.end(se)
	g.Session = se.id
	if e.Encode(g) != nil || http.NewResponseController(w).Flush() != nil {
		return
	}
	tick := time.NewTicker(snapshotIdle / 4)
	defer tick.Stop()
	for {
		select {
		case <-r.Context().Done():
			return
		case <-s.ended:
			return
		case now := <-tick.C:
			if se.idle(now) {
				return
			}
		}
	}
}

var errReplaced = errors.New("the file that is being served is another one by now; end the server and start it again")

func (s *Server) begin(snapshot bool) (*session, error) {
	if s.file != nil {
		if now, err := os.Stat(s.path); err != nil || !os.SameFile(now, s.file) {
			return nil, errReplaced
		}
	}
	se := &session{id: rand.Text(), store: s.store, snapshot: snapshot, last: time.Now()}
	if snapshot {
		from, ok := s.store.(snapshotter)
		if !ok {
			return nil, errors.New("this store makes no snapshots")
		}
		var err error
		if se.store, err = from.Snapshot(); err != nil {
			return nil, err
		}
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.sessions[se.id] = se
	return se, nil
}

// end ends a session when its calls are done: its writes have happened or never
// will once others hear that it is gone.
func (s *Server) end(se *session) {
	se.mu.Lock()
	se.ended = true
	over := se.over
	se.mu.Unlock()
	se.calls.Wait()
	if over != nil {
		over()
	}
	s.mu.Lock()
	delete(s.sessions, se.id)
	s.mu.Unlock()
	if se.snapshot {
		_ = se.store.Close() // there is nobody to tell
	}
}

// enter begins a call, unless the session has ended.
func (se *session) enter() bool {
	se.mu.Lock()
	defer se.mu.Unlock()
	if se.ended {
		return false
	}
	se.busy++
	se.calls.Add(1)
	return true
}

func (se *session) leave() {
	se.mu.Lock()
	defer se.mu.Unlock()
	se.busy--
	se.last = time.Now()
	se.calls.Done()
}

// idle reports whether a snapshot has not been read for so long that it may be
// held by a process that is frozen. The file cannot reuse space meanwhile.
func (se *session) idle(now time.Time) bool {
	se.mu.Lock()
	defer se.mu.Unlock()
	return se.snapshot && se.busy == 0 && now.Sub(se.last) > snapshotIdle
}

// with calls f in the session that a request names.
func (s *Server) with(w http.ResponseWriter, r *http.Request, f func(*session)) {
	s.mu.Lock()
	se := s.sessions[r.Header.Get(sessionHeader)]
	s.mu.Unlock()
	if se == nil || !se.enter() {
		http.Error(w, "the session has ended", http.StatusGone)
		return
	}
	defer se.leave()
	f(se)
}

// call makes a handler of a function that reads a message and writes one.
func (s *Server) call(f func(*session, *http.Request, *reader, *writer)) http.HandlerFunc {
	limits := s.store.Limits()
	most := int64(limits.Bytes) + int64(limits.Ops)*40 + 2*chunkBytes
	return func(w http.ResponseWriter, r *http.Request) {
		s.with(w, r, func(se *session) {
			b, err := readBody(http.MaxBytesReader(w, r.Body, most), r.ContentLength, most)
			if err != nil {
				http.Error(w, err.Error(), http.StatusBadRequest)
				return
			}
			var out writer
			f(se, r, &reader{b: b}, &out)
			w.Header().Set("Content-Type", "application/octet-stream")
			w.Header().Set("Content-Length", strconv.Itoa(len(out.b)))
			_, _ = w.Write(out.b) // a client that is gone needs none
		})
	}
}

// readBody reads a body of a length that is known, or -1, up to most bytes.
func readBody(r io.Reader, length, most int64) ([]byte, error) {
	if length >= 0 && length <= most {
		b := make([]byte, length)
		_, err := io.ReadFull(r, b)
		return b, err
	}
	var b bytes.Buffer
	_, err := b.ReadFrom(r)
	return b.Bytes(), err
}

func (s *Server) get(se *session, r *http.Request, in *reader, out *writer) {
	c := store.Consistency(in.bool())
	keys := make([]store.Key, 0, in.count(2))
	for range cap(keys) {
		keys = append(keys, in.key())
	}
	rows, err := []store.Row(nil), in.end()
	if err == nil {
		rows, err = se.store.Get(r.Context(), c, keys...)
	}
	out.err(err)
	for i := range rows {
		out.body(&rows[i])
	}
}

func (s *Server) query(se *session, r *http.Request, in *reader, out *writer) {
	c := store.Consistency(in.bool())
	q := store.Range{Part: in.string(), From: in.string(), To: in.string(), Reverse: in.bool(), Limit: int(in.int())}
	var rows []store.Row
	var more bool
	err := in.end()
	if err == nil {
		rows, more, err = se.store.Query(r.Context(), c, q)
	}
	if out.err(err); err != nil {
		return
	}
	out.bool(more)
	out.uint(uint64(len(rows)))
	for i := range rows {
		out.string(rows[i].Sort)
		out.body(&rows[i])
	}
}

func (s *Server) apply(se *session, r *http.Request, in *reader, out *writer) {
	var txs []store.Tx
	for len(in.b) > 0 {
		txs = append(txs, in.tx())
	}
	if err := in.end(); err != nil {
		out.err(err)
		return
	}
	out.err(nil)
	errs := se.store.Apply(r.Context(), txs...)
	wrote := false
	for _, err := range errs {
		wrote = wrote || err == nil
		out.err(err)
	}
	if wrote {
		s.writes.Add(1)
	}
}

func (s *Server) versionOf(se *session, _ *http.Request, _ *reader, out *writer) {
	var n uint64
	var settled bool
	if v, ok := se.store.(versioned); ok {
		n, settled = v.Version()
	}
	out.err(nil)
	out.uint(n)
	out.bool(settled)
}

func (s *Server) living(_ *session, r *http.Request, in *reader, out *writer) {
	out.err(nil)
	out.bool(!s.Gone(r.Context(), in.string()))
}

func (s *Server) takeTurn(se *session, r *http.Request, _ *reader, out *writer) {
	over, err := s.Turn(r.Context())
	if err == nil {
		se.mu.Lock()
		switch {
		case se.ended || r.Context().Err() != nil: // nobody would end it
			err = context.Canceled
		case se.over != nil:
			err = errors.New("a turn within a turn")
		default:
			se.over = over
		}
		se.mu.Unlock()
		if err != nil {
			over()
		}
	}
	out.err(err)
}

func (s *Server) turnOver(se *session, _ *http.Request, _ *reader, out *writer) {
	se.mu.Lock()
	over := se.over
	se.over = nil
	se.mu.Unlock()
	if over != nil {
		over()
	}
	out.err(nil)
}

func (s *Server) catch(_ *session, r *http.Request, _ *reader, out *writer) {
	n, err := s.catchUp(r.Context())
	out.err(err)
	out.uint(uint64(n))
}

func (s *Server) backup(w http.ResponseWriter, r *http.Request) {
	s.with(w, r, func(se *session) {
		b, ok := s.store.(backuper)
		if !ok {
			http.Error(w, "this store makes no copies of itself", http.StatusNotImplemented)
			return
		}
		if _, err := b.Backup(w); err != nil {
			panic(http.ErrAbortHandler) // so that the other side sees that it is not whole
		}
	})
}
