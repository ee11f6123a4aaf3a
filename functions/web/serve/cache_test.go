package serve

import (
	"testing"
	"time"
)

// Worked by hand: 30 s fresh and 30 s stale, cut at the end of the next embargo.
func TestCacheControl(t *testing.T) {
	now := time.Date(2026, 5, 1, 12, 0, 0, 0, time.UTC)
	for _, tt := range []struct {
		left time.Duration // until the embargo ends; 0: none
		want string
	}{
		{0, "public, max-age=30, stale-while-revalidate=30"},
		{time.Hour, "public, max-age=30, stale-while-revalidate=30"},
		{60 * time.Second, "public, max-age=30, stale-while-revalidate=30"},
		{59*time.Second + 999*time.Millisecond, "public, max-age=30, stale-while-revalidate=29"},
		{31 * time.Second, "public, max-age=30, stale-while-revalidate=1"},
		{30 * time.Second, "public, max-age=30"},
		{12*time.Second + 500*time.Millisecond, "public, max-age=12"},
		{time.Millisecond, "public, max-age=0"},
		{-time.Hour, "public, max-age=0"},
	} {
		var until time.Time
		if tt.left != 0 {
			until = now.Add(tt.left)
		}
		if got := CacheControl(now, until); got != tt.want {
			t.Errorf("cacheControl with %v left = %q, want %q", tt.left, got, tt.want)
		}
	}
}
