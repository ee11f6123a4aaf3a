package editors

import (
	"context"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"time"

	"akin/functions/web/pages"
	"akin/functions/web/serve"
	"akin/functions/web/words"
	"akin/recommend"
	"akin/recommend/engine"
)

// A whyBody is the page that tells why a work is not in a list, or is, and the one on which
// editors say which work they mean.
type whyBody struct {
	P            *pages.View
	Title, Href  string // of the work whose list it is
	Edit         string // path of the page for its decisions
	Why          string // path of the search
	Query        string
	Found        []pages.TopicLink // Works is what they are
	Other        string            // title of the work asked about; empty: none yet
	OtherHref    string
	Verdict      string
	Rank         string
	Holds        []whyHold
	Shared       []whyTerm
	Lacks        [2]whyLacks
	Score, Least string
}

// A whyHold is one thing that keeps the work out, and what would bring it in.
type whyHold struct{ Text, Brings string }

type whyTerm struct{ Term, Part string }

// A whyLacks is what one of the works says and the other does not.
type whyLacks struct {
	Heading string
	Terms   string
}

const whyFound = 10 // works that a search for the missing one shows

func whyPath(id string) string { return "/items/" + url.PathEscape(id) + "/why" }

// about begins the page for the list of the item that the request names.
func (e *site) about(r *http.Request, v *pages.View) (*whyBody, error) {
	id := r.PathValue("id")
	it, err := e.Reader.Item(r.Context(), id)
	if err != nil {
		return nil, err
	}
	return &whyBody{P: v, Title: e.titled(v, it), Href: v.Item(id), Edit: v.Href("/items/" + url.PathEscape(id) + "/edit"), Why: whyPath(id)}, nil
}

func (e *site) titled(v *pages.View, it *recommend.Stored) string {
	return v.Entry(recommend.Card{ID: it.ID, Title: it.Title, Summary: it.Summary, Image: it.Image}, nil).Title
}

// whyWhich finds the work that is missing by words of its title, or takes its id or address.
func (e *site) whyWhich(w http.ResponseWriter, r *http.Request, v *pages.View, _ serve.Identity) error {
	body, err := e.about(r, v)
	if err != nil {
		return err
	}
	body.Query = strings.TrimSpace(strings.ToValidUTF8(v.Params.Get("q"), " "))
	v.Title, v.Body = v.T("why-missing"), body
	if body.Query == "" {
		return e.Render(w, r, http.StatusOK, "why", v)
	}
	if id := v.Params.Get("id"); id != "" && v.Params.Get("was") == body.Query {
		return e.toWhy(w, r, v, body, id)
	}
	if id, err := e.Reader.Find(r.Context(), body.Query); err == nil {
		return e.toWhy(w, r, v, body, id)
	}
	if e.Drafter == nil {
		return engine.ErrNoGeneration
	}
	if len(body.Query) > maxWords {
		body.Query = strings.ToValidUTF8(body.Query[:maxWords], "")
	}
	found, err := e.choices(r, v, itemField, body.Query)
	if err != nil {
		return err
	}
	if len(found) > 0 && found[0].ID == body.Query { // named by its id
		return e.toWhy(w, r, v, body, body.Query)
	}
	if len(found) == 0 { // no title has the words; a text may
		said, err := e.Drafter.Search(r.Context(), body.Query, "", whyFound)
		if err != nil {
			return err
		}
		for _, x := range said {
			found = append(found, e.itemChoice(v, recommend.Item{ID: x.ID, Title: x.Title, Summary: x.Summary, Image: x.Image, Types: x.Types, Date: x.Date, Lang: x.Lang}))
		}
	}
	for _, c := range found {
		if c.ID != r.PathValue("id") {
			body.Found = append(body.Found, pages.TopicLink{Href: v.Href(body.Why + "/" + url.PathEscape(c.ID)), Title: c.Title, Works: c.About})
		}
	}
	return e.Render(w, r, http.StatusOK, "why", v)
}

func (e *site) toWhy(w http.ResponseWriter, r *http.Request, v *pages.View, body *whyBody, id string) error {
	w.Header().Set("Cache-Control", serve.Private)
	http.Redirect(w, r, v.Href(body.Why+"/"+url.PathEscape(id)), http.StatusSeeOther)
	return nil
}

// why tells how a work stands to a list of as many entries as the item's page has.
func (e *site) why(w http.ResponseWriter, r *http.Request, v *pages.View, _ serve.Identity) error {
	if e.Drafter == nil {
		return engine.ErrNoGeneration
	}
	ctx := r.Context()
	body, err := e.about(r, v)
	if err != nil {
		return err
	}
	why, err := e.Drafter.Why(ctx, r.PathValue("id"), r.PathValue("other"), recommend.Query{Limit: pages.ItemRelated})
	if err != nil {
		return err
	}
	body.Other, body.OtherHref = v.Entry(why.Other, nil).Title, v.Item(why.Other.ID)
	switch {
	case why.Place > 0 && len(why.Holds) == 0:
		body.Verdict = v.T("why-shown", v.Num(why.Place))
	case why.Place > 0 && why.Holds[0].Kind != recommend.HoldVersion:
		body.Verdict = v.T("why-fills", v.Num(why.Place))
	default:
		body.Verdict = v.T("why-not-shown")
	}
	if why.Rank > 0 {
		body.Rank = v.T("why-rank", v.Num(why.Rank), v.Num(why.Works), v.Num(why.Sharing))
	}
	for _, h := range why.Holds {
		hold, err := e.whyHold(ctx, v, &h)
		if err != nil {
			return err
		}
		body.Holds = append(body.Holds, hold)
	}
	for _, t := range why.Why {
		if t.Kind != recommend.KindTerm {
			t.Term = v.T("reason-" + string(t.Kind))
		}
		body.Shared = append(body.Shared, whyTerm{t.Term, t.Part.String()})
	}
	body.Score, body.Least = why.Score.String(), why.Least.String()
	body.Lacks = [2]whyLacks{{v.T("why-only", body.Title), listed(why.ItemOnly)}, {v.T("why-only", body.Other), listed(why.OtherOnly)}}
	v.Title, v.Body = v.T("why-missing"), body
	return e.Render(w, r, http.StatusOK, "why", v)
}

func listed(rs []recommend.Reason) string {
	var terms []string
	for _, r := range rs {
		terms = append(terms, r.Term)
	}
	return strings.Join(terms, ", ")
}

// whyHold says what keeps a work out, and what would bring it in.
func (e *site) whyHold(ctx context.Context, v *pages.View, h *recommend.Hold) (whyHold, error) {
	name := h.Name
	if h.Item != "" {
		name = h.Item
		cards, err := e.Reader.Cards(ctx, h.Item)
		if err != nil {
			return whyHold{}, err
		}
		for _, c := range cards {
			name = v.Entry(c, nil).Title
		}
	}
	until := ""
	if !h.Until.IsZero() {
		until = words.PrintDate(v.Lang, h.Until.UTC().Format(time.DateOnly))
	}
	out := whyHold{v.T("hold-"+string(h.Kind), name, until), v.T("bring-"+string(h.Kind), name, until)}
	if h.By != "" || h.Note != "" {
		out.Text += " " + v.T("hold-by", strings.Trim(h.By+": "+h.Note, ": "))
	}
	if h.Boost > 0 {
		out.Brings += " " + v.T("bring-boost", strconv.FormatFloat(h.Boost, 'f', 2, 64))
	}
	return out, nil
}
