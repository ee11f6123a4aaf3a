package text

import (
	"cmp"
	"fmt"
	"math"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
	"unicode"
)

// slipsBetween is the edit distance of two words by its definition, as a full table has it.
func slipsBetween(a, b string) int {
	x, y := []rune(a), []rune(b)
	t := make([][]int, len(x)+1)
	for i := range t {
		t[i] = make([]int, len(y)+1)
		for j := range t[i] {
			switch {
			case i == 0 || j == 0:
				t[i][j] = i + j
			default:
				same := 1
				if x[i-1] == y[j-1] {
					same = 0
				}
				t[i][j] = min(t[i-1][j]+1, t[i][j-1]+1, t[i-1][j-1]+same)
				if i > 1 && j > 1 && x[i-1] == y[j-2] && x[i-2] == y[j-1] {
					t[i][j] = min(t[i][j], t[i-2][j-2]+1)
				}
			}
		}
	}
	return t[len(x)][len(y)]
}

// Worked by hand.
func TestSlipsBetween(t *testing.T) {
	for _, tt := range []struct {
		a, b string
		want int
	}{{"", "abc", 3}, {"migrant", "migrnat", 1}, {"migrant", "migrant", 0}, {"ca", "abc", 3}, {"heat", "het", 1}, {"heat", "beast", 2}} {
		if got := slipsBetween(tt.a, tt.b); got != tt.want {
			t.Errorf("slipsBetween(%q, %q) = %d, want %d", tt.a, tt.b, got, tt.want)
		}
	}
}

// worth is what a word of a query gets of a word, by the words of [Lookup]'s comment.
func worth(asked, word string) int {
	n := len([]rune(asked))
	early := math.MaxInt
	for i := range len([]rune(word)) + 1 {
		early = min(early, slipsBetween(asked, string([]rune(word)[:i])))
	}
	digits := strings.ContainsFunc(asked, unicode.IsDigit)
	d := slipsBetween(asked, word)
	switch {
	case d == 0:
		return 8
	case early == 0 && n >= 2:
		return 6
	case digits:
		return 0
	case d == 1 && n >= 4:
		return 4
	case d == 2 && n >= 8:
		return 3
	case early == 1 && n >= 6:
		return 2
	case early == 2 && n >= 10:
		return 1
	}
	return 0
}

type plainName struct {
	words string // parted by spaces
	date  int64
}

// bruteFind compares every word of a query with every word of every name.
func bruteFind(names map[uint32]plainName, q string, pass func(uint32) bool) []Found {
	points, met, least := map[uint32]uint32{}, map[uint32]int{}, map[uint32]int{}
	var asked []string
	for _, w := range strings.Fields(q) {
		if !slices.Contains(asked, w) && len(asked) < 8 {
			asked = append(asked, w)
		}
	}
	for _, w := range asked {
		best := map[uint32]int{}
		for n, it := range names {
			for _, v := range strings.Fields(it.words) {
				if p := worth(w, v); p > best[n] {
					best[n] = p
				}
			}
		}
		for n, p := range best {
			rare := 1 + uint32(math.Floor(math.Log2(float64(len(names)/len(best)))))
			points[n] += uint32(p) * rare
			met[n]++
			if least[n] == 0 || p < least[n] {
				least[n] = p
			}
		}
	}
	var found []Found
	for n, p := range points {
		if 2*met[n] >= len(asked) && pass(n) {
			f := Found{n, p, 0}
			if met[n] == len(asked) {
				f.Least = uint8(least[n])
			}
			found = append(found, f)
		}
	}
	different := func(n uint32) int {
		ws := strings.Fields(names[n].words)
		slices.Sort(ws)
		return len(slices.Compact(ws))
	}
	slices.SortFunc(found, func(a, b Found) int {
		return cmp.Or(cmp.Compare(b.Points, a.Points), cmp.Compare(different(a.Name), different(b.Name)),
			cmp.Compare(names[b.Name].date, names[a.Name].date), strings.Compare(fmt.Sprint(a.Name), fmt.Sprint(b.Name)))
	})
	return found
}

// bruteMeant puts words right by comparing them with all.
func bruteMeant(names map[uint32]plainName, q string, pass func(uint32) bool) (string, bool) {
	in := map[string]int{}
	for n, it := range names {
		ws := strings.Fields(it.words)
		slices.Sort(ws)
		for _, w := range slices.Compact(ws) {
			if pass(n) {
				in[w]++
			}
		}
	}
	out, changed := strings.Fields(q), false
	if len(out) > 8 {
		return q, false
	}
	for i, w := range out {
		n := len([]rune(w))
		if n < 4 || in[w] > 0 || strings.ContainsFunc(w, unicode.IsDigit) {
			continue
		}
		best := ""
		for v := range in {
			if d := slipsBetween(w, v); d > 2 || d == 2 && n < 8 {
				continue
			}
			if best == "" || cmp.Or(cmp.Compare(slipsBetween(w, v), slipsBetween(w, best)), cmp.Compare(in[best], in[v]), strings.Compare(v, best)) < 0 {
				best = v
			}
		}
		if best != "" {
			out[i], changed = best, true
		}
	}
	return strings.Join(out, " "), changed
}

