package editors

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"

	"akin/functions/web/pages"
	"akin/functions/web/serve"
	"akin/functions/web/words"
	"akin/recommend"
	"akin/recommend/engine"
)

const (
	shownChoices = 10  // that a look-up shows
	askedRows    = 20  // of a form, whose words are looked up at once
	maxWords     = 300 // bytes of what is looked up
)

// What a field of a form names.
const (
	itemField  = "item"
	topicField = "topic"
)

// A Choice is an item or a topic that an editor may mean.
type Choice struct {
	ID    string `json:"id"`
	Title string `json:"title"`
	Lang  string `json:"lang,omitempty"` // of the title, where it is not the page's
	About string `json:"about"`          // its kind, date and language in words, and whether readers see it
}

// A choicesAnswer is what the script of a field that names something is told.
type choicesAnswer struct {
	Choices []Choice `json:"choices"`
	Told    string   `json:"told"` // in words how many there are
}

// TitlesBy returns what asks the pages at base for the items that words find, as the editor who sent
// a request. The role of a function without an index may not read all titles.
func TitlesBy(base string) func(r *http.Request, q, lang string) ([]Choice, error) {
	client := &http.Client{Timeout: 10 * time.Second} // for the function that holds the index to start and to answer
	client.CheckRedirect = func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }
	return func(r *http.Request, q, lang string) ([]Choice, error) {
		address := strings.TrimRight(base, "/") + "/titles?" + url.Values{"q": {q}, "of": {itemField}, "lang": {lang}}.Encode()
		req, err := http.NewRequestWithContext(r.Context(), http.MethodGet, address, nil)
		if err != nil {
			return nil, fmt.Errorf("ask for titles: %w", err)
		}
		for _, name := range []string{"Cookie", "Authorization"} {
			if value := r.Header.Get(name); value != "" {
				req.Header.Set(name, value)
			}
		}
		res, err := client.Do(req)
		if err != nil {
			return nil, fmt.Errorf("ask for titles: %w", err)
		}
		defer res.Body.Close()
		if res.StatusCode != http.StatusOK {
			return nil, fmt.Errorf("ask for titles: status %d", res.StatusCode)
		}
		var answer choicesAnswer
		if err := json.NewDecoder(io.LimitReader(res.Body, 1<<20)).Decode(&answer); err != nil {
			return nil, fmt.Errorf("ask for titles: %w", err)
		}
		return answer.Choices, nil
	}
}

// titles answers the script of a field that names an item or a topic.
func (e *site) titles(w http.ResponseWriter, r *http.Request, v *pages.View, _ serve.Identity) error {
	of := v.Params.Get("of")
	if of != itemField && of != topicField {
		return recommend.ErrNotFound
	}
	cs, err := e.choices(r, v, of, v.Params.Get("q"))
	if err != nil {
		return err
	}
	answer := choicesAnswer{Choices: cs, Told: v.Count("choices", len(cs))}
	if len(cs) == 0 {
		answer.Told = v.T("choices.none")
	}
	b, err := json.Marshal(answer)
	if err != nil {
		return err
	}
	w.Header().Set("Cache-Control", serve.Private)
	w.Header().Set("X-Content-Type-Options", "nosniff")
	return e.Write(w, r, http.StatusOK, serve.AsJSON, b, time.Time{})
}

// choices returns what words may mean, the best first: what has them as its id or address, then by
// title. Before the first generation only the former is found.
func (e *site) choices(r *http.Request, v *pages.View, of, q string) ([]Choice, error) {
	ctx := r.Context()
	q = strings.TrimSpace(strings.ToValidUTF8(q, " "))
	if len(q) > maxWords {
		q = strings.ToValidUTF8(q[:maxWords], "")
	}
	found := []Choice{}
	if q == "" {
		return found, nil
	}
	if of == topicField {
		topics, err := e.Decided.TopicsLike(ctx, q, shownChoices)
		for _, t := range topics {
			found = append(found, topicChoice(v, t))
		}
		return found, err
	}
	id := q
	if at, err := e.Reader.Find(ctx, q); err == nil {
		id = at
	}
	if recommend.CheckID("q", id) == nil {
		named, err := e.Decided.Named(ctx, id)
		if err != nil {
			return nil, err
		}
		if it, ok := named[id]; ok {
			found = append(found, e.itemChoice(v, it))
		}
	}
	more, err := e.byTitle(r, v, q)
	for _, c := range more {
		if len(found) < shownChoices && (len(found) == 0 || found[0].ID != c.ID) {
			found = append(found, c)
		}
	}
	return found, err
}

// byTitle returns the items whose titles words find.
func (e *site) byTitle(r *http.Request, v *pages.View, q string) ([]Choice, error) {
	if e.Drafter == nil {
		if e.Titles == nil {
			return nil, nil
		}
		return e.Titles(r, q, v.Lang)
	}
	items, err := e.Drafter.Titles(r.Context(), q, shownChoices)
	if errors.Is(err, engine.ErrNoGeneration) {
		return nil, nil
	}
	var found []Choice
	for _, it := range items {
		found = append(found, e.itemChoice(v, it))
	}
	return found, err
}

