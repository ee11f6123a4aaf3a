package coverage

import (
	"runtime"
	"sync"
	"sync/atomic"
)

// parallel calls f with 0 to n-1 on all cores.
func parallel(n int, f func(i int)) {
	var next atomic.Int64
	var wg sync.WaitGroup
	for range runtime.GOMAXPROCS(0) {
		wg.Go(func() {
			for {
				from := int(next.Add(64)) - 64
				if from >= n {
					return
				}
				for i := from; i < min(n, from+64); i++ {
					f(i)
				}
			}
		})
	}
	wg.Wait()
}
