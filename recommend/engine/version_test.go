package engine_test

import (
	"errors"
	"math"
	"strings"
	"testing"

	"akin/infra/test/storetest"
	"akin/recommend"
)

// Promise 6: the newest version wins, in whatever order versions come, and a
// withdrawal is remembered, also of an item that was never seen.
func TestNewestVersionWins(t *testing.T) {
	e := newEngine(t, storetest.NewMemory(), shortLists())
	for _, tt := range []struct {
		name     string
		id       string
		title    string // empty: withdraw
		version  int64
		conflict bool
		want     string // the title stored afterwards; empty: withdrawn
	}{
		{"the first", "a", "Five", 5, false, "Five"},
		{"an older one comes late", "a", "Four", 4, true, "Five"},
		{"the same again", "a", "Five", 5, false, "Five"},
		{"the same version, other content", "a", "Other", 5, true, "Five"},
		{"a late withdrawal of an older one", "a", "", 3, true, "Five"},
		{"a newer one", "a", "Six", 6, false, "Six"},
		{"its withdrawal", "a", "", 7, false, ""},
		{"the withdrawal again", "a", "", 7, false, ""},
		{"a publish that the withdrawal overtook", "a", "Six", 6, true, ""},
		{"a publish of the withdrawn version", "a", "Seven", 7, true, ""},
		{"a newer publish brings it back", "a", "Eight", 8, false, "Eight"},
		{"a withdrawal before anything else", "b", "", 3, false, ""},
		{"a publish that it overtook", "b", "Two", 2, true, ""},
	} {
		var r recommend.Result
		if tt.title == "" {
			r = e.publisher.Withdraw(t.Context(), tt.id, tt.version)
		} else {
			r = e.publisher.Put(t.Context(), recommend.Item{ID: tt.id, Title: tt.title, Lang: "en", Version: tt.version})[0]
		}
		var conflict *recommend.ConflictError
		if errors.As(r.Err, &conflict) != tt.conflict || !tt.conflict && r.Err != nil {
			t.Errorf("%s: %+v, want a conflict: %v", tt.name, r, tt.conflict)
		}
		got, err := e.reader.Item(t.Context(), tt.id)
		if err != nil {
			t.Fatal(err)
		}
		if got.Title != tt.want || (got.Status == recommend.Withdrawn) != (tt.want == "") {
			t.Errorf("%s: stored is %q (%s), want %q", tt.name, got.Title, got.Status, tt.want)
		}
	}
}

// Promise 6 at the end of the numbers: a version has a bound, and one that akin
// gives itself never leaps to the other end of them.
func TestVersionsDoNotOverflow(t *testing.T) {
	const late = "Late"
	e := newEngine(t, storetest.NewMemory(), shortLists())
	put := func(title string, version int64) recommend.Result {
		return e.publisher.Put(t.Context(), recommend.Item{ID: "a", Title: title, Lang: "en", Version: version})[0]
	}
	for _, v := range []int64{recommend.MaxVersion + 1, math.MaxInt64} {
		var invalid *recommend.InvalidError
		if r := put("Too late", v); !errors.As(r.Err, &invalid) || invalid.Field != "version" || !strings.Contains(invalid.Reason, "4611686018427387904") {
			t.Errorf("version %d: %+v, want a refusal that names the bound", v, r)
		}
		if r := e.publisher.Withdraw(t.Context(), "a", v); !errors.As(r.Err, &invalid) || invalid.Field != "version" {
			t.Errorf("withdrawal as version %d: %+v, want a refusal", v, r)
		}
	}
	if r := put(late, recommend.MaxVersion); r.Err != nil {
		t.Fatal(r.Err)
	}
	// What names no version still gets through, and the last version may not
	// come back.
	for i := range int64(3) {
		if r := e.publisher.Withdraw(t.Context(), "a", 0); r.Err != nil || r.Version != recommend.MaxVersion+1+2*i {
			t.Fatalf("withdrawal without version: %+v", r)
		}
		var conflict *recommend.ConflictError
		if r := put(late, recommend.MaxVersion); !errors.As(r.Err, &conflict) {
			t.Fatalf("the last version again: %+v, want a conflict", r)
		}
		if it, err := e.reader.Item(t.Context(), "a"); err != nil || it.Status != recommend.Withdrawn {
			t.Fatalf("the withdrawn item is back: %+v, %v", it, err)
		}
		if r := put(late, 0); r.Err != nil || r.Version != recommend.MaxVersion+2+2*i {
			t.Fatalf("publish without version: %+v", r)
		}
	}
}
