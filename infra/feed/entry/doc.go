// Package entry is what the readers of foreign data share: feeds, spreadsheets,
// the exports and interfaces of publishing systems, folders of Markdown, the
// pages of a site. A reader takes a format apart and fills an [Entry] for each
// work, with the values as they stand there; what akin makes of them (an id of
// an address, plain texts, topics, dates, what a visitor may see) is decided
// here, once for all of them.
//
// # A reader
//
// A reader is a package below infra/feed that imports this one and not
// infra/feed, which calls it. It exports two functions:
//
//	// Tell says whether in is an export of Quill.
//	func Tell(in *entry.Input) bool { return bytes.Contains(in.Head(), []byte(`"quill_export"`)) }
//
//	// Read hands out the articles of an export of Quill.
//	func Read(ctx context.Context, in *entry.Input, o entry.Options) iter.Seq[entry.Found] {
//		return func(yield func(entry.Found) bool) {
//			dec := json.NewDecoder(in)
//			for dec.More() {
//				var a article
//				if err := dec.Decode(&a); err != nil {
//					yield(entry.Found{Err: entry.Wrong("json", "%v", err), Cut: true})
//					return
//				}
//				e := &entry.Entry{ID: a.GUID, Link: a.Address, Title: a.Head, Content: a.HTML, Published: a.Date}
//				if a.State != "live" {
//					e.Status = entry.Draft
//				}
//				if !yield(entry.Found{Entry: e}) {
//					return
//				}
//			}
//		}
//	}
//
// and gets one line in infra/feed: in the switch of the function foreign if it
// is told by content, in that of place if it is told by where it is (a folder,
// an address with several pages). Both return a [Reader].
//
// What a reader leaves to infra/feed: gzip, the byte order mark and UTF-16 (the
// [Input] is UTF-8 where that can be told, and without a mark), entries that
// come twice, entries that a visitor may not see (fill Status; they are counted
// as notices, and withdrawn where they were stored before), dates (hand over
// the text), languages, limits of lengths, translations (fill Group), the
// wording "FILE:LINE:" of errors. What it does itself: it never refuses a file
// for one record, hands out a Found with Err and Line for that, and goes on;
// what it leaves out it says with a [Notice]; it holds one record in memory
// where the format allows that, and ends when ctx ends or yield returns false.
package entry
