package api

import (
	"errors"
	"net/http"
	"net/url"

	"akin/functions/web/serve"
	"akin/recommend/engine"
)

// RebuildForm answers the form of the editors' report that starts a rebuild, by
// r; nil: nothing can be rebuilt here. Whatever comes of it, the browser is led
// back to the report, which says so: its parameter "rebuild" is started, running
// (one was under way), refused or failed.
func RebuildForm(f *serve.Front, r Rebuilder) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, q *http.Request) {
		back := url.Values{"rebuild": {startByForm(f, r, w, q)}}
		if lang := q.URL.Query().Get("lang"); lang != "" {
			back.Set("lang", lang)
		}
		w.Header().Set("Cache-Control", serve.NoStore)
		http.Redirect(w, q, "/coverage?"+back.Encode(), http.StatusSeeOther)
	})
}

func startByForm(f *serve.Front, r Rebuilder, w http.ResponseWriter, q *http.Request) string {
	if serve.OwnForm(w, q, 1<<10) != nil {
		return "refused"
	}
	if _, err := f.RequireForm(q, serve.RoleEditor); err != nil {
		return "refused"
	}
	if r == nil {
		return "failed"
	}
	switch _, err := r.Start(q.Context(), engine.RebuildOptions{}); {
	case errors.Is(err, engine.ErrRebuilding):
		return "running"
	case err != nil:
		f.Logger.ErrorContext(q.Context(), "rebuild did not start", "err", err)
		return "failed"
	}
	return "started"
}
