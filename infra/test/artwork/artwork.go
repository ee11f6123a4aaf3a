// Package artwork draws the pictures of the sample corpus: covers, scenes in the
// place of photographs, stills and podcast tiles, as SVG. A picture depends on
// nothing but the work that it is for, so drawing it again gives the same bytes.
// It is not a general drawing program, and what akin serves does not use it.
package artwork

import (
	"fmt"
	"hash/fnv"
	"html"
	"math/rand/v2"
	"regexp"
	"slices"
	"strings"

	"akin/recommend"
)

// A Kind is what sort of picture a work has.
type Kind int

const (
	Scene Kind = iota // lies, 3 to 2
	Cover             // stands, 3 to 4
	Still             // of a video, 16 to 9
	Tile              // of a podcast, square
)

// Size returns the width and height of pictures of a kind, in pixels.
func (k Kind) Size() (width, height int) {
	switch k {
	case Cover:
		return 480, 640
	case Still:
		return 720, 405
	case Tile:
		return 480, 480
	}
	return 720, 480
}

var (
	coverText = regexp.MustCompile(`(?i)^(?:cover ?(?:image|thumb)|coverthumb|portada de|ar15_cover|programme cover)`)
	tileText  = regexp.MustCompile(`(?i)^(?:podcast tile|cuadro del p[oó]dcast)`)
)

// KindOf tells from an image's text, and from what kinds of work it stands for,
// what sort of picture it is.
func KindOf(alt string, types []string) Kind {
	switch {
	case coverText.MatchString(alt):
		return Cover
	case tileText.MatchString(alt):
		return Tile
	case slices.Contains(types, "Video"):
		return Still
	}
	return Scene
}

// Draw returns the picture of an item with an image, as SVG. The scene is one
// that the image's text, and then the item's topics, ask for.
func Draw(it recommend.Item) []byte {
	s := newSheet(it.ID, KindOf(it.Image.Alt, it.Types))
	switch KindOf(it.Image.Alt, it.Types) {
	case Cover:
		s.cover(it)
	case Tile:
		s.tile(it)
	default:
		s.scene(it.Image.Alt + " " + strings.Join(it.Topics, " "))
	}
	return s.svg()
}

// DrawTopic returns the picture of a topic with an image.
func DrawTopic(t recommend.Topic) []byte {
	s := newSheet(t.Slug, Scene)
	s.scene(t.Image.Alt + " " + t.Slug)
	return s.svg()
}

// A sheet is what one picture is drawn on.
type sheet struct {
	strings.Builder
	*rand.Rand
	palette
	w, h float64 // pixels
}

func newSheet(id string, k Kind) *sheet {
	h := fnv.New64a()
	h.Write([]byte(id))
	r := rand.New(rand.NewPCG(h.Sum64(), 1))
	width, height := k.Size()
	return &sheet{Rand: r, palette: palettes[r.IntN(len(palettes))], w: float64(width), h: float64(height)}
}

func (s *sheet) svg() []byte {
	return fmt.Appendf(nil, `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 %g %g" width="%g" height="%g"><defs>`+
		`<linearGradient id="s" x2="0" y2="1"><stop stop-color="%s"/><stop offset="1" stop-color="%s"/></linearGradient></defs>%s</svg>`+"\n",
		s.w, s.h, s.w, s.h, s.sky, s.glow, s.String())
}

// A palette is the light of a picture.
type palette struct {
	sky, glow      string // of the sky, above and at the horizon
	far, mid, near string // what stands in the distance, between, and in front
	ground, light  string
	spots          [4]string // clothes, doors, boats
	night          bool
}

