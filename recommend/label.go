package recommend

import (
	"cmp"
	"slices"

	"akin/recommend/text"
)

// SameLabel returns what the spellings of one topic's slug have in common: case,
// accents and the signs between words do not count. Slugs with an equal one
// meet as terms.
func SameLabel(slug string) string { return cmp.Or(text.Label(slug), slug) }

// LikeLabel returns what the slugs of topics have in common that readers take for
// one, which is more than makes them meet as terms: spaces, apostrophes, dots and
// "&" do not count either. See [text.Spelling].
func LikeLabel(slug string) string { return cmp.Or(text.Spelling(slug), slug) }

// TranscribedLabel returns the slug as those write it who have no keys for its
// letters ("Öl" as "Oel"), as [LikeLabel] has it.
func TranscribedLabel(slug string) string { return LikeLabel(text.Transcribed(slug)) }

// Tidied returns slugs as they are stored: composed, without white space at
// their ends and twice within, none twice. It returns slugs itself where they are so.
func Tidied(slugs []string) []string {
	if !slices.ContainsFunc(slugs, func(s string) bool { return text.Line(s) != s }) {
		return slugs
	}
	tidy := make([]string, len(slugs))
	for i, s := range slugs {
		tidy[i] = cmp.Or(text.Line(s), s)
	}
	return distinct(tidy)
}

// Tidy returns the topic with its slugs as they are stored.
func (t Topic) Tidy() Topic {
	t.Slug = cmp.Or(text.Line(t.Slug), t.Slug)
	t.Parent = text.Line(t.Parent)
	return t
}

// TitleShape returns what the titles of a series have in common: numbers, months
// and days in them are "#", and neither case nor accents nor signs count.
func TitleShape(title string) string { return text.Shape(title) }
