package text

import (
	"bufio"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// The lists hold the words of the vocabulary and their stems by Snowball 2.2. Where the libraries are
// of another opinion, testdata/stems/known.tsv says so: language, word, our stem.
func TestStemsAgreeWithSnowball(t *testing.T) {
	known := map[string]string{}
	for _, f := range fields(t, "testdata/stems/known.tsv", 3) {
		known[f[0]+" "+f[1]] = f[2]
	}
	for _, lang := range stemmed() {
		list := fields(t, filepath.Join("testdata/stems", lang+".txt"), 2)
		if len(list) < 300 {
			t.Errorf("%s: %d words, want at least 300", lang, len(list))
		}
		data, err := vocabulary.ReadFile("vocabulary/" + lang + ".txt")
		if err != nil {
			t.Fatal(err)
		}
		if words := strings.Fields(string(data)); len(words) != len(list) || words[len(words)-1] != list[len(list)-1][0] {
			t.Errorf("%s: the list is not of the words of the vocabulary; run testdata/stems/make.sh", lang)
		}
		stem := stemmer(lang)
		for _, f := range list {
			word, want := f[0], f[1]
			got := stem(word)
			ours, differs := known[lang+" "+word]
			delete(known, lang+" "+word)
			switch {
			case differs && ours == want:
				t.Errorf("%s: %q is not a known difference", lang, word)
			case differs && got != ours:
				t.Errorf("%s: stem of %q = %q, known as %q", lang, word, got, ours)
			case !differs && got != want:
				t.Errorf("%s: stem of %q = %q, want %q", lang, word, got, want)
			}
		}
	}
	for _, k := range slices.Sorted(maps.Keys(known)) {
		t.Errorf("known difference %q is in no list", k)
	}
}

// fields returns the tab-separated fields of every line of a file.
func fields(t *testing.T, name string, n int) [][]string {
	t.Helper()
	f, err := os.Open(name)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	var lines [][]string
	for sc := bufio.NewScanner(f); sc.Scan(); {
		line := strings.Split(sc.Text(), "\t")
		if len(line) != n {
			t.Fatalf("%s: %q has %d fields, want %d", name, sc.Text(), len(line), n)
		}
		lines = append(lines, line)
	}
	return lines
}

func TestNoStemmer(t *testing.T) {
	for _, lang := range []string{"", "und", "pl", "zh", "en-GB", "xx"} {
		if stemmer(lang) != nil {
			t.Errorf("stemmer(%q) is a stemmer, want nil", lang)
		}
	}
}
