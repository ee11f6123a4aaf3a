package editors

import (
	"bytes"
	"context"
	"errors"
	"io"
	"net/http"
	"strings"

	"akin/functions/web/pages"
	"akin/functions/web/serve"
	"akin/recommend/engine"
	"akin/recommend/preview"
)

// A rulingsBody is the page on which editors hand over many decisions at once.
type rulingsBody struct {
	CSRF, Text string
	Problem    string
	Wrong      []string // lines that are left out, and why
	Tried      bool     // what follows is a preview
	Done       bool     // what follows holds
	Changed    int      // works and topics
	Unchanged  int
	Preview    *previewView
	Audit      []auditRow
}

// rulings shows the form, or writes all decisions as comma-separated values.
func (e *site) rulings(w http.ResponseWriter, r *http.Request, v *pages.View, who serve.Identity) error {
	if v.Params.Get("format") != "csv" {
		return e.showRulings(w, r, v, who, http.StatusOK, &rulingsBody{})
	}
	if v.Params.Get("table") == "history" {
		return e.auditCSV(w, r, v)
	}
	all, err := e.Decided.Rulings(r.Context())
	if err != nil {
		return err
	}
	var b bytes.Buffer
	if err := engine.WriteRulings(&b, all); err != nil {
		return err
	}
	return e.download(w, r, v, "curation", b.Bytes())
}

func (e *site) showRulings(w http.ResponseWriter, r *http.Request, v *pages.View, who serve.Identity, status int, body *rulingsBody) error {
	body.CSRF = e.Front.CSRF(who)
	var err error
	if _, body.Audit, err = e.audited(r.Context(), v, shownChanges); err != nil {
		return err
	}
	v.Title, v.Body = v.T("rulings"), body
	return e.Render(w, r, status, "rulings", v)
}

// rule previews or applies a file.
func (e *site) rule(w http.ResponseWriter, r *http.Request, v *pages.View, who serve.Identity) error {
	ctx := r.Context()
	body := &rulingsBody{Text: r.PostForm.Get("text")}
	if r.MultipartForm != nil {
		defer r.MultipartForm.RemoveAll()
		if files := r.MultipartForm.File["file"]; len(files) == 1 && files[0].Size > 0 {
			f, err := files[0].Open()
			if err != nil {
				return err
			}
			defer f.Close()
			b, err := io.ReadAll(f)
			if err != nil {
				return err
			}
			body.Text = string(b)
		}
	}
	rulings, wrong, err := engine.ReadRulings(strings.NewReader(body.Text))
	var bad *engine.RulingError
	if errors.As(err, &bad) {
		body.Problem = bad.Error()
		return e.showRulings(w, r, v, who, http.StatusUnprocessableEntity, body)
	}
	if err != nil {
		return err
	}
	var result *engine.RulingsResult
	apply := func(p preview.Publisher) (err error) {
		result, err = p.Rule(ctx, rulings, engine.Edit{By: who.Name, Note: r.PostForm.Get("why")})
		return err
	}
	if r.PostForm.Get("do") == "save" {
		if e.Publisher == nil {
			return serve.ErrNoPublisher
		}
		ctx = context.WithoutCancel(ctx)
		err = apply(e.Publisher)
		body.Done = true
		if e.Front.Changed != nil {
			e.Front.Changed()
		}
	} else {
		var f *preview.Preview
		f, err = e.Preview.Rulings(ctx, rulings, apply)
		body.Preview, body.Problem, _, err = e.tried(v, f, err, false)
		body.Tried = err == nil && body.Problem == ""
	}
	if err != nil {
		return err
	}
	if result != nil {
		body.Changed, body.Unchanged = len(result.Changed), result.Unchanged
		wrong = append(wrong, result.Wrong...)
	}
	for i := range wrong {
		body.Wrong = append(body.Wrong, wrong[i].Error())
	}
	status := http.StatusOK
	if len(wrong) > 0 {
		status = http.StatusUnprocessableEntity
	}
	return e.showRulings(w, r, v, who, status, body)
}
