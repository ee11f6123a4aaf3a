package storetest

import (
	"context"
	"errors"
	"math/rand/v2"
	"sync"

	"akin/recommend/store"
)

var (
	// ErrFault is the error of an injected fault. It does not tell whether a
	// write happened, as a broken connection does not.
	ErrFault = errors.New("injected fault")

	// ErrCrashed is the error of everything after an injected crash.
	ErrCrashed = errors.New("injected crash")
)

// Faults makes a store fail by plan: by chance from a seed, and by a crash at a
// chosen write point. Each transaction of an Apply that keeps to the rules is
// one write point, numbered from 1 in the order in which they happen; running a
// scenario without faults, reading Writes, and running it once with each CrashAt
// up to that tries a crash between any two writes. The zero value injects
// nothing and counts.
//
// The exported fields do not change once Wrap was called. One Faults may wrap
// several stores, which then crash together.
type Faults struct {
	Seed    uint64  // of the choices below
	Before  float64 // chance, 0 to 1, that a transaction fails and did not happen
	After   float64 // chance that a transaction fails though it happened: a lost answer
	Reads   float64 // chance that a Get or a Query fails
	Shuffle bool    // the transactions of one Apply happen in random order

	// PageRows bounds the rows of one answer of Query: each holds a random
	// number of them from 1 to PageRows. 0: as the store answers.
	PageRows int

	// CrashAt is the write point at which the store crashes: that transaction
	// and all later ones do not happen, and every call fails with ErrCrashed
	// from then on. 0: never. With CrashWritten that one transaction still
	// happens, unknown to the caller.
	CrashAt      int
	CrashWritten bool

	// Hook, if not nil, is called before each transaction that will happen,
	// with its write point; no lock is held. The transactions of one Apply are
	// then applied one by one, so that a Hook that blocks freezes the writer
	// between two of them, while other calls go on.
	Hook func(point int, tx store.Tx)

	mu       sync.Mutex
	rand     *rand.Rand
	writes   int
	reads    int
	injected int
	crashed  bool
	healed   bool
}

// Wrap returns a store that passes calls on to s, with f's faults. Its Close
// does not close s, so that a test can go on with s as after a restart.
func (f *Faults) Wrap(s store.Store) store.Store {
	return &faulty{f, s}
}

// Writes returns the number of write points so far.
func (f *Faults) Writes() int {
	f.mu.Lock()
	defer f.mu.Unlock()
	return f.writes
}

// Calls returns the number of calls of Get and Query so far.
func (f *Faults) Calls() int {
	f.mu.Lock()
	defer f.mu.Unlock()
	return f.reads
}

// Injected returns the number of faults injected so far, the crash included and
// what failed after it not.
func (f *Faults) Injected() int {
	f.mu.Lock()
	defer f.mu.Unlock()
	return f.injected
}

// Crashed says whether the crash has happened.
func (f *Faults) Crashed() bool {
	f.mu.Lock()
	defer f.mu.Unlock()
	return f.crashed
}

// Heal ends all faults by chance, so that a test can wait for things to settle.
// A crash stays, and one that is planned still happens.
func (f *Faults) Heal() {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.healed = true
}

// chance draws whether something of probability p happens. f.mu is held.
func (f *Faults) chance(p float64) bool {
	if p <= 0 || f.healed || f.random().Float64() >= p {
		return false
	}
	f.injected++
	return true
}

func (f *Faults) random() *rand.Rand {
	if f.rand == nil {
		f.rand = rand.New(rand.NewPCG(f.Seed, 0x616b696e))
	}
	return f.rand
}

// read counts a read and returns the error it fails with, if any, and how many
// rows it may answer, 0 for as many as there are.
func (f *Faults) read() (page int, err error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.reads++
	if f.crashed {
		return 0, ErrCrashed
	}
	if f.chance(f.Reads) {
		return 0, ErrFault
	}
	if f.PageRows > 0 {
		page = 1 + f.random().IntN(f.PageRows)
	}
	return page, nil
}

// A fate is what becomes of one transaction.
type fate struct {
	point   int
	happens bool
	err     error // what the caller is told; nil: what the store says
}

// plan draws the fates of n transactions and the order in which they happen.
func (f *Faults) plan(n int) (order []int, fates []fate) {
	f.mu.Lock()
	defer f.mu.Unlock()
	order, fates = make([]int, n), make([]fate, n)
	for i := range order {
		order[i] = i
	}
	if f.Shuffle {
		f.random().Shuffle(n, func(i, j int) { order[i], order[j] = order[j], order[i] })
	}
	for _, i := range order {
		if f.crashed {
			fates[i].err = ErrCrashed
			continue
		}
		f.writes++
		fates[i].point = f.writes
		switch {
		case f.writes == f.CrashAt:
			f.crashed = true
			f.injected++
			fates[i].happens, fates[i].err = f.CrashWritten, ErrCrashed
		case f.chance(f.Before):
			fates[i].err = ErrFault
		default:
			fates[i].happens = true
			if f.chance(f.After) {
				fates[i].err = ErrFault
			}
		}
	}
	return order, fates
}

// faulty is a store with faults.
type faulty struct {
	f *Faults
	s store.Store
}

var _ store.Store = (*faulty)(nil)

func (w *faulty) Limits() store.Limits { return w.s.Limits() }

func (w *faulty) Close() error { return nil }

func (w *faulty) Get(ctx context.Context, c store.Consistency, keys ...store.Key) ([]store.Row, error) {
	if _, err := w.f.read(); err != nil {
		return nil, err
	}
	return w.s.Get(ctx, c, keys...)
}

func (w *faulty) Query(ctx context.Context, c store.Consistency, r store.Range) ([]store.Row, bool, error) {
	page, err := w.f.read()
	if err != nil {
		return nil, false, err
	}
	if page == 0 {
		return w.s.Query(ctx, c, r)
	}
	asked := r
	if asked.Limit == 0 || asked.Limit > page {
		asked.Limit = page
	}
	return w.s.Query(ctx, c, asked)
}

func (w *faulty) Apply(ctx context.Context, txs ...store.Tx) []error {
	errs := w.s.Limits().Check(txs)
	var valid []int
	for i, err := range errs {
		if err == nil {
			valid = append(valid, i)
		}
	}
	order, fates := w.f.plan(len(valid))
	var batch []store.Tx
	var index []int
	for _, o := range order {
		i, fate := valid[o], fates[o]
		errs[i] = fate.err
		if !fate.happens {
			continue
		}
		if w.f.Hook == nil {
			batch, index = append(batch, txs[i]), append(index, i)
			continue
		}
		w.f.Hook(fate.point, txs[i])
		if err := w.s.Apply(ctx, txs[i])[0]; fate.err == nil {
			errs[i] = err
		}
	}
	if len(batch) > 0 {
		for n, err := range w.s.Apply(ctx, batch...) {
			if errs[index[n]] == nil {
				errs[index[n]] = err
			}
		}
	}
	return errs
}