var palettes = []palette{
	{"#8fb8c9", "#f3e3c3", "#a9bfb5", "#6f9087", "#35524f", "#d9b98a", "#fff3d6", [4]string{"#c4502f", "#e0a33b", "#2f5f73", "#efe6d2"}, false},
	{"#e8a06a", "#fbe0b4", "#c98f78", "#95606a", "#4d3550", "#c88a5c", "#fff0c9", [4]string{"#b23a3a", "#f0b54d", "#4a5d8a", "#f4e4cf"}, false},
	{"#2c3a63", "#d88a70", "#4c517f", "#363a66", "#1d2142", "#5a4b68", "#ffd98c", [4]string{"#e07a4f", "#f2c261", "#7fa3bf", "#e9d9c4"}, true},
	{"#bcd5dd", "#f2f0e4", "#b5c9c2", "#86a58a", "#46674d", "#c9c79a", "#ffffff", [4]string{"#d1623b", "#dba93f", "#3b6a8c", "#f3ecdc"}, false},
	{"#d8c9b4", "#f3e9d7", "#c4b195", "#9c8568", "#5d4c3e", "#d3b386", "#fff8e6", [4]string{"#a4452f", "#d79b3c", "#45676a", "#f1e7d6"}, false},
	{"#6f8fa8", "#d5dee0", "#8ea3ad", "#637d88", "#33474f", "#8f9a90", "#f4f1e4", [4]string{"#c5563d", "#e2b04a", "#2f4f66", "#e8e4da"}, false},
	{"#f0c6b0", "#fae9d8", "#d7a9a0", "#a87684", "#5f4560", "#d9a585", "#fff4e2", [4]string{"#9c3f52", "#e3a650", "#4b7080", "#f6eadb"}, false},
	{"#16233f", "#41608a", "#2a3d63", "#1f2f50", "#101a31", "#33415c", "#ffe3a1", [4]string{"#e0694a", "#f4c65e", "#6fa0b5", "#dcd6cb"}, true},
}

var skins = []string{"#f0c8a4", "#d9a377", "#b67a4f", "#8a5636", "#5f3a26", "#e6b48c"}

// between returns a number from a to b.
func (s *sheet) between(a, b float64) float64 { return a + s.Float64()*(b-a) }

func (s *sheet) pick(of []string) string { return of[s.IntN(len(of))] }

func (s *sheet) spot() string { return s.pick(s.spots[:]) }

func (s *sheet) rect(x, y, w, h float64, fill string) {
	fmt.Fprintf(s, `<path fill="%s" d="M%.0f %.0fh%.0fv%.0fH%.0fz"/>`, fill, x, y, w, h, x)
}

func (s *sheet) round(x, y, w, h, r float64, fill string) {
	fmt.Fprintf(s, `<rect x="%.0f" y="%.0f" width="%.0f" height="%.0f" rx="%.0f" fill="%s"/>`, x, y, w, h, r, fill)
}

func (s *sheet) circle(x, y, r float64, fill string) {
	fmt.Fprintf(s, `<circle cx="%.0f" cy="%.0f" r="%.1f" fill="%s"/>`, x, y, r, fill)
}

// poly fills the shape through points, x and y in turn.
func (s *sheet) poly(fill string, points ...float64) {
	s.WriteString(`<path fill="` + fill + `" d="M`)
	for i, p := range points {
		if i > 0 {
			s.WriteByte(' ')
		}
		fmt.Fprintf(s, "%.0f", p)
	}
	s.WriteString(`z"/>`)
}

func (s *sheet) line(x1, y1, x2, y2, width float64, stroke string) {
	fmt.Fprintf(s, `<path d="M%.0f %.0fL%.0f %.0f" stroke="%s" stroke-width="%.1f"/>`, x1, y1, x2, y2, stroke, width)
}

func (s *sheet) text(x, y, size float64, style, fill, text string) {
	fmt.Fprintf(s, `<text x="%.0f" y="%.0f" font-size="%.0f" fill="%s" %s>%s</text>`, x, y, size, fill, style, html.EscapeString(text))
}

const (
	serif = `font-family="Georgia,'Noto Serif',serif" font-weight="700"`
	sans  = `font-family="Helvetica,Arial,'Noto Sans',sans-serif" font-weight="700" letter-spacing="3"`
)
