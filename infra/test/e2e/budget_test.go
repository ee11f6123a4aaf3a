package e2e

import (
	"context"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"akin/infra/test/tools"
)

// What each function's program may take.
const (
	maxProgram = 16 << 20              // bytes
	maxStart   = 15 * time.Millisecond // from the start of the process to its first request for work, at the median
)

// functionNames are those of the functions, whose programs are held to budgets.
var functionNames = [...]string{"api", "draft", "publish", "reindex"}

// The programs, made as sam makes them.
func TestProgramsAreSmall(t *testing.T) {
	root, err := tools.Root()
	if err != nil {
		t.Fatal(err)
	}
	dir := t.TempDir()
	for _, name := range functionNames {
		target := "build-" + strings.ToUpper(name[:1]) + name[1:] + "Function"
		cmd := exec.CommandContext(t.Context(), "make", "-s", target, "ARTIFACTS_DIR="+dir)
		cmd.Dir = root
		if b, err := cmd.CombinedOutput(); err != nil {
			t.Fatalf("make %s: %v\n%s", target, err, b)
		}
		out := filepath.Join(dir, "bootstrap")
		info, err := os.Stat(out)
		if err != nil {
			t.Fatal(err)
		}
		tools.Budget(t, "program %s: %.1f MiB of %d", name, float64(info.Size())/(1<<20), maxProgram>>20)
		if info.Size() > maxProgram {
			t.Errorf("%s takes %d bytes, more than %d", name, info.Size(), maxProgram)
		}
	}
}

// errandTime is what errand takes of a processor that has nothing else to do, on
// the machine that maxStart was measured on.
const errandTime = 4 * time.Millisecond

// errand does what a program does when it starts: it touches fresh memory, and
// makes small things and maps of them.
func errand() int {
	n := 0
	for range 4 {
		fresh := make([]byte, 1<<20)
		for i := 0; i < len(fresh); i += 4096 {
			fresh[i] = 1
		}
		small := make(map[string]*[]byte)
		for i := range 4000 {
			small[strconv.Itoa(i)] = &fresh
		}
		n += len(small)
	}
	return n
}

// slowness is how much longer than errandTime errands took in the middle, 1 to 4:
// a machine may be slow, or its processors share their caches with others' work.
func slowness(errands []time.Duration) float64 {
	return min(4, max(1, float64(middle(errands))/float64(errandTime)))
}

// used returns the time of processors that this program has used.
func used(t *testing.T) time.Duration {
	t.Helper()
	var u syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &u); err != nil {
		t.Fatal(err)
	}
	return time.Duration(u.Utime.Nano() + u.Stime.Nano())
}

// middle returns the median of took.
func middle(took []time.Duration) time.Duration {
	return slices.Sorted(slices.Values(took))[len(took)/2]
}

// The least of several medians, since a busy machine can only make it longer.
// What counts is the time of processors, as an idle machine would take it; an
// errand beside each start tells how far from idle this one is.
func TestProgramsStartSoon(t *testing.T) {
	dir := programs(t)
	for _, name := range functionNames {
		best := time.Hour
		for round := 0; round < 5 && best > maxStart; round++ {
			var processor, wall, errands []time.Duration
			for range 9 {
				before := used(t)
				if errand() != 16000 {
					t.Fatal("an errand was not done")
				}
				errands = append(errands, used(t)-before)
				ctx, cancel := context.WithTimeout(t.Context(), 30*time.Second)
				w, p, err := StartTime(ctx, FunctionConfig{Name: name, Binary: filepath.Join(dir, name), Env: []string{
					"AWS_REGION=" + region, "AWS_ACCESS_KEY_ID=x", "AWS_SECRET_ACCESS_KEY=x", "AKIN_TABLE=x", "AKIN_STACK=x",
					"AKIN_SITE=https://news.example", "AKIN_SESSION=0123456789abcdef0123456789abcdef",
				}})
				cancel()
				if err != nil {
					t.Fatal(err)
				}
				processor, wall = append(processor, p), append(wall, w)
			}
			slow := slowness(errands)
			scaled := time.Duration(float64(middle(processor)) / slow)
			t.Logf("%s: %v of a processor that is %.1f times as slow as an idle one, %v on the clock", name, middle(processor), slow, middle(wall))
			best = min(best, scaled)
		}
		tools.Budget(t, "start of %s: %v of %v", name, best.Round(100*time.Microsecond), maxStart)
		if best > maxStart {
			t.Errorf("%s uses %v of an idle processor before it asks for work, more than %v", name, best, maxStart)
		}
	}
}