func topicChoice(v *pages.View, t recommend.Topic) Choice {
	about := v.T("topic")
	if t.Kind == recommend.KindProgram || t.Kind == recommend.KindAbout {
		about = v.T(string(t.Kind))
	}
	return Choice{ID: t.Slug, Title: t.NameIn(v.Lang), About: about}
}

func (e *site) itemChoice(v *pages.View, it recommend.Item) Choice {
	entry := v.Entry(recommend.Card{ID: it.ID, Title: it.Title, Summary: it.Summary, Image: it.Image, Lang: it.Lang}, nil)
	about := []string{words.TypeLabels(v.Lang, it.Types), words.PrintDate(v.Lang, it.Date)}
	if it.Lang != "" && it.Lang != "und" {
		about = append(about, v.LangName(it.Lang))
	}
	switch {
	case it.Status == recommend.Withdrawn:
		about = append(about, v.T("is-withdrawn"))
	case it.Embargoed(e.Now()):
		about = append(about, v.T("is-embargoed", words.PrintDate(v.Lang, it.VisibleFrom.UTC().Format(time.DateOnly))))
	}
	about = slices.DeleteFunc(about, func(s string) bool { return s == "" })
	title := entry.Title
	if it.Status == recommend.Withdrawn && it.Title == "" && it.Summary == "" {
		title = it.ID // nothing else is left of it
	}
	return Choice{ID: it.ID, Title: title, Lang: entry.Lang, About: strings.Join(about, " · ")}
}

// names are what items and topics are called on a page, by id and by slug.
type names struct{ items, topics map[string]Choice }

// named reads what a page calls items and topics.
func (e *site) named(ctx context.Context, v *pages.View, ids, slugs []string) (names, error) {
	out := names{map[string]Choice{}, map[string]Choice{}}
	slices.Sort(ids)
	items, err := e.Decided.Named(ctx, slices.Compact(ids)...)
	if err != nil {
		return out, err
	}
	for id, it := range items {
		out.items[id] = e.itemChoice(v, it)
	}
	topics, err := e.Decided.NamedTopics(ctx, slugs...)
	for slug, t := range topics {
		out.topics[slug] = topicChoice(v, t)
	}
	return out, err
}

// of returns what a page calls an item or a topic; the id where nothing is known of it.
func (n names) of(kind, id string) Choice {
	of := n.items
	if kind == topicField {
		of = n.topics
	}
	if c, ok := of[id]; ok {
		return c
	}
	return Choice{ID: id, Title: id}
}

// said names an item or a topic by its title and id.
func (n names) said(v *pages.View, kind, id string) string {
	if c := n.of(kind, id); c.Title != id {
		return v.T("quoted", c.Title) + " (" + id + ")"
	}
	return id
}

// settle gives the rows of the lists of a form, which name items or topics as fields says, the ids of
// what the editor chose, and returns the rows whose words may mean several things, or nothing, by list.
// Rows of a form without words are taken by their ids.
func (e *site) settle(r *http.Request, v *pages.View, fields map[string]string) (map[string][]decisionRow, error) {
	form, asked := r.PostForm, 0
	open := map[string][]decisionRow{}
	for name, of := range fields {
		at := func(field string, i int) string {
			if values := form[name+field]; i < len(values) {
				return strings.TrimSpace(values[i])
			}
			return ""
		}
		said := form[name+".words"]
		ids := make([]string, max(len(said), len(form[name+".id"])))
		for i := range ids {
			ids[i] = at(".id", i)
			if len(said) == 0 || ids[i] != "" && at(".words", i) == at(".was", i) && at(".words", i) != "" {
				continue
			}
			ids[i] = form.Get(name + ".pick." + strconv.Itoa(i))
			words := at(".words", i)
			if ids[i] != "" || words == "" {
				continue
			}
			row := decisionRow{Words: words, Note: at(".note", i), Expires: at(".expires", i), Place: at(".position", i) + at(".place", i), Open: true}
			if asked++; asked <= askedRows {
				found, err := e.choices(r, v, of, words)
				if err != nil {
					return nil, err
				}
				same := slices.DeleteFunc(slices.Clone(found), func(c Choice) bool { return c.ID != words && !strings.EqualFold(c.Title, words) })
				if len(same) == 1 {
					ids[i] = same[0].ID
					continue
				}
				row.Choices = found
			}
			open[name] = append(open[name], row)
		}
		form[name+".id"] = ids
	}
	return open, nil
}

// fill tells the rows of a list what they name, and appends those that are open and empty ones.
func fill(v *pages.View, list *decisionList, rows []decisionRow, open []decisionRow, n names, empty int) {
	rows = append(rows, open...)
	for range empty {
		rows = append(rows, decisionRow{})
	}
	for i := range rows {
		row := &rows[i]
		row.P, row.Name, row.Of, row.N, row.IDLabel, row.Placed = v, list.Name, list.Of, i, list.IDLabel, list.Name == "pin"
		if row.ID != "" {
			c := n.of(list.Of, row.ID)
			row.Words, row.About, row.TitleLang = c.Title, c.About, c.Lang
		}
	}
	list.P, list.Rows = v, rows
}