// A look-up agrees with the comparison of all words, after any sequence of names set, replaced
// and removed.
func TestLookupAgreesWithBruteForce(t *testing.T) {
	rng := rand.New(rand.NewPCG(1, 2))
	word := func() string { // few letters, so that many words are near each other
		b := make([]rune, 1+rng.IntN(13))
		for i := range b {
			b[i] = []rune("aaeerstинñ7")[rng.IntN(11)]
			if b[i] == 'ñ' {
				b[i] = 'o'
			}
		}
		return string(b)
	}
	var vocabulary []string
	for range 400 {
		w := word()
		vocabulary = append(vocabulary, w)
		if r := []rune(w); len(r) > 3 && rng.IntN(2) == 0 {
			vocabulary = append(vocabulary, string(r[:len(r)-1]), string(r)+"s")
		}
	}
	slip := func(w string) string {
		r := []rune(w)
		for range rng.IntN(4) {
			if len(r) < 2 {
				break
			}
			switch i := rng.IntN(len(r) - 1); rng.IntN(4) {
			case 0:
				r = slices.Delete(r, i, i+1)
			case 1:
				r = slices.Insert(r, i, 'e')
			case 2:
				r[i], r[i+1] = r[i+1], r[i]
			case 3:
				r[i] = 't'
			}
		}
		return string(r)
	}
	var l Lookup
	names := map[uint32]plainName{}
	for step := range 1500 {
		n := uint32(rng.IntN(150))
		if rng.IntN(4) == 0 {
			delete(names, n)
			l.Remove(n)
		} else {
			var ws []string
			for range 1 + rng.IntN(5) {
				ws = append(ws, vocabulary[min(rng.IntN(len(vocabulary)), rng.IntN(len(vocabulary)))])
			}
			names[n] = plainName{strings.Join(ws, " "), int64(rng.IntN(3))}
			l.Set(n, strings.ToUpper(names[n].words), names[n].date, fmt.Sprint(n))
		}
		if step%8 != 0 {
			continue
		}
		var q []string
		for range 1 + rng.IntN(3) {
			q = append(q, slip(vocabulary[rng.IntN(len(vocabulary))]))
		}
		asked := strings.Join(q, " ")
		pass := func(n uint32) bool { return n%7 != 3 }
		limit := 1 + rng.IntN(12)
		want, got := bruteFind(names, asked, pass), l.Find(asked, limit, pass)
		if want = want[:min(limit, len(want))]; !slices.Equal(got, want) {
			t.Fatalf("step %d: Find(%q, %d) = %v, want %v", step, asked, limit, got, want)
		}
		text, changed := l.Meant(asked, pass)
		if wantText, wantChanged := bruteMeant(names, asked, pass); changed != wantChanged || changed && text != wantText {
			t.Fatalf("step %d: Meant(%q) = %q %v, want %q %v", step, asked, text, changed, wantText, wantChanged)
		}
		if l.Len() != len(names) {
			t.Fatalf("step %d: %d names, want %d", step, l.Len(), len(names))
		}
	}
	if len(l.words) == 0 || len(l.known) > 2*len(l.words) {
		t.Errorf("%d words are known, %d are of names", len(l.known), len(l.words))
	}
}

// What readers write is found as they mean it.
func TestLookup(t *testing.T) {
	var l Lookup
	for i, s := range []string{"Cool by Noon: Public Cooling Centres", "La migración en las ciudades", "移民政策の研究", "COVID-19 and Title 42", "The Straße of São Paulo", "Cool by Night"} {
		l.Set(uint32(i), s, 0, fmt.Sprint(i))
	}
	for _, tt := range []struct {
		q    string
		want []uint32
	}{
		{"cooling centers", []uint32{0}},
		{"coolign", []uint32{0}},
		{"cool noon", []uint32{0, 5}},
		{"migracoin", []uint32{1}},
		{"MIGRACIÓN", []uint32{1}},
		{"政策", []uint32{2}},
		{"covid 19", []uint32{3}},
		{"title 43", []uint32{3}}, // half of the words
		{"strasse sao", []uint32{4}},
		{"xyzzy", nil},
		{"...", nil},
		{"", nil},
	} {
		var got []uint32
		for _, f := range l.Find(tt.q, 10, nil) {
			got = append(got, f.Name)
		}
		if !slices.Equal(got, tt.want) {
			t.Errorf("Find(%q) = %v, want %v", tt.q, got, tt.want)
		}
	}
	all := func(uint32) bool { return true }
	for _, tt := range []struct {
		q, want string
		changed bool
	}{
		{"coolign centres", "cooling centres", true},
		{"migracion", "migracion", false},
		{"migracoin", "migración", true},
		{"Strase", "straße", true},
		{"nono", "noon", true},
		{"by", "by", false},
	} {
		if got, changed := l.Meant(tt.q, all); got != tt.want || changed != tt.changed {
			t.Errorf("Meant(%q) = %q, %v; want %q, %v", tt.q, got, changed, tt.want, tt.changed)
		}
	}
	if got, changed := l.Meant("coolign", func(n uint32) bool { return n != 0 }); changed {
		t.Errorf("a hidden name's word is named: %q", got)
	}
}

func FuzzLookup(f *testing.F) {
	f.Add("Cool by Noon", "coolign")
	f.Add("\xffa\u0301", "ﷺ ﬁ 移")
	f.Fuzz(func(t *testing.T, name, q string) {
		var l Lookup
		l.Set(3, name, 0, "x")
		if found := l.Find(name, 5, nil); len(askedWords(name)) > 0 && len(found) != 1 {
			t.Errorf("%q does not find itself", name)
		}
		l.Find(q, 5, nil)
		l.Meant(q, func(uint32) bool { return true })
		l.Remove(3)
		if l.Len() != 0 || l.Find(name, 5, nil) != nil {
			t.Errorf("%q is found after it was removed", name)
		}
	})
}
