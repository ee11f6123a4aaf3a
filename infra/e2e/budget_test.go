package e2e

import (
	"context"
	"fmt"
	"maps"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"slices"
	"testing"
	"time"

	"akin/infra/tools"
)

// maxProgram is what a function's program may take, in bytes.
var maxProgram = map[string]int64{"api": 15 << 20, "draft": 15 << 20, "publish": 12 << 20, "reindex": 13 << 20}

// maxStart is how much processor time a process may take, at the median, from
// its start to its first request for work. The aim is 15 ms for each. The api
// makes its OpenAPI document and page templates when it starts, and is three
// times over; these bounds keep it from growing.
var maxStart = map[string]time.Duration{
	"api": 75 * time.Millisecond, "draft": 45 * time.Millisecond, "publish": 15 * time.Millisecond, "reindex": 30 * time.Millisecond,
}

// The programs as they are deployed.
func TestProgramsAreSmall(t *testing.T) {
	root, err := tools.Root()
	if err != nil {
		t.Fatal(err)
	}
	dir := t.TempDir()
	for name, most := range maxProgram {
		out := filepath.Join(dir, name)
		cmd := exec.CommandContext(t.Context(), "go", "build", "-tags", "lambda.norpc", "-trimpath", "-ldflags", "-s -w -buildid=", "-o", out, "./functions/"+name)
		cmd.Dir, cmd.Env = root, append(os.Environ(), "CGO_ENABLED=0", "GOOS=linux", "GOARCH=arm64")
		if b, err := cmd.CombinedOutput(); err != nil {
			t.Fatalf("build %s: %v\n%s", name, err, b)
		}
		info, err := os.Stat(out)
		if err != nil {
			t.Fatal(err)
		}
		t.Logf("%s: %.1f MB of %d", name, float64(info.Size())/(1<<20), most>>20)
		if info.Size() > most {
			t.Errorf("%s takes %d bytes, more than %d", name, info.Size(), most)
		}
	}
}

// slack is 1, or on a busy machine, whose processors share their caches and units
// with others' work, 4.
func slack(t *testing.T) time.Duration {
	t.Helper()
	b, err := os.ReadFile("/proc/loadavg")
	if err != nil {
		return 1 // no Linux
	}
	var load float64
	if _, err := fmt.Sscan(string(b), &load); err != nil {
		t.Fatal(err)
	}
	if load > float64(runtime.NumCPU()) {
		return 4
	}
	return 1
}

// The least of several medians, since a busy machine can only make it longer.
func TestProgramsStartSoon(t *testing.T) {
	dir := programs(t)
	slack := slack(t)
	for _, name := range slices.Sorted(maps.Keys(maxProgram)) {
		maxStart := slack * maxStart[name]
		best, bestWall := time.Hour, time.Hour
		for round := 0; round < 5 && best > maxStart; round++ {
			var processor, wall []time.Duration
			for range 9 {
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
			slices.Sort(processor)
			slices.Sort(wall)
			best, bestWall = min(best, processor[len(processor)/2]), min(bestWall, wall[len(wall)/2])
		}
		t.Logf("%s asks for work after %v, having used %v of %v", name, bestWall.Round(100*time.Microsecond), best.Round(100*time.Microsecond), maxStart)
		if best > maxStart {
			t.Errorf("%s uses %v before it asks for work, more than %v", name, best, maxStart)
		}
	}
}
