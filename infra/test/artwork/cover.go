package artwork

import (
	"fmt"
	"regexp"
	"strings"

	"akin/recommend"
)

var coverOf = regexp.MustCompile(`(?i)^(?:cover image for|portada de)\s+(.+)$`)

// cover draws the institute's cover: its name, the title, and a pattern of the
// colours that the work's picture has.
func (s *sheet) cover(it recommend.Item) {
	paper, ink := s.spots[3], s.near
	if s.IntN(3) == 0 {
		paper, ink = s.near, s.light
	}
	s.rect(0, 0, s.w, s.h, paper)
	top := s.h * .52
	s.pattern(top)
	s.rect(0, 0, 14, s.h, s.spots[0])
	s.text(44, 58, 17, sans, ink, "LINDERO INSTITUTE")
	title := it.Title
	if m := coverOf.FindStringSubmatch(it.Image.Alt); m != nil && title == "" {
		title = m[1]
	}
	title, sub, _ := strings.Cut(title, ": ")
	y := 118.0
	for _, line := range lines(title, 19, 4) {
		s.text(44, y, 42, serif, ink, line)
		y += 48
	}
	for _, line := range lines(sub, 38, 2) {
		if y < top-14 {
			s.text(44, y, 19, `font-family="Georgia,serif"`, ink, line)
			y += 26
		}
	}
}

// lines breaks a text into lines of about width characters, n at most.
func lines(text string, width, n int) []string {
	var out []string
	line := ""
	for _, w := range strings.Fields(text) {
		if line != "" && len([]rune(line))+1+len([]rune(w)) > width {
			out = append(out, line)
			line = ""
		}
		line = strings.TrimSpace(line + " " + w)
	}
	if line != "" {
		out = append(out, line)
	}
	return out[:min(n, len(out))]
}

// pattern fills the lower part of a cover, from top on.
func (s *sheet) pattern(top float64) {
	colours := []string{s.spots[0], s.spots[1], s.spots[2], s.mid, s.far}
	switch s.IntN(5) {
	case 0: // tiles of quarter circles
		const cell = 80.0
		for y := top; y < s.h; y += cell {
			for x := 0.0; x < s.w; x += cell {
				s.rect(x, y, cell, cell, s.pick(colours))
				cx, cy := x+cell*float64(s.IntN(2)), y+cell*float64(s.IntN(2))
				sweepX, sweepY := 1.0, 1.0
				if cx > x {
					sweepX = -1
				}
				if cy > y {
					sweepY = -1
				}
				turn := 1
				if sweepX*sweepY < 0 {
					turn = 0
				}
				fmt.Fprintf(s, `<path fill="%s" d="M%.0f %.0fh%.0fa80 80 0 0 %d %.0f %.0fz"/>`, s.pick(colours), cx, cy, cell*sweepX, turn, -cell*sweepX, cell*sweepY)
			}
		}
	case 1: // waves
		s.rect(0, top, s.w, s.h-top, s.glow)
		for i := range 6 {
			s.hills(top+30+float64(i)*44, 16, 5, colours[i%len(colours)])
		}
	case 2: // a sun and bands
		s.rect(0, top, s.w, s.h-top, s.spots[2])
		s.circle(s.between(150, 330), s.h-60, 190, s.spots[1])
		s.circle(s.between(150, 330), s.h-60, 110, s.spots[0])
		s.rect(0, s.h-64, s.w, 64, s.near)
	case 3: // a town of blocks
		s.rect(0, top, s.w, s.h-top, s.glow)
		for x := 0.0; x < s.w; x += 60 {
			y := top + s.between(20, 190)
			s.rect(x, y, 60, s.h-y, s.pick(colours))
			for wy := y + 16; wy < s.h-20; wy += 34 {
				s.rect(x+12, wy, 12, 16, s.light)
				s.rect(x+36, wy, 12, 16, s.light)
			}
		}
	default: // lines that part and meet
		s.rect(0, top, s.w, s.h-top, s.spots[0])
		for i := range 9 {
			y := top + 18 + float64(i)*35
			fmt.Fprintf(s, `<path d="M0 %.0fC160 %.0f 320 %.0f 480 %.0f" fill="none" stroke="%s" stroke-width="%.0f"/>`,
				y, y+s.between(-90, 90), y+s.between(-90, 90), y, colours[1+i%4], 8+float64(i%3)*6)
		}
	}
}

// tile draws a podcast's: its name, the episode, and sound.
func (s *sheet) tile(it recommend.Item) {
	_, name, _ := strings.Cut(it.Image.Alt, ": ")
	if name == "" {
		name = strings.TrimSpace(tileText.ReplaceAllString(it.Image.Alt, ""))
	}
	name, episode, _ := strings.Cut(name, ", ")
	ground := s.spots[s.IntN(3)]
	s.rect(0, 0, s.w, s.h, ground)
	for i := range 17 {
		height := 30 + s.between(10, 130)*(1-absolute(float64(i)-8)/11)
		fill := s.light
		if i%4 == 2 {
			fill = s.near
		}
		s.round(32+float64(i)*25, 330-height/2, 14, height, 7, fill)
	}
	y := 84.0
	for _, line := range lines(name, 15, 3) {
		s.text(32, y, 50, serif, s.light, line)
		y += 56
	}
	s.text(32, 444, 20, sans, s.light, strings.ToUpper(episode))
}

func absolute(x float64) float64 {
	if x < 0 {
		return -x
	}
	return x
}
