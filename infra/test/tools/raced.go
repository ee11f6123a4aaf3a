package tools

import (
	"runtime/debug"
	"slices"
	"testing"
)

// Raced reports whether the race detector watches this program, which then takes
// five to fifteen times as long.
func Raced() bool {
	info, ok := debug.ReadBuildInfo()
	return ok && slices.Contains(info.Settings, debug.BuildSetting{Key: "-race", Value: "true"})
}

// SkipRaced skips a test under the race detector, where it takes long and runs
// nothing at once that another test does not. make tests runs it without.
func SkipRaced(t testing.TB) {
	t.Helper()
	if Raced() {
		t.Skip("make tests runs this without the race detector")
	}
}
