package pages

import (
	"net/http"

	"akin/functions/web/serve"
)

// A signInBody is the form of those who sign in.
type signInBody struct {
	Next  string // where it leads
	Wrong bool   // the token just given is not known
}

const (
	maxSignIn = 8 << 10 // bytes of the form of a sign-in
	MaxForm   = 3 << 20 // bytes of a form of an editor
)

// MountSignIn adds the pages that start and end a session. Where there are no
// tokens nobody can sign in, and nobody needs to.
func (p *Pages) MountSignIn(mux *http.ServeMux, f *serve.Front) {
	mux.Handle("GET /sign-in", p.Handle(func(w http.ResponseWriter, r *http.Request) error {
		if f.Tokens.Empty() {
			http.Redirect(w, r, serve.SafeNext(r.URL.Query().Get("next")), http.StatusSeeOther)
			return nil
		}
		return p.signIn(w, r, http.StatusOK, signInBody{Next: serve.SafeNext(r.URL.Query().Get("next"))})
	}))
	mux.Handle("POST /sign-in", p.Handle(func(w http.ResponseWriter, r *http.Request) error {
		if err := serve.OwnForm(w, r, maxSignIn); err != nil {
			return p.signIn(w, r, http.StatusForbidden, signInBody{Next: "/"})
		}
		next := serve.SafeNext(r.PostForm.Get("next"))
		if !f.SignIn(w, r, r.PostForm.Get("token")) {
			return p.signIn(w, r, http.StatusForbidden, signInBody{Next: next, Wrong: true})
		}
		w.Header().Set("Cache-Control", serve.Private)
		http.Redirect(w, r, next, http.StatusSeeOther)
		return nil
	}))
	mux.Handle("POST /sign-out", p.Handle(func(w http.ResponseWriter, r *http.Request) error {
		if err := serve.OwnForm(w, r, maxSignIn); err == nil {
			f.SignOut(w, r)
		}
		w.Header().Set("Cache-Control", serve.Private)
		http.Redirect(w, r, "/", http.StatusSeeOther)
		return nil
	}))
}

func (p *Pages) signIn(w http.ResponseWriter, r *http.Request, status int, body signInBody) error {
	v := p.NewView(r)
	v.Title, v.NoIndex, v.Private, v.Canonical, v.Body = v.T("sign-in"), true, true, "", body
	return p.Render(w, r, status, "signin", v)
}
