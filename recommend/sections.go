package recommend

// The fields of an entry that a [Section] may show, in the order of a page.
const (
	FieldImage   = "image"
	FieldCredit  = "credit" // of the image
	FieldType    = "type"
	FieldDate    = "date"
	FieldByline  = "byline"
	FieldSummary = "summary"
)

// DefaultSectionSize is the number of entries on a page of a section that
// names no size.
const DefaultSectionSize = 5

// DefaultSections returns the sections of a topic that names none, in the
// order of the page: new publications in brief, reports, articles, multimedia,
// and at last the whole of the topic with summaries. The slice and what it
// holds are the caller's.
func DefaultSections() []Section {
	return []Section{
		{
			Name: "recent", Title: "Recent Activity", Compact: true, Size: DefaultSectionSize,
			Types:  []string{"Articles", "Reports", "Policy Briefs", "Commentaries"},
			Fields: []string{FieldImage, FieldType, FieldDate, FieldByline},
		},
		{
			Name: "reports", Title: "Reports", Compact: true, Size: DefaultSectionSize,
			Types:  []string{"Reports", "Policy Briefs"},
			Fields: []string{FieldImage, FieldType, FieldDate, FieldByline},
		},
		{
			Name: "articles", Title: "Articles", Size: DefaultSectionSize,
			Types:  []string{"Articles"},
			Fields: []string{FieldImage, FieldSummary},
		},
		{
			Name: "multimedia", Title: "Multimedia", Size: DefaultSectionSize,
			Types:  []string{"Video", "Audio", "Webinars", "Expert Q&A"},
			Fields: []string{FieldImage, FieldType, FieldDate, FieldSummary},
		},
		{
			Name: "latest", Title: "All Works", Size: 8,
			Fields: []string{FieldType, FieldDate, FieldSummary},
		},
	}
}
