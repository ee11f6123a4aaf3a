package text

import (
	"strings"

	"github.com/blevesearch/snowballstem"
	"github.com/blevesearch/snowballstem/arabic"
	"github.com/blevesearch/snowballstem/danish"
	"github.com/blevesearch/snowballstem/dutch"
	"github.com/blevesearch/snowballstem/finnish"
	"github.com/blevesearch/snowballstem/german"
	"github.com/blevesearch/snowballstem/italian"
	"github.com/blevesearch/snowballstem/portuguese"
	"github.com/blevesearch/snowballstem/romanian"
	"github.com/blevesearch/snowballstem/turkish"
	"github.com/kljensen/snowball/english"
	"github.com/kljensen/snowball/french"
	"github.com/kljensen/snowball/hungarian"
	"github.com/kljensen/snowball/norwegian"
	"github.com/kljensen/snowball/russian"
	"github.com/kljensen/snowball/spanish"
	"github.com/kljensen/snowball/swedish"
)

// stemmer returns the function that stems the words of a base language, nil if
// there is none. Words are in lower case, composed (NFC), with straight
// apostrophes.
func stemmer(lang string) func(string) string {
	switch lang {
	case "en":
		return every(english.Stem)
	case "es":
		return every(spanish.Stem)
	case "fr":
		return every(french.Stem)
	case "hu":
		return every(hungarian.Stem)
	case "no":
		return every(norwegian.Stem)
	case "ru":
		return every(russian.Stem)
	case "sv":
		return every(swedish.Stem)
	case "ar":
		return generated(arabic.Stem)
	case "da":
		return generated(danish.Stem)
	case "de":
		return generated(german.Stem)
	case "fi":
		return generated(finnish.Stem)
	case "it":
		return generated(italian.Stem)
	case "nl":
		return generated(dutch.Stem)
	case "pt":
		return generated(portuguese.Stem)
	case "ro":
		return generated(romanian.Stem)
	case "tr":
		return generated(turkish.Stem)
	case "ko":
		return koreanStem
	}
	return nil
}

// stemmed lists the base languages whose words are stemmed as Snowball does.
func stemmed() []string {
	return strings.Fields("ar da de en es fi fr hu it nl no pt ro ru sv tr")
}

// every makes a stemmer of one that could leave stop words alone. Stop words
// are known before the stemmer is asked.
func every(stem func(word string, stopWords bool) string) func(string) string {
	return func(word string) string { return stem(word, true) }
}

// generated makes a stemmer of one that the Snowball compiler wrote.
func generated(stem func(*snowballstem.Env) bool) func(string) string {
	return func(word string) string {
		env := snowballstem.NewEnv(word)
		stem(env)
		return env.Current()
	}
}
