// Compare runs the benchmarks of two commits in turn, and tells how many times as long
// those of the later one take: the median over the rounds of the ratio within each.
// A machine that is busy for a while so slows both. It builds the tests of the
// earlier commit in a worktree of its own, which it removes again, and those of the
// later one from the folder that it is run in.
//
//	go run ./infra/test/compare --rounds 5 403636a
//
// Benchmarks are matched by name, since packages move. Those that only one commit
// has are named at the end.
package main

import (
	"cmp"
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"maps"
	"os"
	"os/exec"
	"os/signal"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
)

func main() {
	rounds := flag.Int("rounds", 5, "how often each benchmark is run")
	time := flag.String("time", "200ms", "how long, as -benchtime of go test")
	only := flag.String("bench", ".", "`pattern` of the benchmarks")
	flag.Parse()
	if flag.NArg() != 1 || *rounds < 1 {
		fmt.Fprintln(os.Stderr, "compare wants one commit to compare with")
		os.Exit(2)
	}
	// What was interrupted is cleared away all the same.
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	defer stop()
	if err := compare(ctx, flag.Arg(0), *only, *time, *rounds); err != nil {
		fmt.Fprintln(os.Stderr, "compare:", err)
		os.Exit(1)
	}
}

func compare(ctx context.Context, base, only, time string, rounds int) (err error) {
	dir, err := os.MkdirTemp("", "akin-compare-")
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, os.RemoveAll(dir)) }()
	tree := filepath.Join(dir, "base")
	if _, err := output(ctx, ".", "git", "worktree", "add", "--detach", tree, base); err != nil {
		return err
	}
	defer func() {
		_, removed := output(context.Background(), ".", "git", "worktree", "remove", "--force", tree)
		err = errors.Join(err, removed)
	}()
	before, err := build(ctx, tree, filepath.Join(dir, "before"), only)
	if err != nil {
		return err
	}
	after, err := build(ctx, ".", filepath.Join(dir, "after"), only)
	if err != nil {
		return err
	}
	both, alone := match(before, after)
	times := map[string][2][]float64{}
	for range rounds {
		for _, pair := range both {
			for i, b := range pair {
				out, err := output(ctx, b.dir, b.program, "-test.run", "^$", "-test.bench", "^"+b.name+"$", "-test.benchtime", time, "-test.timeout", "30m")
				if ctx.Err() != nil {
					return ctx.Err()
				}
				if err != nil {
					fmt.Fprintln(os.Stderr, b.name, err) // one that wants what this machine lacks
				}
				for name, ns := range results(out) {
					t := times[name]
					t[i] = append(t[i], ns)
					times[name] = t
				}
			}
		}
	}
	report(os.Stdout, times)
	for _, name := range alone {
		fmt.Println("only in one:", name)
	}
	return nil
}

// A benchmark is one function of a test program.
type benchmark struct {
	name, program, dir string
}

// build builds the test programs of a tree's packages that have benchmarks, and
// lists these.
func build(ctx context.Context, tree, to, only string) ([]benchmark, error) {
	if err := os.Mkdir(to, 0o700); err != nil {
		return nil, err
	}
	sources, err := output(ctx, tree, "git", "grep", "-l", "^func Benchmark", "--", "*_test.go")
	if err != nil {
		return nil, err
	}
	packages := map[string]bool{}
	for source := range strings.FieldsSeq(sources) {
		packages[filepath.Dir(source)] = true
	}
	var all []benchmark
	for _, p := range slices.Sorted(maps.Keys(packages)) {
		program, err := filepath.Abs(filepath.Join(to, strings.ReplaceAll(p, "/", "_")+".test"))
		if err != nil {
			return nil, err
		}
		if _, err := output(ctx, tree, "go", "test", "-trimpath", "-c", "-o", program, "./"+p); err != nil {
			return nil, err
		}
		dir := filepath.Join(tree, p)
		names, err := output(ctx, dir, program, "-test.list", only)
		if err != nil {
			return nil, err
		}
		for name := range strings.FieldsSeq(names) {
			if strings.HasPrefix(name, "Benchmark") {
				all = append(all, benchmark{name, program, dir})
			}
		}
	}
	return all, nil
}

// match pairs the benchmarks of a name, in the order of before, those of packages
// of the same name first. It returns the names of the others, too.
func match(before, after []benchmark) (both [][2]benchmark, alone []string) {
	left := slices.Clone(after)
	take := func(b benchmark, same bool) bool {
		at := slices.IndexFunc(left, func(a benchmark) bool {
			return a.name == b.name && (!same || filepath.Base(a.program) == filepath.Base(b.program))
		})
		if at < 0 {
			return false
		}
		both = append(both, [2]benchmark{b, left[at]})
		left = slices.Delete(left, at, at+1)
		return true
	}
	moved := slices.DeleteFunc(slices.Clone(before), func(b benchmark) bool { return take(b, true) })
	moved = slices.DeleteFunc(moved, func(b benchmark) bool { return take(b, false) })
	for _, b := range slices.Concat(moved, left) {
		alone = append(alone, b.name)
	}
	return both, alone
}

var result = regexp.MustCompile(`(?m)^(Benchmark\S+)\s+\d+\s+([\d.]+) ns/op`)

// results reads nanoseconds an operation from what a test program wrote, by
// benchmark.
func results(out string) map[string]float64 {
	all := map[string]float64{}
	for _, m := range result.FindAllStringSubmatch(out, -1) {
		if ns, err := strconv.ParseFloat(m[2], 64); err == nil {
			all[m[1]] = ns
		}
	}
	return all
}

// report writes a line a benchmark: microseconds before and after, at the median,
// and the median of the ratios.
func report(w io.Writer, times map[string][2][]float64) {
	for _, name := range slices.Sorted(maps.Keys(times)) {
		t := times[name]
		n := min(len(t[0]), len(t[1]))
		if n == 0 {
			continue
		}
		ratios := make([]float64, n)
		for i := range ratios {
			ratios[i] = t[1][i] / t[0][i]
		}
		fmt.Fprintf(w, "%-60s %12.1f %12.1f µs %6.2f\n", name, median(t[0])/1000, median(t[1])/1000, median(ratios))
	}
}

// median returns the middle of some numbers, of two the lower one.
func median(ns []float64) float64 {
	ns = slices.Sorted(slices.Values(ns))
	return ns[(len(ns)-1)/2]
}

// output runs a program in a folder, and returns what it writes.
func output(ctx context.Context, dir string, args ...string) (string, error) {
	c := exec.CommandContext(ctx, args[0], args[1:]...)
	c.Dir = dir
	var wrong strings.Builder
	c.Stderr = &wrong
	out, err := c.Output()
	if err != nil {
		err = fmt.Errorf("%s: %w: %s", strings.Join(args[:min(len(args), 3)], " "), err, cmp.Or(wrong.String(), string(out)))
	}
	return string(out), err
}
