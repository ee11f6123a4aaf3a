package recommend

// The fields of an entry that a [Section] may show, in the order of a page.
const (
	fieldImage   = "image"
	fieldCredit  = "credit" // of the image
	fieldType    = "type"
	fieldDate    = "date"
	fieldByline  = "byline"
	fieldSummary = "summary"
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
			Fields: []string{fieldImage, fieldType, fieldDate, fieldByline},
		},
		{
			Name: "reports", Title: "Reports", Compact: true, Size: DefaultSectionSize,
			Types:  []string{"Reports", "Policy Briefs"},
			Fields: []string{fieldImage, fieldType, fieldDate, fieldByline},
		},
		{
			Name: "articles", Title: "Articles", Size: DefaultSectionSize,
			Types:  []string{"Articles"},
			Fields: []string{fieldImage, fieldSummary},
		},
		{
			Name: "multimedia", Title: "Multimedia", Size: DefaultSectionSize,
			Types:  []string{"Video", "Audio", "Webinars", "Expert Q&A"},
			Fields: []string{fieldImage, fieldType, fieldDate, fieldSummary},
		},
		{
			Name: "latest", Title: "All Works", Size: 8,
			Fields: []string{fieldType, fieldDate, fieldSummary},
		},
	}
}
