package coverage

import (
	"embed"
	"encoding/json"
	"strings"
	"sync"
)

// A sentence says in one language what a kind of finding rests on and then what
// to do. {0}, {1}, ... stand for its facts. Where the first fact of a finding names
// a variant, the sentence of that variant is used.
type sentence [2]string

// In returns the evidence and the action in lang, "en" or "es"; in English if it
// is another.
func (f *Finding) In(lang string) (evidence, action string) {
	in, ok := sentences[lang]
	if !ok {
		in = sentences["en"]
	}
	all := in()
	s, ok := all[string(f.Kind)+"/"+f.variant()]
	if !ok {
		s = all[string(f.Kind)]
	}
	var pairs []string
	for i, fact := range f.Facts {
		pairs = append(pairs, "{"+number(i)+"}", fact)
	}
	pairs = append(pairs, "{topic}", f.Topic, "{other}", f.Other)
	fill := strings.NewReplacer(pairs...)
	return fill.Replace(s[0]), fill.Replace(s[1])
}

// variant tells apart sentences of one kind.
func (f *Finding) variant() string {
	first := ""
	if len(f.Facts) > 0 {
		first = f.Facts[0]
	}
	if first == "many" {
		return first
	}
	switch f.Kind {
	case DeadPin, RisingTerm:
		return first
	case MissingTopic:
		if first == "version" {
			return first
		}
	case NoAlt:
		switch {
		case f.Topic != "":
			return "topic"
		case first == "empty":
			return first
		}
	case NearDuplicate:
		if len(f.Facts) > 3 {
			return "group"
		}
	case NoDate:
		if first != "" {
			return "order"
		}
	case WrongTopic:
		if f.Other != "" {
			return "instead"
		}
	case NeverRecommended:
		if len(f.Facts) > 1 && f.Facts[1] != "-" {
			return "ranked"
		}
	case EmptyList:
		if first != "-" {
			return "weak"
		}
	case UncoveredSubject:
		if len(f.Facts) > 2 && f.Facts[2] == "-" {
			return "none"
		}
	}
	return ""
}

//go:embed words/*.json
var wordFiles embed.FS

// sentences are those of each language, read when first asked for.
var sentences = map[string]func() map[string]sentence{"en": sentencesIn("en"), "es": sentencesIn("es")}

func sentencesIn(lang string) func() map[string]sentence {
	return sync.OnceValue(func() map[string]sentence {
		b, err := wordFiles.ReadFile("words/" + lang + ".json")
		all := map[string]sentence{}
		if err == nil {
			err = json.Unmarshal(b, &all)
		}
		if err != nil {
			panic(err) // the file is part of the program
		}
		return all
	})
}
