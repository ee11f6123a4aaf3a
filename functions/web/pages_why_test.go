package web

import (
	"regexp"
	"strings"
	"testing"
)

// An editor asks by words of a title why a work is missing, and is told what keeps it out, and
// what would bring it in.
func TestWhyIsAWorkMissing(t *testing.T) {
	s, _ := editorSite(t, nil)
	page := func(path string, want ...string) {
		t.Helper()
		status, _, body := fetch(t, s.URL+path)
		if status != 200 {
			t.Fatalf("%s: status %d", path, status)
		}
		for _, w := range want {
			if !strings.Contains(body, w) {
				t.Errorf("%s lacks %q", path, w)
			}
		}
	}
	const list = "/items/cool-by-noon"
	page(list, `href="/items/cool-by-noon/why"`)
	page(list+"/edit", `<form class="sheet" action="/items/cool-by-noon/why"`, `/items/cool-by-noon/why/`)
	page(list+"/why?q=reading+a+budget", `href="/items/cool-by-noon/why/`, "Which one do you mean?")
	page(list+"/why?q=zzzzzz", "No work has these words.")
	status, header, _ := fetch(t, s.URL+list+"/why?q=frescos-al-mediodia") // by id, at once
	if to := header.Get("Location"); status != 303 || to != list+"/why/frescos-al-mediodia" {
		t.Errorf("a work that the editor named is asked for: %d %s", status, to)
	}
	page(list+"/why/frescos-al-mediodia", "It is a language version of the same work.")
	page(list+"/why/frescos-al-mediodia?lang=es", "Es una versión en otro idioma del mismo trabajo.")
	if status, _, _ := fetch(t, s.URL+list+"/why/nothing"); status != 404 {
		t.Errorf("of an unknown work: %d", status)
	}
	if status, _, _ := fetch(t, s.URL+"/items/nothing/why"); status != 404 {
		t.Errorf("of an unknown list: %d", status)
	}
}

// Readers see at most three reasons, in shares of a hundred, and no score.
func TestReadersSeeThreeReasons(t *testing.T) {
	s := serveCorpus(t)
	six, row := regexp.MustCompile(`>0\.\d{6}<`), regexp.MustCompile(`(?s)<details class="why.*?</details>`)
	_, _, body := fetch(t, s.URL+"/items/cool-by-noon")
	if six.MatchString(body) {
		t.Errorf("readers see the score %s", six.FindString(body))
	}
	all := row.FindAllString(body, -1)
	if len(all) == 0 {
		t.Fatal("no reasons are shown")
	}
	for _, why := range all {
		if n := strings.Count(why, `<tr><th scope="row">`) - 1; n < 1 || n > 4 { // with the rest
			t.Errorf("%d reasons: %s", n, why)
		}
		about, _, _ := strings.Cut(why, "</summary>")
		if strings.Count(about, ",") > 2 {
			t.Errorf("more than three reasons: %s", about)
		}
	}
}
