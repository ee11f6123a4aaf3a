package artwork

import (
	"fmt"
	"regexp"
	"strings"
)

// scenes are what can be drawn, each with the words that ask for it. The first
// whose words a text has is drawn; the words are those of the sample, in its
// languages.
var scenes = []struct {
	words *regexp.Regexp
	draw  func(*sheet)
}{
	{words(`solar|panels|roof|tejado|tile|scaffold|retrofit|insulation`), (*sheet).roofs},
	{words(`snow|\bridge|mountain road|miner|castillete|cooling towers|steel`), (*sheet).mountains},
	{words(`flood|rain|lluvia|sandbag|tormenta|temporal|puddle|ditch|drain|canal`), (*sheet).rain},
	{words(`container|crane|grúa|quay|dock|cargo|ship|sailor|muelle|warehouse|cable runs|puerto`), (*sheet).port},
	{words(`boat|canoe|cayuco|pirogue|beach|coast|costa|island|isla|sea|wave|atoll|lagoon|causeway|mangrove|dredger|cliff|ferry|paseo`), (*sheet).coast},
	{words(`bus\b|buses|autobús|tram|train|metro|minibus|combi|light-rail|toll|fare|reader|truck|van|motorcycle|cyclist|courier|rider|teleférico|coach|matatu`), (*sheet).transit},
	{words(`tent|camp|dune|desert|herd|cattle|well\b|shelter|lorry|hilltop|dry|sahel|storks`), (*sheet).camp},
	{words(`hillside|slope|cerros|andes|hill|stairs|escalator|brick houses|balcon`), (*sheet).hillside},
	{words(`field|pickers|farm|row of|rows of lettuce|lettuce|cane|harvest|maize|coffee|café|strawberr|apple|orchard|sweet-potato|cuadrilla|cosecha|grass`), (*sheet).fields},
	{words(`queue|fila|line\b|counter|desk|clerk|funcionaria|office|ventanilla|registration|gate|hall\b|wait|esperan|airport|hatch|visitors`), (*sheet).counter},
	{words(`panel|table|mesa|meeting|debate|lecture|speak|class|canteen|tenants|cleaners vote|notes|video call|lawyer|interpreter|courthouse|families|headset|instructor|nurses|training|workshop|kitchen`), (*sheet).table},
	{words(`tree|park|schoolyard|yard|children|picnic|lawn|sapling|seedling|garden|plaza|playground|vecin`), (*sheet).park},
	{words(`phone|card|paper|form|receipt|diploma|passport|stamp|dictionary|document|files|folder|notice|key|code|código|envelope|book|poster|sleeve|chess|badge|map|sign\b|cartel|screen`), (*sheet).papers},
	{words(`night|dusk|dawn|skyline|tower|avenue|lit\b|glass|manhattan|noche`), (*sheet).skyline},
	{words(`corridor|shelves|library|hospital|bunk|dormitor|interior|warehouse|hallway|door|stairwell|cell`), (*sheet).corridor},
	{words(`woman|man\b|mother|boy|girl|worker|mujer|hombre|niñ|teen|baker|farmer|welder`), (*sheet).portrait},
	{words(`ports|floods-and-coasts`), (*sheet).coast},
	{words(`climate-mobility|labor-migration`), (*sheet).fields},
	{words(`.`), (*sheet).street},
}

func words(s string) *regexp.Regexp { return regexp.MustCompile(`(?i)` + s) }

// scene draws the first scene that the text asks for.
func (s *sheet) scene(text string) {
	for _, c := range scenes {
		if c.words.MatchString(text) {
			c.draw(s)
			return
		}
	}
}

// air draws the sky with the sun or the moon.
func (s *sheet) air() {
	s.rect(0, 0, s.w, s.h, "url(#s)")
	x, y, r := s.between(.15, .85)*s.w, s.between(.14, .34)*s.h, s.between(24, 52)
	fmt.Fprintf(s, `<circle cx="%.0f" cy="%.0f" r="%.0f" fill="%s" opacity=".35"/>`, x, y, r*1.9, s.light)
	s.circle(x, y, r, s.light)
	for range s.IntN(3) {
		x, y := s.between(0, .8)*s.w, s.between(.06, .3)*s.h
		w := s.between(90, 190)
		fmt.Fprintf(s, `<g opacity=".5">`)
		s.round(x, y, w, 14, 7, s.light)
		s.round(x+w*.25, y-10, w*.5, 16, 8, s.light)
		s.WriteString(`</g>`)
	}
}

// hills draws a soft ridge of n waves at y, filled down to the edge.
func (s *sheet) hills(y, rise float64, n int, fill string) {
	step := s.w / float64(n)
	fmt.Fprintf(s, `<path fill="%s" d="M0 %.0f`, fill, y)
	for i := range n {
		x := float64(i) * step
		fmt.Fprintf(s, "C%.0f %.0f %.0f %.0f %.0f %.0f", x+step*.35, y-s.between(.3, 1.6)*rise, x+step*.65, y+s.between(-.8, .8)*rise, x+step, y+s.between(-.4, .4)*rise)
	}
	fmt.Fprintf(s, `V%.0fH0z"/>`, s.h)
}

