package stream

import (
	"bufio"
	"bytes"
	"regexp"
	"sync"
)

// A quote is what a quote in a JSON string is.
type quote int

const (
	endQuote   quote = iota // ends the string
	strayQuote              // stands in it, without the backslash that belongs before it
	nextQuote               // begins the first name of the object behind, as the quote that ends the string is missing
)

// newObject is how a string ends that runs on into the next object of a list.
var newObject = sync.OnceValue(func() *regexp.Regexp { return regexp.MustCompile(`\}\s*,\s*\{\s*$`) })

// quoteAt says what the quote at offset at of what r holds is: behind a string,
// nothing but a comma, a colon or a closing bracket can come. For nextQuote,
// end is the offset behind the object that lacks a quote. It takes nothing from r, but what was
// peeked at before is to be peeked at again.
func quoteAt(r *bufio.Reader, at int) (q quote, end int) {
	b, _ := r.Peek(max(at+1, r.Buffered()))
	next := bytes.TrimLeft(b[at+1:], " \t\r")
	if len(next) == 0 { // the rest has not come yet
		b, _ = r.Peek(min(at+1+far, r.Size()))
		next = bytes.TrimLeft(b[min(at+1, len(b)):], " \t\r")
	}
	if len(next) == 0 || bytes.IndexByte([]byte(",:]}\n"), next[0]) >= 0 {
		return endQuote, 0
	}
	if m := newObject().FindIndex(b[max(0, at-far):at]); m != nil {
		return nextQuote, max(0, at-far) + m[0] + 1
	}
	return strayQuote, 0
}

const far = 64 // bytes that are looked at around a quote
