package parallel_test

import (
	"runtime"
	"sync"
	"sync/atomic"
	"testing"

	"akin/recommend/parallel"
)

func TestEachCallsOnce(t *testing.T) {
	for _, procs := range []int{1, 2, 7} {
		defer runtime.GOMAXPROCS(runtime.GOMAXPROCS(procs))
		for _, n := range []int{0, 1, 2, 6, 7, 15, 16, 63, 64, 65, 1000, 10_001} {
			calls := make([]atomic.Int32, n)
			parallel.Each(n, func(i int) { calls[i].Add(1) })
			for i := range calls {
				if got := calls[i].Load(); got != 1 {
					t.Errorf("%d processors: Each(%d) called f(%d) %d times", procs, n, i, got)
				}
			}
		}
	}
}

// As many calls run at once as there are processors: each waits for all others.
func TestEachUsesAllProcessors(t *testing.T) {
	const procs = 5
	defer runtime.GOMAXPROCS(runtime.GOMAXPROCS(procs))
	var all sync.WaitGroup
	all.Add(procs)
	parallel.Each(procs, func(int) {
		all.Done()
		all.Wait()
	})
}

func TestEachWithMakesOneFunctionAGoroutine(t *testing.T) {
	defer runtime.GOMAXPROCS(runtime.GOMAXPROCS(3))
	var made, sum atomic.Int64
	parallel.EachWith(1000, func() func(int) {
		made.Add(1)
		own := 0 // no other goroutine touches it
		return func(i int) {
			own++
			sum.Add(int64(i))
		}
	})
	if made.Load() != 3 || sum.Load() != 1000*999/2 {
		t.Errorf("made %d functions, the sum is %d; want 3 and %d", made.Load(), sum.Load(), 1000*999/2)
	}
}
