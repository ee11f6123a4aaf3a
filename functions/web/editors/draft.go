package editors

import (
	"cmp"
	"context"
	"net/http"
	"slices"
	"strconv"
	"strings"

	"akin/functions/web/pages"
	"akin/functions/web/serve"
	"akin/functions/web/words"
	"akin/recommend"
	"akin/recommend/coverage"
	"akin/recommend/engine"
)

// A draftBody is the page on which editors try a text that is not stored.
type draftBody struct {
	CSRF           string
	Title, Summary string
	Topics         decisionList
	Language       string // of the draft; "": what its text seems to be in
	Languages      []draftLanguage
	TakenFor       string // the language that its text was taken to be in
	Problem        string
	Asked          bool
	Twins          []draftTwin
	Suggested      []draftTopic
	Related        []pages.EntryView
	Enters         []draftList
	EntersTotal    int
}

// A draftList is a list that a draft would enter.
type draftList struct{ Title, Href, Place, Score, Leaves, LeavesHref string }

type draftLanguage struct{ Tag, Name string }

type draftTwin struct{ Title, Href, Score string }

type draftTopic struct {
	Title, Href, Confidence, Level string
	Evidence                       []pages.TopicLink
}

const draftRelated = 10 // entries beside a draft

func (e *site) draft(w http.ResponseWriter, r *http.Request, v *pages.View, who serve.Identity) error {
	body := &draftBody{
		CSRF: e.Front.CSRF(who), Title: r.PostForm.Get("title"), Summary: r.PostForm.Get("summary"), Language: r.PostForm.Get("language"),
	}
	slugs, err := e.draftTopics(r, v, body)
	if err != nil {
		return err
	}
	for _, tag := range words.Named() {
		body.Languages = append(body.Languages, draftLanguage{tag, words.LangNameIn(v.Lang, tag)})
	}
	slices.SortStableFunc(body.Languages, func(a, b draftLanguage) int { return strings.Compare(strings.ToLower(a.Name), strings.ToLower(b.Name)) })
	v.Title, v.Body = v.T("draft"), body
	status := http.StatusOK
	if r.Method == http.MethodPost {
		if err := e.tryDraft(r.Context(), v, body, slugs); err != nil {
			if body.Problem, status = e.refusal(v, err); body.Problem == "" {
				return err
			}
		}
	}
	return e.Render(w, r, status, "draft", v)
}

// draftTopics returns the topics that the form names, and fills the fields for them. Slugs parted by
// commas, in the field topics, are taken too.
func (e *site) draftTopics(r *http.Request, v *pages.View, body *draftBody) ([]string, error) {
	body.Topics = decisionList{Name: "topic", Of: topicField, IDLabel: v.T("topic-words")}
	var open map[string][]decisionRow
	var slugs []string
	if r.Method == http.MethodPost {
		for slug := range strings.SplitSeq(r.PostForm.Get("topics"), ",") {
			slugs = append(slugs, strings.TrimSpace(slug))
		}
		var err error
		if open, err = e.settle(r, v, map[string]string{"topic": topicField}); err != nil {
			return nil, err
		}
		slugs = append(slugs, r.PostForm["topic.id"]...)
	}
	slugs = slices.DeleteFunc(slugs, func(s string) bool { return s == "" })
	n, err := e.named(r.Context(), v, nil, slices.Clone(slugs))
	if err != nil {
		return nil, err
	}
	var rows []decisionRow
	for _, slug := range slugs {
		rows = append(rows, decisionRow{ID: slug})
	}
	fill(v, &body.Topics, rows, open["topic"], n, emptyRows)
	return slugs, nil
}

// tryDraft fills in what is found for the draft of body.
func (e *site) tryDraft(ctx context.Context, v *pages.View, body *draftBody, slugs []string) error {
	if e.Drafter == nil {
		return engine.ErrNoGeneration
	}
	it := recommend.Item{ID: "draft", Title: strings.TrimSpace(body.Title), Summary: strings.TrimSpace(body.Summary), Topics: slugs, Lang: body.Language}
	d, err := e.Drafter.Draft(ctx, it, recommend.Query{Limit: draftRelated, NoFill: true})
	if err != nil {
		return err
	}
	topics, err := e.Reader.Topics(ctx)
	if err != nil {
		return err
	}
	titles := pages.TopicTitles(topics, v.Lang)
	body.Asked, body.TakenFor = true, words.LangNameIn(v.Lang, d.Lang)
	for _, t := range d.NearDuplicates {
		body.Twins = append(body.Twins, draftTwin{v.Entry(t.Card, nil).Title, v.Item(t.ID), t.Score.String()})
	}
	var ids []string
	for _, x := range d.Enters {
		if x.Leaves != "" {
			ids = append(ids, x.Leaves)
		}
	}
	for _, s := range d.SuggestedTopics {
		ids = append(ids, s.Evidence...)
	}
	cards, err := e.Reader.Cards(ctx, ids...)
	if err != nil {
		return err
	}
	named := map[string]string{}
	for _, c := range cards {
		named[c.ID] = v.Entry(c, nil).Title
	}
	for _, s := range d.SuggestedTopics {
		t := draftTopic{Title: pages.TopicTitle(titles, s.Topic), Href: v.Topic(s.Topic), Confidence: strconv.FormatFloat(s.Confidence, 'f', 2, 64), Level: v.T("level-" + coverage.Level(s.Confidence))}
		for _, id := range s.Evidence {
			if named[id] != "" && len(t.Evidence) < 3 {
				t.Evidence = append(t.Evidence, pages.TopicLink{Href: v.Item(id), Title: named[id]})
			}
		}
		body.Suggested = append(body.Suggested, t)
	}
	for _, x := range d.Enters {
		l := draftList{Title: cmp.Or(x.Title, x.ID), Href: v.Item(x.ID), Place: v.Num(x.Place), Score: x.Score.String()}
		if x.Leaves != "" {
			l.Leaves, l.LeavesHref = cmp.Or(named[x.Leaves], x.Leaves), v.Item(x.Leaves)
		}
		body.Enters = append(body.Enters, l)
	}
	body.EntersTotal = d.EntersTotal
	for _, x := range d.Related.Related {
		body.Related = append(body.Related, v.RelatedEntry(x, titles, it.Topics))
	}
	return nil
}
