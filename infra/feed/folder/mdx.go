package folder

import (
	"strings"

	"akin/infra/feed/entry"
)

var (
	imported = entry.Pattern(`(?m)^import\s+(?:[^\n;{}]+?\s*,?\s*)?(?:\{[^{}]{0,1000}\}\s*)?(?:from\s+)?['"][^'"\n]+['"];?[ \t]*$`)
	exported = entry.Pattern(`(?m)^export\s+(?:const|let|var|default|async|function|class)\b[^\n{(\[]*`)
	tagName  = entry.Pattern(`^</?(?:[A-Z][\w.]*|[a-z]\w*\.[\w.]+)?[\s/>]`)
	literal  = entry.Pattern("^\\s*(?:\"([^\"\\\\]*)\"|'([^'\\\\]*)'|`([^`$\\\\]*)`)\\s*$")
)

// dropCode drops the code of an MDX text: imports, exports, tags of components
// and expressions. What stands between tags, and a text that is all of an
// expression, stay; so does code in backticks, and what has no end.
func dropCode(s string) string {
	const most = 200 // brackets without an end, past which a text is no code
	s = imported().ReplaceAllString(s, "")
	var b strings.Builder
	end := 0
	for _, at := range exported().FindAllStringIndex(s, most) {
		if at[0] < end {
			continue
		}
		b.WriteString(s[end:at[0]])
		for end = at[1]; end < len(s) && s[end] != '\n'; {
			end += max(1, braced(s[end:]))
		}
	}
	b.WriteString(s[end:])
	s = b.String()
	b.Reset()
	for odd := 0; s != "" && odd < most; {
		k := strings.IndexAny(s, "`<{\\")
		if k < 0 {
			break
		}
		b.WriteString(s[:k])
		s = s[k:]
		n := 1
		switch s[0] {
		case '\\':
			n = min(2, len(s))
		case '`':
			mark := s[:len(s)-len(strings.TrimLeft(s, "`"))]
			n = len(mark)
			if end := strings.Index(s[n:], mark); end >= 0 {
				n += end + n
			}
		case '<':
			if size := component(s); size > 0 {
				s, n = s[size:], 0
			}
		case '{':
			if size := braced(s); size > 0 {
				if m := literal().FindStringSubmatch(s[1 : size-1]); m != nil {
					b.WriteString(m[1] + m[2] + m[3])
				}
				s, n = s[size:], 0
			} else {
				odd++
			}
		}
		b.WriteString(s[:n])
		s = s[n:]
	}
	b.WriteString(s)
	return b.String()
}

const maxCode = 20_000 // bytes of a tag or an expression

// braced returns the size of the brackets that s starts with and of what stands in
// them; 0 if it starts with none, or they have no end.
func braced(s string) int {
	level, quote := 0, byte(0)
	for i := 0; i < len(s) && i < maxCode; i++ {
		switch c := s[i]; {
		case quote != 0:
			if c == '\\' {
				i++
			} else if c == quote || c == '\n' && quote != '`' {
				quote = 0
			}
		case c == '"' || c == '`' || c == '\'' && (i == 0 || s[i-1] < 'A'): // not in "it's"
			quote = c
		case c == '{' || c == '(' || c == '[':
			level++
		case c == '}' || c == ')' || c == ']':
			level--
		}
		if level == 0 {
			if i == 0 {
				return 0
			}
			return i + 1
		}
	}
	return 0
}

// component returns the size of the tag of a component that s starts with, or of
// any tag with an expression in it; 0 if it starts with none.
func component(s string) int {
	named, code := tagName().MatchString(s[:min(len(s), 200)]), false
	if !named && (len(s) < 2 || s[1]|0x20 < 'a' || s[1]|0x20 > 'z') {
		return 0
	}
	for i := 1; i < len(s) && i < maxCode; i++ {
		switch c := s[i]; c {
		case '{':
			size := braced(s[i:])
			if size == 0 {
				return 0
			}
			code = true
			i += size - 1
		case '"', '\'':
			end := strings.IndexByte(s[i+1:], c)
			if end < 0 {
				return 0
			}
			i += end + 1
		case '<':
			return 0
		case '\n':
			if strings.HasPrefix(s[i:], "\n\n") {
				return 0
			}
		case '>':
			if named || code {
				return i + 1
			}
			return 0
		}
	}
	return 0
}
