package tools

import (
	"runtime/debug"
	"slices"
)

// Raced reports whether the race detector watches this program, which then takes
// five to fifteen times as long.
func Raced() bool {
	info, ok := debug.ReadBuildInfo()
	return ok && slices.Contains(info.Settings, debug.BuildSetting{Key: "-race", Value: "true"})
}
