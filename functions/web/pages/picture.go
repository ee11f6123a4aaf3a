package pages

import (
	"io/fs"
	"net/http"
	"strconv"
	"strings"

	"akin/functions/web/serve"
	"akin/recommend"
)

// A pictureView is a picture as pages show it.
type pictureView struct {
	URL, Alt, Credit string
	Srcset           string // other sizes; empty: only URL
	Width, Height    int    // pixels; 0: unknown
}

// picture returns what to show of an image, nil where it has no safe address.
func (v *View) picture(im *recommend.Image) *pictureView {
	if im == nil {
		return nil
	}
	u := v.pictureURL(im.URL)
	if u == "" {
		return nil
	}
	out := &pictureView{URL: u, Alt: altText(im.Alt), Credit: im.Credit, Width: im.Width, Height: im.Height}
	sources, _ := im.Sources() // they were looked at when the image was taken in
	var sizes []string
	for _, s := range sources {
		if u := v.pictureURL(s.URL); u != "" {
			sizes = append(sizes, u+" "+strconv.Itoa(s.Width)+"w")
		}
	}
	out.Srcset = strings.Join(sizes, ", ")
	return out
}

// Shape returns the class of a picture by how it lies: stands, square, or
// nothing where it lies or its size is unknown.
func (p *pictureView) Shape() string {
	switch {
	case p.Width == 0 || p.Height == 0:
		return ""
	case p.Width*20 < p.Height*19:
		return " stands"
	case p.Width*19 < p.Height*20:
		return " square"
	}
	return ""
}

// whole returns the address of a picture for those who see no page around it.
func (v *View) whole(u string) string {
	if v.static != nil && !strings.Contains(u, "://") {
		return v.static.absolute(u)
	}
	if strings.HasPrefix(u, "/") {
		return v.origin + u
	}
	return u
}

// picturePath is where pictures are that akin itself serves.
const picturePath = "/pictures/"

// pictureURL returns the address of a picture, empty where it is not safe to load.
func (v *View) pictureURL(u string) string {
	switch {
	case v.pages.Pictures == nil, !strings.HasPrefix(u, picturePath):
		return safeURL(v.pages.Site, u)
	case v.static != nil:
		v.static.pictures.Store(strings.TrimPrefix(u, picturePath), true)
		return v.static.link(u)
	}
	return safeURL(nil, u)
}

// ownPicture serves a picture that the program carries. One that is opened as a
// page runs nothing.
func (p *Pages) ownPicture(w http.ResponseWriter, r *http.Request) error {
	b, err := fs.ReadFile(p.Pictures, r.PathValue("name"))
	if err != nil {
		return recommend.ErrNotFound
	}
	h := w.Header()
	h.Set("Content-Security-Policy", "default-src 'none'")
	h.Set("X-Content-Type-Options", "nosniff")
	h.Set("Cache-Control", "public, max-age=3600")
	h.Set("Content-Type", assetKind(r.PathValue("name")))
	if serve.NotModified(w, r, serve.ContentTag(b)) {
		return nil
	}
	h.Set("Content-Length", strconv.Itoa(len(b)))
	if r.Method != http.MethodHead {
		_, _ = w.Write(b) // the client may have gone
	}
	return nil
}
