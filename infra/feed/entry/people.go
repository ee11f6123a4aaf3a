package entry

import (
	"strings"
	"unicode"

	"akin/recommend"
	"akin/recommend/text"
)

var (
	mailName   = Pattern(`^\s*"?[^\s"<>()]+@[^\s"<>()]+"?\s*\(([^()]*)\)\s*$`)                                  // noreply@x (Name)
	inBrackets = Pattern(`\s*[<(\[]\s*(?:mailto:)?[^\s"<>()\[\]]*@[^\s"<>()\[\]]+\s*[>)\]]`)                    // Name (@handle)
	mailBehind = Pattern(`\s*[<(\[]?\s*(?:mailto:)?[^\s"<>()\[\]]+@[^\s"<>()\[\]]+\.[^\s"<>()\[\]]+\s*[>)\]]?`) // Name <a@x>
	byline     = Pattern(`(?i)^(?:by|von|par|por|di|door|av|af|texto de|text by|words by|written by|posted by|author)(?::\s*|\s+)`)
	labelled   = Pattern(`(?i)^(?:author|autore?|autora|auteur|auteure|auteurs|autor/in|by|words|text|texte|texto|testo|автор|текст|автори|forfatter|skribent)\s*[:：]\s*`)
)

// Author returns the name of an author without markup, mail addresses and "By";
// "" if nothing is left, for an address is nobody's name.
func Author(s string) string {
	if m := mailName().FindStringSubmatch(s); m != nil {
		s = m[1]
	}
	s = text.DropCodes(s) // [Name](address)
	s = inBrackets().ReplaceAllString(s, " ")
	s = mailBehind().ReplaceAllString(s, " ") // before "<a@x.example>" is dropped as a tag
	if s = PlainText(s); strings.ContainsAny(s, "<&") {
		s = PlainText(s) // markup that was escaped twice
	}
	if strings.HasPrefix(s, "http://") || strings.HasPrefix(s, "https://") {
		return ""
	}
	if m := byline().FindString(s); m != "" && capital(s[len(m):]) {
		s = s[len(m):]
	}
	s = labelled().ReplaceAllString(s, "")
	s = strings.Trim(s, " ,;\"<>|-–—")
	if !strings.ContainsFunc(s, func(r rune) bool { return unicode.IsLetter(r) || unicode.IsDigit(r) }) {
		return ""
	}
	return Cut(s, recommend.MaxAuthor)
}

// capital says whether s begins as a name does: "Di Maio" is one, "di Anna Rossi" is not.
func capital(s string) bool {
	for _, r := range s {
		return unicode.IsUpper(r) && strings.Contains(s, " ")
	}
	return false
}
