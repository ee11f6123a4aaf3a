package remote

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"net"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"akin/infra/bolt"
	"akin/infra/memory"
	"akin/infra/test/storetest"
	"akin/recommend/engine"
	"akin/recommend/store"
)

// patience is how long anything may take on a busy machine.
const patience = time.Minute

// serve offers a store at a path and returns its server.
func serve(t testing.TB, s store.Store, path string) *Server {
	t.Helper()
	server := NewServer(s, "v1")
	if err := server.Listen(path, func(context.Context) (int, error) { return 7, nil }); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := server.Close(); err != nil && !errors.Is(err, os.ErrNotExist) {
			t.Error(err)
		}
	})
	return server
}

func use(t testing.TB, path string) *Store {
	t.Helper()
	s, err := Dial(t.Context(), path, "v1")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = s.Close() })
	return s
}

// served returns a bolt store that is served, and where.
func served(t testing.TB) (*bolt.Store, *Server, string) {
	t.Helper()
	path := filepath.Join(t.TempDir(), "akin.db")
	s, err := bolt.Open(path)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = s.Close() })
	return s, serve(t, s, path), path
}

func TestStoreOnBolt(t *testing.T) {
	storetest.Run(t, func(t *testing.T) store.Store {
		_, _, path := served(t)
		return use(t, path)
	})
}

func TestStoreOnMemory(t *testing.T) {
	storetest.Run(t, func(t *testing.T) store.Store {
		path := filepath.Join(t.TempDir(), "m")
		serve(t, memory.New(), path)
		return use(t, path)
	})
}

func key(sort string) store.Key { return store.Key{Part: "p", Sort: sort} }

func put(sort string, rev uint64) store.Tx {
	return store.Tx{{Row: store.Row{Key: key(sort), Rev: rev}}}
}

// What a client writes moves the version of the store that is served, so that
// whoever caches by it there sees the write at once; and a client sees its own.
func TestVersionIsShared(t *testing.T) {
	s, server, path := served(t)
	c := use(t, path)
	before, _ := s.Version()
	if err := c.Apply(t.Context(), put("a", 1))[0]; err != nil {
		t.Fatal(err)
	}
	after, settled := s.Version()
	if there, _ := c.Version(); after == before || !settled || there != after {
		t.Errorf("versions %d before, %d after, %d at the client", before, after, there)
	}
	if server.Writes() != 1 {
		t.Errorf("Writes() = %d, want 1", server.Writes())
	}
}

