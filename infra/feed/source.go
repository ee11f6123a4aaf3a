package feed

import (
	"context"
	"fmt"
	"io"
	"iter"
	"net/http"
	"os"
	"strings"

	"akin/infra/feed/cms"
	"akin/infra/feed/entry"
	"akin/infra/feed/folder"
	"akin/infra/feed/site"
	"akin/infra/feed/wordpress"
)

// Options are what the data itself does not say.
type Options = entry.Options

// accept is what an address is asked for.
const accept = "application/feed+json, application/rss+xml, application/atom+xml, application/json, text/csv, */*;q=0.5"

// A Source is what records are read from: a file, a folder, an address or a
// stream. It is read once.
type Source struct {
	name   string
	folder bool
	input  *entry.Input // nil: a folder
	body   io.Closer    // nil: nothing to close
	client *http.Client // nil: none was needed yet
}

// Open opens a file, a folder, an http or https address, or, for "-", standard
// input. An address must answer within 30 s, and be read within 10 minutes and
// [entry.MaxFetch] bytes; past that, and when ctx ends, reading it is an error.
// Errors name what was to be opened. The caller closes what is returned.
func Open(ctx context.Context, name string) (*Source, error) {
	switch {
	case name == "-":
		return NewSource(os.Stdin, name), nil
	case strings.HasPrefix(name, "http://"), strings.HasPrefix(name, "https://"):
		return fetch(ctx, name)
	}
	f, err := os.Open(name)
	if err != nil {
		return nil, err // open NAME: no such file or directory
	}
	if info, err := f.Stat(); err == nil && info.IsDir() {
		f.Close()
		return &Source{name: name, folder: true}, nil
	}
	s := NewSource(f, name)
	s.body = f
	return s, nil
}

// NewSource returns a source of what r holds, which errors call name. Closing
// it does not close r.
func NewSource(r io.Reader, name string) *Source {
	return &Source{name: name, input: entry.NewInput(r)}
}

// NewAnswer returns a source of what an address answered with status 200, which
// errors call name. Closing it closes the body.
func NewAnswer(resp *http.Response, name string) *Source {
	s := NewSource(resp.Body, name)
	s.input.URL, s.input.Header = resp.Request.URL.String(), resp.Header
	s.body = resp.Body
	return s
}

func fetch(ctx context.Context, address string) (*Source, error) {
	client := entry.NewClient()
	resp, err := entry.Get(ctx, client, address, accept)
	if err != nil {
		client.CloseIdleConnections()
		return nil, fmt.Errorf("%s: %w", address, err)
	}
	s := NewSource(resp.Body, address)
	s.input.URL, s.input.Header = resp.Request.URL.String(), resp.Header
	s.body, s.client = resp.Body, client
	return s, nil
}

// Close closes the file or ends the connections.
func (s *Source) Close() error {
	var err error
	if s.body != nil {
		err = s.body.Close()
	}
	if s.client != nil {
		s.client.CloseIdleConnections()
	}
	return err
}

// Records returns the records of the source in their order. The sequence can
// be ranged over once. Of what is read line by line it holds one record at a
// time in memory, [recommend.MaxLine] bytes at most, beside the ids that have
// come; of a feed it holds the whole document, [MaxDocument] bytes at most. An
// id or a slug that comes again is an error of the later record; one whose
// first record was rejected may come again.
//
// An object with slug and without id is a topic, any other record an item. What
// of the source a visitor may not see, and what was not understood, comes as
// notices.
func (s *Source) Records(ctx context.Context, o Options) iter.Seq[Record] {
	return func(yield func(Record) bool) {
		if o.Name == "" {
			o.Name = s.name
		}
		if o.Client == nil {
			if s.client == nil {
				s.client = entry.NewClient()
			}
			o.Client = s.client
		}
		f := newReader(ctx, o, yield)
		if read := place(s); read != nil {
			f.foreign(read, s.input)
			return
		}
		f.read(s.input)
	}
}

// Read returns the records of r, which errors call name, without options: see
// [Source.Records].
func Read(r io.Reader, name string) iter.Seq[Record] {
	return NewSource(r, name).Records(context.Background(), Options{})
}

// place returns the reader of a source that is told by where it is: of a
// folder, of an address whose works stand on several pages. Nil: the source is
// one file, told by its content.
func place(s *Source) entry.Reader {
	if s.folder || folder.Tell(s.name) && s.input.URL == "" {
		return folder.Read
	}
	if !wordpress.TellREST(s.input) && site.Tell(s.input) {
		return site.Read
	}
	return nil
}

// exports are the readers of what publishing systems write, in the order in which
// they are asked whose it is.
var exports = []struct {
	names []string // of the systems
	tell  func(*entry.Input) bool
	read  entry.Reader
}{
	{[]string{"WordPress"}, wordpress.TellExport, wordpress.ReadExport},
	{nil, wordpress.TellREST, wordpress.ReadREST},
	{[]string{"Blogger"}, cms.TellBlogger, cms.ReadBlogger},
	{[]string{"Drupal"}, cms.TellJSONAPI, cms.ReadJSONAPI},
	{[]string{"Ghost"}, cms.TellGhost, cms.ReadGhost},
	{[]string{"Contentful"}, cms.TellContentful, cms.ReadContentful},
	{[]string{"Strapi", "Storyblok", "the Guardian", "ActivityPub"}, cms.TellList, cms.ReadList},
}

// Systems returns the names of the publishing systems and generators of sites
// whose files, answers or folders are read, as the pages and the help call them.
func Systems() []string {
	var all []string
	for _, e := range exports {
		all = append(all, e.names...)
	}
	return append(all, folder.Generators...)
}

// foreign returns the reader of an export that is told by its content, nil if
// in is none that is known here.
func foreign(in *entry.Input) entry.Reader {
	for _, e := range exports {
		if e.tell(in) {
			return e.read
		}
	}
	return nil
}
