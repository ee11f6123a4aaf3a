package entry

import (
	"regexp"
	"sync"
)

// Pattern returns what compiles a regular expression when it is first asked for,
// once: a program that links every reader shall not compile what each of them
// may need before it starts. The expression is a valid one; a wrong one panics.
func Pattern(expr string) func() *regexp.Regexp {
	return sync.OnceValue(func() *regexp.Regexp { return regexp.MustCompile(expr) })
}