// A snapshot stays as it is; what is live does not.
func TestSnapshot(t *testing.T) {
	_, _, path := served(t)
	c := use(t, path)
	c.Apply(t.Context(), put("a", 1))
	snapshot, err := c.Snapshot(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	v, _ := snapshot.Version()
	c.Apply(t.Context(), put("a", 2), put("b", 1))
	rows, err := snapshot.Get(t.Context(), store.Strong, key("a"), key("b"))
	if err != nil || rows[0].Rev != 1 || rows[1].Rev != 0 {
		t.Errorf("the snapshot has %v, %v", rows, err)
	}
	if now, settled := snapshot.Version(); now != v || !settled {
		t.Errorf("the version of a snapshot went from %d to %d", v, now)
	}
	if err := snapshot.Apply(t.Context(), put("a", 3))[0]; err == nil {
		t.Error("a snapshot was written to")
	}
	if err := snapshot.Close(); err != nil {
		t.Error(err)
	}
	plain := filepath.Join(t.TempDir(), "m")
	serve(t, memory.New(), plain)
	if _, err := use(t, plain).Snapshot(t.Context()); err == nil || !strings.Contains(err.Error(), "no snapshots") {
		t.Errorf("a snapshot of a store that makes none: %v", err)
	}
}

// A copy made by the server is the store.
func TestBackup(t *testing.T) {
	_, _, path := served(t)
	c := use(t, path)
	c.Apply(t.Context(), put("a", 5))
	var b bytes.Buffer
	if n, err := c.Backup(&b); err != nil || n != int64(b.Len()) {
		t.Fatal(n, err)
	}
	file := filepath.Join(t.TempDir(), "copy.db")
	if err := os.WriteFile(file, b.Bytes(), 0o600); err != nil {
		t.Fatal(err)
	}
	s, err := bolt.Open(file)
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	if rows, err := s.Get(t.Context(), store.Strong, key("a")); err != nil || rows[0].Rev != 5 {
		t.Errorf("the copy has %v, %v", rows, err)
	}
}

// A failing store answers errors of the kind that is asked for.
type failing struct {
	store.Store
	err error
}

func (f failing) Get(context.Context, store.Consistency, ...store.Key) ([]store.Row, error) {
	return nil, f.err
}

func TestErrorsKeepTheirIdentity(t *testing.T) {
	for _, want := range []error{
		fmt.Errorf("get: %w", context.Canceled), fmt.Errorf("get: %w", context.DeadlineExceeded),
		fmt.Errorf("lease: %w", engine.ErrBusy), errors.New("p: damaged store"),
		&store.ConditionError{Op: 3, Key: key("a")},
	} {
		path := filepath.Join(t.TempDir(), "m")
		serve(t, failing{memory.New(), want}, path)
		_, err := use(t, path).Get(t.Context(), store.Strong, key("a"))
		if err == nil || err.Error() != want.Error() {
			t.Errorf("Get = %v, want %v", err, want)
		}
		for _, is := range []error{context.Canceled, context.DeadlineExceeded, engine.ErrBusy, store.ErrCondition} {
			if errors.Is(err, is) != errors.Is(want, is) {
				t.Errorf("errors.Is(%q, %q) = %t over the socket", want, is, errors.Is(err, is))
			}
		}
	}
}

// A slow store answers no Get before its context ends, and tells when it has.
type slow struct {
	store.Store
	began, ended chan struct{}
}

func (s slow) Get(ctx context.Context, _ store.Consistency, _ ...store.Key) ([]store.Row, error) {
	s.began <- struct{}{}
	<-ctx.Done()
	s.ended <- struct{}{}
	return nil, ctx.Err()
}

// A context that ends ends the call on both sides, and other calls go on.
func TestCancel(t *testing.T) {
	path := filepath.Join(t.TempDir(), "m")
	s := slow{memory.New(), make(chan struct{}), make(chan struct{})}
	serve(t, s, path)
	c := use(t, path)
	ctx, cancel := context.WithCancel(t.Context())
	got := make(chan error)
	go func() {
		_, err := c.Get(ctx, store.Strong, key("a"))
		got <- err
	}()
	<-s.began
	if err := c.Apply(t.Context(), put("b", 1))[0]; err != nil {
		t.Errorf("Apply during a slow Get: %v", err)
	}
	cancel()
	if err := <-got; !errors.Is(err, context.Canceled) {
		t.Errorf("Get = %v, want context canceled", err)
	}
	<-s.ended
	if _, _, err := c.Query(t.Context(), store.Strong, store.Range{Part: "p"}); err != nil {
		t.Errorf("Query after that: %v", err)
	}
}

// Programs of other versions refuse each other, and say what to do.
func TestOtherVersions(t *testing.T) {
	_, _, path := served(t)
	_, err := Dial(t.Context(), path, "v2")
	if err == nil || errors.Is(err, ErrNotServed) || !strings.Contains(err.Error(), "is served by akin v1 (protocol 1), and this is akin v2 (protocol 1)") {
		t.Errorf("Dial of another version: %v", err)
	}
	g := greeting{Protocol: protocol + 1, Version: "v1"}
	if err := g.check("akin.db", "v1"); err == nil || !strings.Contains(err.Error(), "(protocol 2)") {
		t.Errorf("a greeting of another protocol: %v", err)
	}
}

// A file that took the place of the one that is served is not confused with it.
func TestReplacedFile(t *testing.T) {
	_, _, path := served(t)
	other := filepath.Join(filepath.Dir(path), "other.db")
	if err := os.WriteFile(other, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	if err := os.Rename(other, path); err != nil {
		t.Fatal(err)
	}
	if _, err := Dial(t.Context(), path, "v1"); err == nil || !strings.Contains(err.Error(), "another one by now") {
		t.Errorf("Dial: %v", err)
	}
}

// Whoever has ended is gone, and what it held is free.
func TestGone(t *testing.T) {
	_, server, path := served(t)
	a, b := use(t, path), use(t, path)
	if server.Gone(t.Context(), a.Owner()) || b.Gone(t.Context(), a.Owner()) || b.Gone(t.Context(), server.Owner()) {
		t.Error("somebody who lives is taken for gone")
	}
	if !b.Gone(t.Context(), "nobody") || !server.Gone(t.Context(), "nobody") {
		t.Error("nobody is taken for somebody")
	}
	if _, err := a.Turn(t.Context()); err != nil {
		t.Fatal(err)
	}
	a.end() // as if killed
	over, err := b.Turn(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	over()
	for deadline := time.Now().Add(patience); !b.Gone(t.Context(), a.Owner()); {
		if time.Now().After(deadline) {
			t.Fatal("a client that has ended is taken for alive")
		}
	}
}

// Nobody has a turn while another one has, on either side.
func TestTurns(t *testing.T) {
	_, server, path := served(t)
	var having, had atomic.Int32
	var wg sync.WaitGroup
	for _, take := range []func(context.Context) (func(), error){server.Turn, use(t, path).Turn, use(t, path).Turn} {
		for range 2 {
			wg.Go(func() {
				for range 10 {
					over, err := take(t.Context())
					if err != nil {
						t.Error(err)
						return
					}
					if having.Add(1) != 1 {
						t.Error("two have a turn")
					}
					having.Add(-1)
					had.Add(1)
					over()
				}
			})
		}
	}
	wg.Wait()
	if had.Load() != 60 {
		t.Errorf("%d turns, want 60", had.Load())
	}
	over, err := server.Turn(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithTimeout(t.Context(), 20*time.Millisecond)
	defer cancel()
	if _, err := use(t, path).Turn(ctx); !errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("Turn while another has it = %v", err)
	}
	over()
}

// The server indexes for its clients.
func TestCatchUp(t *testing.T) {
	_, _, path := served(t)
	if n, err := use(t, path).CatchUp(t.Context()); n != 7 || err != nil {
		t.Errorf("CatchUp = %d, %v", n, err)
	}
}

// A server that has ended is a clear error, also in the middle of a call, and
// what it left is not a hindrance to the next one.
func TestServerEnds(t *testing.T) {
	s, server, path := served(t)
	c := use(t, path)
	if err := server.Close(); err != nil {
		t.Fatal(err)
	}
	if err := c.Apply(t.Context(), put("a", 1))[0]; !errors.Is(err, ErrLost) || !strings.HasPrefix(err.Error(), path+": the akin that served it has ended") {
		t.Errorf("Apply = %v", err)
	}
	if _, err := Dial(t.Context(), path, "v1"); !errors.Is(err, ErrNotServed) {
		t.Errorf("Dial = %v, want %v", err, ErrNotServed)
	}
	if _, err := os.Lstat(path + ".sock"); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("the socket is left: %v", err)
	}
	// One that was killed leaves its socket.
	l, _, err := listen(path)
	if err != nil {
		t.Fatal(err)
	}
	l.Close()
	if _, err := Dial(t.Context(), path, "v1"); !errors.Is(err, ErrNotServed) {
		t.Errorf("Dial of a socket that is left = %v, want %v", err, ErrNotServed)
	}
	serve(t, s, path)
	if err := use(t, path).Apply(t.Context(), put("a", 1))[0]; err != nil {
		t.Error(err)
	}
}

// The socket is for its owner alone, found by any name of the file, however long,
// and takes no other file's place.
func TestSocket(t *testing.T) {
	long := t.TempDir()
	for len(long) < 3*maxAddress {
		long = filepath.Join(long, strings.Repeat("x", 40))
	}
	if err := os.MkdirAll(long, 0o700); err != nil {
		t.Fatal(err)
	}
	t.Setenv("XDG_RUNTIME_DIR", "")
	for _, path := range []string{filepath.Join(t.TempDir(), "akin.db"), filepath.Join(long, "akin.db")} {
		if err := os.WriteFile(path, nil, 0o600); err != nil {
			t.Fatal(err)
		}
		link := filepath.Join(t.TempDir(), "link.db")
		if err := os.Symlink(path, link); err != nil {
			t.Fatal(err)
		}
		l, _, err := listen(path) // killed
		if err != nil {
			t.Fatal(err)
		}
		l.Close()
		left, _ := address(path)
		server := serve(t, memory.New(), path)
		use(t, path)
		use(t, link)
		at, err := address(link)
		if err != nil {
			t.Fatal(err)
		}
		if info, err := os.Stat(at); err != nil || info.Mode().Perm() != 0o600 {
			t.Errorf("the socket: %v, %v", info, err)
		}
		if len(at) > maxAddress {
			t.Errorf("the socket has a name of %d bytes", len(at))
		}
		if left != at {
			if _, err := os.Stat(filepath.Dir(left)); !errors.Is(err, os.ErrNotExist) {
				t.Errorf("the folder of a killed server's socket is left: %v", err)
			}
		}
		if err := server.Close(); err != nil {
			t.Error(err)
		}
		entries, err := os.ReadDir(filepath.Dir(path))
		if err != nil || len(entries) != 1 {
			t.Errorf("left beside the store: %v, %v", entries, err)
		}
	}
	path := filepath.Join(t.TempDir(), "akin.db")
	if err := os.WriteFile(path+".sock", []byte("somebody's"), 0o600); err != nil {
		t.Fatal(err)
	}
	if err := NewServer(memory.New(), "v1").Listen(path, nil); err == nil {
		t.Error("a file was replaced by a socket")
	}
}

// A cutting is a network between client and server that breaks.
type cutting struct {
	listener net.Listener
	to       string
	mu       sync.Mutex
	rng      *rand.Rand
	healed   bool
	cuts     int
}

// next says after how many bytes a connection breaks; -1: never.
func (c *cutting) next() int64 {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.healed || c.rng.IntN(10) == 0 {
		return -1
	}
	c.cuts++
	return int64(c.rng.IntN(5000))
}

func (c *cutting) run() {
	for {
		in, err := c.listener.Accept()
		if err != nil {
			return
		}
		out, err := net.Dial("unix", c.to)
		if err != nil {
			in.Close()
			return
		}
		there, back := c.next(), c.next()
		copied := func(to, from net.Conn, most int64) {
			if most < 0 {
				_, _ = io.Copy(to, from)
			} else {
				_, _ = io.CopyN(to, from, most)
			}
			in.Close()
			out.Close()
		}
		go copied(out, in, there)
		go copied(in, out, back)
	}
}

// Whenever a connection breaks, in the middle of a request or of an answer, a
// transaction happens whole or not at all, once, and one that was answered well
// did happen.
func TestCuts(t *testing.T) {
	s, server, path := served(t)
	at, err := address(path)
	if err != nil {
		t.Fatal(err)
	}
	l, err := net.Listen("unix", filepath.Join(t.TempDir(), "s"))
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	c := &cutting{listener: l, to: at, rng: rand.New(rand.NewPCG(1, 2)), healed: true}
	go c.run()
	clientOf := func() *Store {
		for {
			if u, err := dial(t.Context(), path, l.Addr().String(), "v1", false); err == nil {
				return u
			}
		}
	}
	c.mu.Lock()
	c.healed = false
	c.mu.Unlock()
	pair := func(n int) (store.Key, store.Key) {
		return key(fmt.Sprintf("a%d", n)), key(fmt.Sprintf("b%d", n))
	}
	var wg sync.WaitGroup
	var answered, lost atomic.Int32
	for w := range 3 {
		wg.Go(func() {
			u := clientOf()
			rev := uint64(0)
			a, b := pair(w)
			for range 150 {
				rows, err := u.Get(t.Context(), store.Strong, a, b)
				if err != nil {
					u.end()
					u = clientOf()
					continue
				}
				if rows[0].Rev != rows[1].Rev || rows[0].Rev < rev {
					t.Errorf("rows of one transaction have revs %d and %d; %d was answered", rows[0].Rev, rows[1].Rev, rev)
				}
				rev = rows[0].Rev
				data := bytes.Repeat([]byte{byte(rev)}, 700)
				tx := store.Tx{
					{Row: store.Row{Key: a, Rev: rev + 1, Data: data}, Cond: store.RevIs, Want: rev},
					{Row: store.Row{Key: b, Rev: rev + 1, Data: data}, Cond: store.RevLess},
				}
				if rev == 0 {
					tx[0].Cond = store.Absent
				}
				switch err := u.Apply(t.Context(), tx)[0]; {
				case err == nil:
					rev++
					answered.Add(1)
				case errors.Is(err, store.ErrCondition):
					t.Errorf("a transaction happened twice: %v", err)
				default:
					lost.Add(1)
					u.end()
					for old := u.Owner(); !server.Gone(t.Context(), old); {
						runtime.Gosched() // until then it may still happen
					}
					u = clientOf()
				}
			}
			u.end()
		})
	}
	wg.Wait()
	if answered.Load() == 0 || lost.Load() == 0 {
		t.Errorf("%d answered, %d lost, %d cuts", answered.Load(), lost.Load(), c.cuts)
	}
	for w := range 3 {
		a, b := pair(w)
		rows, err := s.Get(t.Context(), store.Strong, a, b)
		if err != nil || rows[0].Rev != rows[1].Rev || !bytes.Equal(rows[0].Data, rows[1].Data) {
			t.Errorf("at the end: %v, %v", rows, err)
		}
	}
	t.Logf("%d transactions answered, %d lost", answered.Load(), lost.Load())
}

// No message makes either side fail otherwise than with an error.
func FuzzMessage(f *testing.F) {
	var w writer
	w.tx(store.Tx{{Row: store.Row{Key: key("a"), Rev: 1, Data: []byte("x"), Expires: time.Unix(9, 0)}, Cond: store.RevIs, Want: 4}})
	f.Add(w.b)
	w = writer{}
	w.err(&store.ConditionError{Op: 1, Key: key("a")})
	f.Add(w.b)
	f.Add([]byte{0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 1})
	f.Fuzz(func(t *testing.T, b []byte) {
		r := reader{b: b}
		tx := r.tx()
		if !r.failed {
			var w writer
			w.tx(tx)
			again := reader{b: w.b}
			if got := again.tx(); again.end() != nil || len(got) != len(tx) {
				t.Errorf("%v came back as %v", tx, got)
			}
		}
		r = reader{b: b}
		_ = r.err()
		_ = r.body(true)
		_ = r.end()
	})
}
