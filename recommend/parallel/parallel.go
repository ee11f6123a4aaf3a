// Package parallel does one thing to many on all processors. It is for work
// that only computes: it takes no context, returns no errors, and does not bound
// what waits for a store or a network; golang.org/x/sync/errgroup does. Start
// reading at [Each].
package parallel

import (
	"runtime"
	"sync"
	"sync/atomic"
)

// Each calls f with 0 to n-1, each once, from as many goroutines as there are
// processors ([runtime.GOMAXPROCS]), and returns after the last call has. Calls
// come in no order. A panic of f ends the program.
func Each(n int, f func(i int)) { EachWith(n, func() func(int) { return f }) }

// EachWith is [Each] with a function of its own for every goroutine, which
// worker makes, so that it may keep working memory. worker itself is called from
// several goroutines at once.
func EachWith(n int, worker func() func(i int)) {
	workers := min(runtime.GOMAXPROCS(0), n)
	if workers < 1 {
		return
	}
	// Short calls share the cost of asking for the next; the last ones are few,
	// so that no goroutine has much left to do when the others are done.
	run := min(max(n/(8*workers), 1), 64)
	var next atomic.Int64
	var wg sync.WaitGroup
	for range workers {
		wg.Go(func() {
			f := worker()
			for {
				to := int(next.Add(int64(run)))
				from := to - run
				if from >= n {
					return
				}
				for i := from; i < min(to, n); i++ {
					f(i)
				}
			}
		})
	}
	wg.Wait()
}
