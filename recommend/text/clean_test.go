package text

import "testing"

// What clean passes, the whole way leaves as it is: every byte at every place, at
// the ends and after a space, and in the ends of texts.
func TestCleanIsPlain(t *testing.T) {
	const around = "one port, 2 ports"
	passed := 0
	check := func(s string) {
		if !clean(s) {
			return
		}
		passed++
		if got := foldSpace(prepare(s, " ")); got != s {
			t.Errorf("clean(%q), but it is plain as %q", s, got)
		}
		if got := prepare(s, "\n\n"); got != s {
			t.Errorf("clean(%q), but it is read as %q", s, got)
		}
	}
	for n := range len(around) + 1 {
		check(around[:n])
		for at := range n {
			for c := range 256 {
				check(around[:at] + string([]byte{byte(c)}) + around[at:n])
			}
		}
	}
	check("rent &amp; wages") // what one byte by itself does not make
	check("rent <b>and</b> wages")
	if passed < 10_000 {
		t.Errorf("clean passes %d texts only", passed)
	}
}
