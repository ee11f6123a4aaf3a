package entry

import (
	"bufio"
	"context"
	"fmt"
	"io"
	"iter"
	"net/http"
	"strconv"
	"strings"
	"time"

	"akin/recommend"
)

// Options are what the data itself does not say. The zero value is of use.
type Options struct {
	Name  string            // of the file or the address, as errors call it
	Site  string            // address of the site, which relative ones are made absolute by; empty: they stay
	Lang  string            // language of works that say none; empty: detected
	Order Order             // of day and month in dates like 3/4/2024
	Zone  *time.Location    // of times that name none; nil: UTC
	Now   time.Time         // what is dated later is scheduled; zero: the time of reading
	Map   map[string]string // of spreadsheets: column to field; "" leaves the column out
	Since time.Time         // of what can be asked for changes: only what changed after it, and the ids of the rest; zero: all
	Split string            // of spreadsheets: what parts the values in a cell; empty: told from the column

	// Workbook reads Excel's workbooks (XLSX). It costs a program some
	// megabytes; nil: they are named for what they are, and not read.
	Workbook Reader

	// Rate is how many pages of a site are asked for in a second; 0: two, or what
	// the site's robots.txt says.
	Rate float64

	// Client fetches further pages and files. Infra/feed sets it, so that
	// readers find it there. Use [Get].
	Client *http.Client
}

// Time returns o.Now, or else the time.
func (o Options) Time() time.Time {
	if o.Now.IsZero() {
		return time.Now()
	}
	return o.Now
}

// PeekSize is how many bytes of an [Input] its format is told from, at most.
const PeekSize = 64 * 1024

// An Input is a file or an answer that is read from its beginning.
type Input struct {
	*bufio.Reader             // of a buffer of PeekSize
	URL           string      // where it was fetched, behind redirects; empty: it is a file
	Header        http.Header // of the answer; nil: it is a file
}

// NewInput returns the input that r holds.
func NewInput(r io.Reader) *Input { return &Input{Reader: bufio.NewReaderSize(r, PeekSize)} }

// Head returns the first [PeekSize] bytes of what is not read yet, or all there
// is. They stay to be read.
func (in *Input) Head() []byte {
	head, _ := in.Peek(PeekSize) // an error of reading comes again when it is read
	return head
}

// A Reader hands out the works that in holds, or, if it needs no stream, those
// at o.Name; in is nil then. The sequence is ranged over once.
type Reader func(ctx context.Context, in *Input, o Options) iter.Seq[Found]

// A Found is what a reader hands out: one of Entry, Item, Topic, Same, Notice,
// Table and Err. Beside an Err, Item may stand to say whose error it is, by its id.
type Found struct {
	File   string           // beside or below Options.Name, in what it is written; empty: in it
	Line   int              // where it starts, from 1; 0: not known
	Entry  *Entry           // a work of a foreign system
	Item   *recommend.Item  // a work whose fields are akin's already
	Topic  *recommend.Topic // a topic, as [recommend.Topic.Validate] allows it
	Same   string           // the id of a work that is there, and unchanged since Options.Since
	Notice *Notice          // something that was left out, and why
	Table  *Table           // how the spreadsheet that follows is read
	Err    error            // mostly of [Wrong]; the record is rejected
	Cut    bool             // beside Err: what follows could not be read
}

// A Notice says that something was left out, or may be wrong, and costs nothing
// else. It is not an error.
type Notice struct {
	Kind Kind
	N    int   // how many; 0: one
	Err  error // beside a warning about one record: its field and value; nil: it is only counted
}

// A Kind is one reason for notices, in words that follow a number, for one and
// for any other number: "draft left out", "drafts left out".
type Kind struct{ One, Many string }

// Kinds of notices. Readers may have more.
var (
	Drafts     = Kind{"draft left out", "drafts left out"}
	Privates   = Kind{"private entry left out", "private entries left out"}
	Protecteds = Kind{"entry with a password left out", "entries with a password left out"}
	Trash      = Kind{"entry in the trash left out", "entries in the trash left out"}
	Expireds   = Kind{"expired entry left out", "expired entries left out"}
	NoIndexes  = Kind{"page that is marked noindex left out", "pages that are marked noindex left out"}
	Nones      = Kind{"entry that is not a page of its own left out", "entries that are not pages of their own left out"}
	BadDates   = Kind{"date not understood", "dates not understood"}
	Langs      = Kind{"entry seems to be in another language than it says", "entries seem to be in another language than they say"}
	Repairs    = Kind{"fault in the file was mended", "faults in the file were mended"}
	Further    = Kind{"further page was not read", "further pages were not read"}
)

// Unclosed is the warning about an entry with a CDATA section that was not closed.
func Unclosed(what string) *Notice {
	return &Notice{Kind: Repairs, Err: Wrong(what, "a CDATA section has no end; its text was read as far as the %s goes", what)}
}

// Say writes n and the kind: "1 draft left out", "12 drafts left out".
func (k Kind) Say(n int) string {
	if n == 1 {
		return "1 " + k.One
	}
	return strconv.Itoa(n) + " " + k.Many
}

// A Tally counts notices by kind. The zero value is empty.
type Tally struct {
	n     map[Kind]int
	kinds []Kind // in the order in which they came
}

// Add counts a notice and returns how many of its kind there are now.
func (t *Tally) Add(n Notice) int {
	if t.n == nil {
		t.n = map[Kind]int{}
	}
	if t.n[n.Kind] == 0 {
		t.kinds = append(t.kinds, n.Kind)
	}
	t.n[n.Kind] += max(1, n.N)
	return t.n[n.Kind]
}

// Lines says how many notices there are of each kind, in the order in which
// the kinds came.
func (t *Tally) Lines() []string {
	var lines []string
	for _, k := range t.kinds {
		lines = append(lines, k.Say(t.n[k]))
	}
	return lines
}

// Wrong returns a [*recommend.InvalidError] whose text is one short line,
// whatever the arguments hold.
func Wrong(field, format string, args ...any) error {
	const most = 400 // bytes
	line := func(s string) string { return Cut(OneLine(strings.ToValidUTF8(s, "\ufffd")), most) }
	return &recommend.InvalidError{Field: line(field), Reason: line(fmt.Sprintf(format, args...))}
}

// Own refuses a feed or a site that akin made of the items that it has: they would
// be imported once more, under other ids.
func Own(field string) error {
	return Wrong(field, "is made by akin of the items that it has, which would come twice; import what they came from")
}