// figure draws somebody who stands at x on the line y, of the given height; bent
// leans over the ground.
func (s *sheet) figure(x, y, h float64, bent bool) {
	skin, coat, legs := s.pick(skins), s.spot(), s.near
	lean := ""
	if bent {
		lean = fmt.Sprintf(` transform="rotate(%.0f %.0f %.0f)"`, 52+s.between(0, 14), x, y-h*.45)
	}
	s.rect(x-h*.1, y-h*.48, h*.085, h*.48, legs)
	s.rect(x+h*.015, y-h*.48, h*.085, h*.48, legs)
	fmt.Fprintf(s, `<g%s>`, lean)
	fmt.Fprintf(s, `<path fill="%s" d="M%.0f %.0fq0 %.0f %.0f %.0fh%.0fq%.0f 0 %.0f %.0fl%.0f %.0fh%.0fz"/>`, coat,
		x-h*.15, y-h*.7, -h*.13, h*.1, -h*.13, h*.1, h*.1, h*.1, h*.13, -h*.01, h*.28, -h*.28)
	s.circle(x, y-h*.91, h*.085, skin)
	hair := s.near
	if s.IntN(3) == 0 {
		hair = s.spot()
	}
	fmt.Fprintf(s, `<path fill="%s" d="M%.0f %.0fa%.1f %.1f 0 0 1 %.0f 0z"/></g>`, hair, x-h*.09, y-h*.915, h*.09, h*.09, h*.18)
}

// bust draws somebody from the chest up, as wide as w at the shoulders.
func (s *sheet) bust(x, y, w float64) {
	skin, coat, hair := s.pick(skins), s.spot(), s.near
	fmt.Fprintf(s, `<path fill="%s" d="M%.0f %.0fc0 %.0f %.0f %.0f %.0f %.0fs%.0f %.0f %.0f %.0fz"/>`, coat,
		x-w/2, y, -w*.42, w*.2, -w*.5, w*.5, -w*.5, w*.5, w*.1, w*.5, w*.5)
	s.rect(x-w*.09, y-w*.62, w*.18, w*.2, skin)
	s.circle(x, y-w*.74, w*.22, skin)
	if s.IntN(2) == 0 {
		fmt.Fprintf(s, `<path fill="%s" d="M%.0f %.0fa%.0f %.0f 0 0 1 %.0f 0q-%.0f -%.0f -%.0f -%.0fq-%.0f 0 -%.0f %.0fz"/>`, hair, x-w*.24, y-w*.7, w*.24, w*.26, w*.48, w*.06, w*.14, w*.2, w*.14, w*.2, w*.28, w*.14)
	} else {
		fmt.Fprintf(s, `<path fill="%s" d="M%.0f %.0fa%.0f %.0f 0 0 1 %.0f 0v%.0fh-%.0fv-%.0fq-%.0f -%.0f -%.0f 0v%.0fh-%.0fz"/>`, s.spot(), x-w*.27, y-w*.74, w*.27, w*.28, w*.54, w*.3, w*.08, w*.22, w*.19, w*.16, w*.38, w*.22, w*.08)
	}
}

// house draws a front with a roof, windows and a door; y is the ground.
func (s *sheet) house(x, y, w, h float64, flat bool) {
	wall := s.pick([]string{s.spots[0], s.spots[1], s.spots[3], s.far, s.light})
	s.rect(x, y-h, w, h, wall)
	if flat {
		s.rect(x-2, y-h-5, w+4, 7, s.near)
	} else {
		s.poly(s.near, x-5, y-h, x+w/2, y-h-w*.34, x+w+5, y-h)
	}
	s.windows(x, y-h, w, h-w*.3)
	s.rect(x+w*.4, y-w*.34, w*.2, w*.34, s.near)
}

// windows spreads windows over a front, some of them lit.
func (s *sheet) windows(x, y, w, h float64) {
	cols := max(1, int(w/30))
	var dark, lit strings.Builder
	for wy := y + 12; wy+16 < y+h; wy += 32 {
		for i := range cols {
			pane := &dark
			if s.night && s.IntN(2) == 0 || !s.night && s.IntN(6) == 0 {
				pane = &lit
			}
			fmt.Fprintf(pane, "M%.0f %.0fh12v16h-12z", x+(float64(i)+.5)*w/float64(cols)-6, wy)
		}
	}
	if dark.Len() > 0 {
		fmt.Fprintf(s, `<path fill="%s" d="%s"/>`, s.mid, dark.String())
	}
	if lit.Len() > 0 {
		fmt.Fprintf(s, `<path fill="%s" d="%s"/>`, s.light, lit.String())
	}
}

// town draws fronts side by side along the ground y.
func (s *sheet) town(y, low, high float64, fills ...string) {
	for x := -10.0; x < s.w; {
		w, h := s.between(60, 110), s.between(low, high)
		s.rect(x, y-h, w, h, s.pick(fills))
		s.windows(x, y-h, w, h)
		x += w + s.between(0, 6)
	}
}

func (s *sheet) tree(x, y, h float64) {
	s.rect(x-h*.035, y-h*.5, h*.07, h*.5, s.near)
	s.circle(x-h*.13, y-h*.58, h*.2, s.mid)
	s.circle(x+h*.14, y-h*.62, h*.2, s.mid)
	s.circle(x, y-h*.78, h*.24, s.far)
}
